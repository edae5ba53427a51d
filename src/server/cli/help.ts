import { type Setting, settings as serverSettings } from '../settings.ts'
import type { Noun } from './noun.ts'
import { formatTable, helpWidth, wrap } from './table.ts'

/** The groups of `--help`. A test holds that each command is in one. */
export const groups: Readonly<Record<string, readonly string[]>> = {
  Start: ['serve', 'sample', 'setup', 'ready', 'commands', 'completion'],
  Connect: ['tenants', 'tokens', 'clients', 'issuers', 'keys'],
  Watch: ['overview', 'journal', 'cycles', 'findings', 'why', 'session', 'mcp'],
  Directory: ['users', 'groups', 'access', 'stale', 'sign-in', 'reconcile'],
  Lab: ['faults', 'clock', 'snapshot', 'reset'],
  'Prepare AWS': ['preflight', 'import', 'rehearse', 'drift', 'proxy'],
  'Act as client': ['entra', 'okta', 'google', 'replay', 'recording'],
  'Test servers': ['check', 'test-server'],
  Operate: [
    'settings',
    'console-tokens',
    'sessions',
    'audit',
    'webhooks',
    'backup',
    'restore',
    'compact',
    'migrate',
    'move',
  ],
}

const indented = (text: string, indent: number): string =>
  wrap(text, helpWidth - indent)
    .map(line => `${' '.repeat(indent)}${line}\n`)
    .join('')

const formatSetting = ({ flag, variable, description, defaultValue, defaultText }: Setting): string =>
  `  --${flag}  ${variable}\n${indented(`${description}. Default: ${defaultValue ?? defaultText}.`.replaceAll('`', ''), 6)}`

/** Two lines and more for each setting: its name, its variable, its meaning and its default. */
export const formatServerOptions = (): string =>
  `Server options (flags override environment variables):\n${serverSettings.map(formatSetting).join('')}`

/** The help of the program: one screen. */
export const formatProgramHelp = (): string => {
  const width = Math.max(...Object.keys(groups).map(title => title.length)) + 4
  const lines = Object.entries(groups).map(
    ([title, names]) => `  ${title.padEnd(width - 2)}${indented(names.join(', '), width).trimStart()}`,
  )
  return `${indented('SCIM 2.0 server that emulates AWS IAM Identity Center and shows what clients send.', 0)}
Usage: scimulator [server options]        Start the server
       scimulator <command> [options]     Use a running server, or test others

Commands
${lines.join('')}
Options of each command
  --console <url>          Console of the server (http://127.0.0.1:8081)
  --console-token <token>  Console token, if required
  --json, --wide           Print the API response, or whole values
  -h, --help, --version

\`scimulator commands\` describes all commands, \`scimulator help <command>\` one,
\`scimulator help settings\` the server options with their environment variables.
`
}

export const commands: Noun = command => {
  command.action(() => {
    const all = command.parent?.commands ?? []
    const described = Object.entries(groups).map(([title, names]) => {
      const rows = all.filter(each => names.includes(each.name()))
      const table = formatTable(
        [
          { name: title, of: each => each.name(), shows: 'whole' },
          { name: '', of: each => each.description(), shows: 'wrapped' },
        ],
        rows,
      )
      return `${table}\n`
    })
    process.stdout.write(described.join('').trimEnd().concat('\n'))
  })
}

/** For help only: the program starts the server before it parses commands. */
export const serve: Noun = command => {
  command.usage('[server options]').addHelpText('after', () => `\n${formatServerOptions()}`)
}

const testServerDetails = `
The first line of standard output is a JSON object: url, token, tenant, console,
and aws with the profile aws. The log goes to standard error. The server keeps
data in memory and listens on free ports of the loopback address, unless its
options say otherwise; environment variables have no effect. If standard input
is a pipe, the server stops when it closes, and so with the program that started
it.

Server options are those of \`scimulator serve --help\`.
`

/** For help only, as `serve`. */
export const testServer: Noun = command => {
  command.usage('[server options]').addHelpText('after', testServerDetails)
}
