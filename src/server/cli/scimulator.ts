#!/usr/bin/env node

import { nodeProblem } from '../node-version.ts'
import { firstCommandWord } from './nouns.ts'

const args = process.argv.slice(2)

// Files that this process writes hold personal data: only its own account can read them.
process.umask(0o077)

if (nodeProblem !== undefined) {
  process.stderr.write(`scimulator: ${nodeProblem}\n`)
  process.exit(2)
}

const serverWord = serverWordOf(args)
if (serverWord !== undefined) {
  const { main } =
    serverWord === 'test-server' ? await import('../test-server/process.ts') : await import('../main.ts')
  await main(serverFlags(args, serverWord))
} else {
  const { runCommand } = await import('./commands.ts')
  await runCommand(args)
}

/** `serve` if the arguments begin with its flags. Undefined for other commands, also help and version. */
function serverWordOf(args: readonly string[]): 'serve' | 'test-server' | undefined {
  if (args.some(arg => /^(--help|-h|--version)$/.test(arg))) return undefined
  const word = firstCommandWord(args)
  if (word === 'test-server') return word
  return word === undefined || word === 'serve' || word.startsWith('-') ? 'serve' : undefined
}

function serverFlags(args: readonly string[], word: string): readonly string[] {
  const index = args.indexOf(word)
  return index >= 0 && args[index] === firstCommandWord(args) ? args.toSpliced(index, 1) : args
}
