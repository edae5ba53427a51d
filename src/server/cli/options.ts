import { type Command, InvalidArgumentError, Option } from 'commander'
import { readDuration } from '../../domain/duration.ts'

/** `Value` is what the command gets. The long flag is the name of the value in kebab case. */
export type Flag<Value> = ((long: string) => Option) & { readonly value?: Value }

export type Flags = Readonly<Record<string, Flag<unknown>>>

export type Values<F> = { readonly [Name in keyof F]: F[Name] extends Flag<infer Value> ? Value : never }

export function addFlags(command: Command, flags: Flags): void {
  for (const [name, flag] of Object.entries(flags)) {
    command.addOption(flag(`--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`))
  }
}

export const toggle =
  (description: string): Flag<true | undefined> =>
  long =>
    new Option(long, description)

/** `--name <placeholder>`. The parser gets the value before it if the flag is repeated. */
export const value =
  <Value>(
    placeholder: string,
    description: string,
    parse: (text: string, previous?: Value) => Value,
  ): Flag<Value | undefined> =>
  long =>
    new Option(`${long} <${placeholder}>`, description).argParser(parse)

export const text =
  (placeholder: string, description: string): Flag<string | undefined> =>
  long =>
    new Option(`${long} <${placeholder}>`, description)

export const texts =
  (placeholder: string, description: string): Flag<string[] | undefined> =>
  long =>
    new Option(`${long} <${placeholder}...>`, description)

export const choices =
  <const Value extends string>(
    words: readonly Value[],
    placeholder: string,
    description: string,
  ): Flag<Value[] | undefined> =>
  long =>
    new Option(`${long} <${placeholder}...>`, description).choices(words)

export const choice =
  <const Value extends string>(
    values: readonly Value[],
    description: string,
    placeholder?: string,
  ): Flag<Value | undefined> =>
  long =>
    new Option(`${long} <${placeholder ?? long.slice(2)}>`, description).choices(values)

/** `--name [placeholder]`: without a value, it is `usual`. */
export const optionalChoice =
  <const Value extends string>(
    values: readonly Value[],
    usual: Value,
    description: string,
    placeholder: string,
  ): Flag<Value | undefined> =>
  long =>
    new Option(`${long} [${placeholder}]`, description).choices(values).preset(usual)

export const duration = (description: string): Flag<string | undefined> =>
  value('duration', description, parseDurationText)

export const milliseconds = (description: string): Flag<number | undefined> =>
  value('duration', description, parseDuration)

export const count = (
  placeholder: string,
  description: string,
  min: number,
  max = 1_000_000,
): Flag<number | undefined> => value(placeholder, description, wholeNumber(min, max))

export const withDefault =
  <Value>(flag: Flag<Value | undefined>, usual: Value, described?: string): Flag<Value> =>
  long =>
    flag(long).default(usual, described)

export const required =
  <Value>(flag: Flag<Value | undefined>): Flag<Value> =>
  long =>
    flag(long).makeOptionMandatory()

export const conflicting =
  <Value>(flag: Flag<Value>, other: string): Flag<Value> =>
  long =>
    flag(long).conflicts(other)

export const access = withDefault(choice(['full', 'read'], 'Full or read-only access'), 'full')

/** `30s`, `1h30m`, `90d` as milliseconds. */
export function parseDuration(text: string): number {
  const milliseconds = readDuration(text)
  if (milliseconds !== undefined) return milliseconds
  throw new InvalidArgumentError('expected a duration such as 30s, 1h30m or 90d.')
}

export function parseDurationText(text: string): string {
  parseDuration(text)
  return text
}

/** A date, or a time with its time zone, as ISO 8601 in UTC. */
export function parseTime(text: string): string {
  const isComplete = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/i.test(text)
  const time = new Date(text)
  if (isComplete && !Number.isNaN(time.getTime())) return time.toISOString()
  throw new InvalidArgumentError(
    'expected a date or a time with its time zone, such as 2027-03-01 or 2027-03-01T09:30:00Z.',
  )
}

export const wholeNumber =
  (min: number, max: number) =>
  (text: string): number => {
    const number = Number(text)
    if (/^\d{1,9}$/.test(text) && number >= min && number <= max) return number
    throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}.`)
  }

const defaultHost = '127.0.0.1'
const defaultPort = '8081'

/**
 * The console on this machine as the server's own environment variables place it, so that commands in a container find
 * it. A console on all addresses is reached on loopback. Port 0 is any free port, so the default is used instead.
 */
function defaultConsole(): string {
  const port = process.env.SCIMULATOR_CONSOLE_PORT ?? ''
  return `http://${reachableHost()}:${/^[1-9]\d*$/.test(port) ? port : defaultPort}`
}

function reachableHost(): string {
  const host = process.env.SCIMULATOR_CONSOLE_HOST ?? ''
  if (host === '' || host === '0.0.0.0') return defaultHost
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}

export const consoleOption = () =>
  new Option('--console <url>', 'Console URL')
    .default(defaultConsole())
    .env('SCIMULATOR_CONSOLE')
    .argParser(parseConsoleUrl)

export const consoleTokenOption = () =>
  new Option('--console-token <token>', 'Console token, if required')
    .env('SCIMULATOR_CONSOLE_TOKEN')
    .argParser(parseConsoleToken)

export const tenantFlag =
  (description: string): Flag<string | undefined> =>
  () =>
    new Option('-t, --tenant <id>', description)

export const tenant = tenantFlag('Tenant; required if the server has several')

export const tenantOption = () => tenant('--tenant')

export const byTenant = tenantFlag('Filter by tenant')

export const outputFile: Flag<string | undefined> = () =>
  new Option('-o, --output <file>', 'Output file (default: standard output)')

export const at = value('time', 'Show the state at this time (tenant time)', parseTime)

export const limit: Flag<number> = () => limitOption(50)

/** The value 0 means no limit: infinity. */
export const limitOption = (defaultValue: number) =>
  new Option('--limit <number>', 'Maximum results (0: all)')
    .default(defaultValue)
    .argParser(text => wholeNumber(0, 999_999_999)(text) || Number.POSITIVE_INFINITY)

// An empty environment variable counts as unset, as for the server's settings.
function parseConsoleUrl(text: string): string {
  if (text === '') return defaultConsole()
  const url = URL.parse(text)
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return text.replace(/\/+$/, '')
  throw new InvalidArgumentError(`expected a URL such as ${defaultConsole()}.`)
}

function parseConsoleToken(text: string): string {
  if (/^[\x21-\x7e]*$/.test(text)) return text
  throw new InvalidArgumentError('expected printable ASCII characters without spaces.')
}

/** An argument that looks like another subcommand is rejected: `users lits` would be a list with an argument. */
export function defaultCommand(group: Command, name: string, description: string): Command {
  return group
    .command(name, { isDefault: true })
    .description(description)
    .allowExcessArguments()
    .hook('preAction', (_, command) => {
      const [word] = command.args
      if (word !== undefined) rejectCommand(group, word)
    })
}

function rejectCommand(group: Command, word: string): never {
  const names = group.commands.map(command => command.name()).join(', ')
  return group.error(`Unknown command "${group.name()} ${word}". Commands of ${group.name()}: ${names}.`)
}

export function searchCommand(group: Command, name: string, description: string): Command {
  return group
    .command(`${name} [query...]`, { isDefault: true })
    .description(description)
    .hook('preAction', (_, command) => {
      const [word] = command.args
      if (word !== undefined && group.args[0] !== name) rejectCommand(group, word)
    })
}
