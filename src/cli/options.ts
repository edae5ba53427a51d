import { type Command, InvalidArgumentError, Option } from 'commander'
import { readDuration as read } from '../entra/duration.ts'

/** `30s`, `1h30m`, `90d` as an option's value: milliseconds. */
export function parseDuration(text: string): number {
  const milliseconds = read(text)
  if (milliseconds === undefined) {
    throw new InvalidArgumentError(
      'Give weeks, days, hours, minutes and seconds with their letters: 30s, 1h30m, 90d.',
    )
  }
  return milliseconds
}

/** A duration for the console, which reads the text itself. */
export function parseDurationText(text: string): string {
  parseDuration(text)
  return text
}

/** A day, or a time with its zone, as ISO 8601 in UTC. */
export function parseTime(text: string): string {
  const isComplete = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/i.test(text)
  const time = new Date(text)
  if (isComplete && !Number.isNaN(time.getTime())) return time.toISOString()
  throw new InvalidArgumentError('Give a day, or a time with its zone: 2027-03-01, 2027-03-01T09:30:00Z.')
}

const otherwiseHost = '127.0.0.1'
const defaultPort = '8081'

/**
 * The console of this machine, as the server's own settings place it, so that commands in a container find it. A
 * console that binds to every address is reached on loopback. Port 0 stands for any free port, so it names none.
 */
export function defaultConsole(): string {
  const port = process.env.SCIMULATOR_CONSOLE_PORT ?? ''
  return `http://${reachableHost()}:${/^[1-9]\d*$/.test(port) ? port : defaultPort}`
}

function reachableHost(): string {
  const host = process.env.SCIMULATOR_CONSOLE_HOST ?? ''
  if (host === '' || host === '0.0.0.0') return otherwiseHost
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}

export const consoleOption = () =>
  new Option('--console <url>', 'the console of the server that is meant')
    .default(defaultConsole())
    .env('SCIMULATOR_CONSOLE')
    .argParser(parseConsoleUrl)

export const consoleTokenOption = () =>
  new Option('--console-token <token>', 'the token of that console, if it has one')
    .env('SCIMULATOR_CONSOLE_TOKEN')
    .argParser(parseConsoleToken)

export const tenantOption = () =>
  new Option('-t, --tenant <id>', 'the tenant; needed only where the server has several')

export const atOption = () =>
  new Option('--at <time>', "as it was at this time, by the tenant's clock").argParser(parseTime)

export const limitOption = (defaultValue: number) =>
  new Option('--limit <number>', 'the most that is shown').default(defaultValue).argParser(parseLimit)

// An empty environment variable is none, as with the server's settings.
function parseConsoleUrl(text: string): string {
  if (text === '') return defaultConsole()
  const url = URL.parse(text)
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return text.replace(/\/+$/, '')
  throw new InvalidArgumentError(`Give a URL such as ${defaultConsole()}.`)
}

function parseConsoleToken(text: string): string {
  if (/^[\x21-\x7e]*$/.test(text)) return text
  throw new InvalidArgumentError('A token is of ASCII letters, digits and punctuation, without blanks.')
}

function parseLimit(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Give a whole number from 1 on.')
}

/**
 * The subcommand that a group of commands runs when none is named. Without this check `users lits` would be a list
 * with an argument too many.
 */
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

/** Says what a group of commands has instead of the word that names none of them. */
function rejectCommand(group: Command, word: string): never {
  const known = group.commands.map(one => one.name()).join(', ')
  return group.error(`error: \`${group.name()}\` has no command "${word}": it has ${known}.`)
}

/** The same with a search for its arguments; those stand behind the command's name only. */
export function searchCommand(group: Command, name: string, description: string): Command {
  return group
    .command(`${name} [query...]`, { isDefault: true })
    .description(description)
    .hook('preAction', (_, command) => {
      const [word] = command.args
      if (word !== undefined && group.args[0] !== name) rejectCommand(group, word)
    })
}

/** `users` is `users list`. */
export const listingCommand = (group: Command, description: string): Command =>
  defaultCommand(group, 'list', description)
