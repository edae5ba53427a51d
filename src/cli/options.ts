import { type Command, InvalidArgumentError, Option } from 'commander'
import { readTime } from './time.ts'

const otherwiseHost = '127.0.0.1'
const otherwisePort = '8081'

/**
 * The console of this machine, as the server's own settings place it, so that commands in a container find it. A
 * console that binds to every address is reached on loopback. Port 0 stands for any free port, so it names none.
 */
export function defaultConsole(): string {
  const port = process.env.SCIMULATOR_CONSOLE_PORT ?? ''
  return `http://${reachableHost()}:${/^[1-9]\d*$/.test(port) ? port : otherwisePort}`
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
    .argParser(readConsoleUrl)

export const consoleTokenOption = () =>
  new Option('--console-token <token>', 'the token of that console, if it has one')
    .env('SCIMULATOR_CONSOLE_TOKEN')
    .argParser(readConsoleToken)

export const tenantOption = () =>
  new Option('-t, --tenant <id>', 'the tenant; needed only where the server has several')

export const atOption = () =>
  new Option('--at <time>', "as it was at this time, by the tenant's clock").argParser(readTime)

export const limitOption = (otherwise: number) =>
  new Option('--limit <number>', 'the most that is shown').default(otherwise).argParser(readLimit)

// An empty environment variable is none, as with the server's settings.
function readConsoleUrl(text: string): string {
  if (text === '') return defaultConsole()
  const url = URL.parse(text)
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return text.replace(/\/+$/, '')
  throw new InvalidArgumentError(`Give a URL such as ${defaultConsole()}.`)
}

function readConsoleToken(text: string): string {
  if (/^[\x21-\x7e]*$/.test(text)) return text
  throw new InvalidArgumentError('A token is of ASCII letters, digits and punctuation, without blanks.')
}

function readLimit(text: string): number {
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
      if (word !== undefined) refuseCommand(group, word)
    })
}

/** Says what a group of commands has instead of the word that names none of them. */
function refuseCommand(group: Command, word: string): never {
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
      if (word !== undefined && group.args[0] !== name) refuseCommand(group, word)
    })
}

/** `users` is `users list`. */
export const listingCommand = (group: Command, description: string): Command =>
  defaultCommand(group, 'list', description)
