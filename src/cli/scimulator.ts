#!/usr/bin/env node
import { isServerCommand, serverFlags } from './arguments.ts'

/** The program: decides what was asked for, before anything heavy is loaded. */

const args = process.argv.slice(2)

// Whatever this process writes holds people's data: it is for the account that runs it.
process.umask(0o077)

// better-sqlite3 is built for N-API 10 and crashes without a word on a Node that is older.
if (Number(process.versions.napi) < 10) {
  process.stderr.write(`scimulator: Node ${process.versions.node} is too old; use Node 22.14 or newer.\n`)
  process.exit(2)
}

if (isServerCommand(args)) {
  const { serve } = await import('./serve.ts')
  await serve(serverFlags(args))
} else {
  const { runCommand } = await import('./commands.ts')
  await runCommand(args)
}
