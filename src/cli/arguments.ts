/**
 * Whether the arguments ask for the server: there is no word before its flags, or the word is `serve`. Help and the
 * version come from the commands' side, which knows both.
 */
export function isServerCommand(args: readonly string[]): boolean {
  if (args.some(arg => /^(--help|-h|--version)$/.test(arg))) return false
  const word = firstCommandWord(args)
  return word === undefined || word === 'serve' || word.startsWith('-')
}

/** `--console-token` is a setting of the server, too. */
function firstCommandWord(args: readonly string[]): string | undefined {
  const [first, , ...rest] = args
  if (first === '--console' || first === '--console-token') return firstCommandWord(rest)
  if (first !== undefined && /^--(json$|console=|console-token=)/.test(first)) {
    return firstCommandWord(args.slice(1))
  }
  return first
}

/** The server's flags: the arguments without the word `serve`. */
export function serverFlags(args: readonly string[]): readonly string[] {
  const at = args.indexOf('serve')
  return at >= 0 && args[at] === firstCommandWord(args) ? args.toSpliced(at, 1) : args
}
