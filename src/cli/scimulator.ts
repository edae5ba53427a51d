#!/usr/bin/env node

/** The program starts the server or runs a command. It loads the code of either only when it is needed. */

const args = process.argv.slice(2)

// Files that this process writes hold personal data: only its own account can read them.
process.umask(0o077)

// better-sqlite3 is built for N-API 10 and crashes without a message on older versions of Node.
if (Number(process.versions.napi) < 10) {
  process.stderr.write(
    `scimulator: Node.js ${process.versions.node} is too old. Use Node.js 22.14 or newer.\n`,
  )
  process.exit(2)
}

if (isServerCommand(args)) {
  const { main } = await import('../server/main.ts')
  await main(serverFlags(args))
} else {
  const { runCommand } = await import('./commands.ts')
  await runCommand(args)
}

/** Whether the arguments start the server: they begin with its flags, or with `serve`. Help and version are commands. */
function isServerCommand(args: readonly string[]): boolean {
  if (args.some(arg => /^(--help|-h|--version)$/.test(arg))) return false
  const word = firstCommandWord(args)
  return word === undefined || word === 'serve' || word.startsWith('-')
}

/** The first argument after the global options. `--console-token` is also a setting of the server. */
function firstCommandWord(args: readonly string[]): string | undefined {
  const [first, , ...rest] = args
  if (first === '--console' || first === '--console-token') return firstCommandWord(rest)
  if (first !== undefined && /^--((json|wide)$|console=|console-token=)/.test(first)) {
    return firstCommandWord(args.slice(1))
  }
  return first
}

/** The arguments without the word `serve`. */
function serverFlags(args: readonly string[]): readonly string[] {
  const index = args.indexOf('serve')
  return index >= 0 && args[index] === firstCommandWord(args) ? args.toSpliced(index, 1) : args
}
