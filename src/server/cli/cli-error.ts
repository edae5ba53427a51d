export class CliError extends Error {
  readonly exitCode: 1 | 2
  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message)
    this.name = 'CliError'
    this.exitCode = exitCode
  }
}

export const wrongUse = (message: string): CliError => new CliError(message, 2)

const usageErrors: readonly (readonly [commander: RegExp, text: string])[] = [
  [/^unknown option '([^'=]+)[^']*'\s+\(Did you mean (.+)\?\)$/, 'Unknown option $1 (did you mean $2?)'],
  [/^unknown option '([^'=]+)[^']*'$/, 'Unknown option $1'],
  [/^unknown command '(.+)'\s+\(Did you mean (.+)\?\)$/, 'Unknown command "$1" (did you mean "$2"?)'],
  [/^unknown command '(.+)'$/, 'Unknown command "$1"'],
  [/^missing required argument '(.+)'$/, 'Missing argument <$1>'],
  [/^option '.*?(--[\w-]+).*' argument missing$/, 'Option $1 needs a value'],
  [/^option '.*?(--[\w-]+).*' cannot be used with option '.*?(--[\w-]+).*'$/, 'Use either $1 or $2'],
  [/^required option '.*?(--[\w-]+).*' not specified$/, 'Missing option $1'],
  [/^option '.*' value '.*' from env '(.+)' is invalid\. (.+)$/s, 'Invalid $1: $2'],
  [/^option '.*?(--[\w-]+).*' argument '.*' is invalid\. (.+)$/s, 'Invalid $1: $2'],
  [/^command-argument value '.*' is invalid for argument '(.+)'\. (.+)$/s, 'Invalid <$1>: $2'],
  [/^too many arguments for '(.+)'\. (.+)$/, 'Too many arguments for $1. $2'],
]

export function formatUsageError(text: string): string {
  const message = text.replace(/^error: /, '').trimEnd()
  const known = usageErrors.find(([commander]) => commander.test(message))
  return known ? message.replace(...known).replace('Allowed choices are ', 'expected one of ') : message
}
