import type { ProblemDocument } from '../../domain/contract/problem.ts'
import { printableJson, printableLines } from './output.ts'

export class CliError extends Error {
  readonly exitCode: 1 | 2
  /** The response of the API that caused it. */
  readonly problem: Partial<ProblemDocument>
  constructor(message: string, exitCode: 1 | 2 = 1, problem: Partial<ProblemDocument> = {}) {
    super(message)
    this.name = 'CliError'
    this.exitCode = exitCode
    this.problem = problem
  }
}

/** For people, or with `--json` as one object with the members of a problem of the API, on one line. */
export const formatError = (
  message: string,
  { isJson, ...problem }: Partial<ProblemDocument> & { readonly isJson: boolean },
): string =>
  isJson
    ? `${printableJson({ error: { title: 'Failed', ...problem, detail: message } })}\n`
    : `scimulator: ${printableLines(message)}\n`

export const asksForJson = (argv: readonly string[]): boolean => argv.includes('--json')

export const wrongUse = (message: string): CliError => new CliError(message, 2)

const usageErrors: readonly (readonly [commander: RegExp, text: string])[] = [
  [/^unknown option '([^'=]+)[^']*'\s+\(Did you mean (.+)\?\)$/, 'Unknown option $1 (did you mean $2?)'],
  [/^unknown option '([^'=]+)[^']*'$/, 'Unknown option $1'],
  [/^unknown command '(.+)'\s+\(Did you mean (.+)\?\)$/, 'Unknown command "$1" (did you mean "$2"?)'],
  [
    /^unknown command '(.+)'\s+\(Did you mean one of (.+)\?\)$/,
    'Unknown command "$1" (did you mean one of $2?)',
  ],
  [/^unknown command '(.+)'$/, 'Unknown command "$1". Use --help to list the commands.'],
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
