/**
 * Whether the arguments ask for the server: there is no word before its flags, or the word is `serve`. Help and the
 * version come from the commands' side, which knows both.
 */
export function asksForServer(args: readonly string[]): boolean {
  if (args.some(arg => /^(--help|-h|--version)$/.test(arg))) return false
  const word = firstBehindCommonOptions(args)
  return word === undefined || word === 'serve' || word.startsWith('-')
}

/** `--console-token` is a setting of the server, too. */
function firstBehindCommonOptions(args: readonly string[]): string | undefined {
  const [first, , ...rest] = args
  if (first === '--console' || first === '--console-token') return firstBehindCommonOptions(rest)
  if (first !== undefined && /^--(json$|console=|console-token=)/.test(first)) {
    return firstBehindCommonOptions(args.slice(1))
  }
  return first
}

/** The server's flags: the arguments without the word `serve`. */
export function serverFlags(args: readonly string[]): readonly string[] {
  const at = args.indexOf('serve')
  return at >= 0 && args[at] === firstBehindCommonOptions(args) ? args.toSpliced(at, 1) : args
}
