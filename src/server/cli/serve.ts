import { settings } from '../settings.ts'
import type { Noun } from './noun.ts'
import { formatTable } from './table.ts'

export const formatServerOptions = (): string =>
  [
    'Server options (flags override environment variables):',
    ...formatTable(
      [
        { name: 'flag', of: ({ flag }) => `--${flag}` },
        { name: 'environment variable', of: ({ variable }) => variable },
        { name: 'description', of: ({ description }) => description },
        { name: 'default', of: ({ defaultValue, defaultText }) => defaultValue ?? defaultText },
      ],
      settings,
    )
      .trimEnd()
      .split('\n')
      .map(line => `  ${line}`),
    '',
  ].join('\n')

/** For help only: the program starts the server before it parses commands. */
export const serve: Noun = command => {
  command.usage('[server options]').addHelpText('after', () => `\n${formatServerOptions()}`)
}

const testServerDetails = `
The first line of standard output is a JSON object: url, token, tenant, console, and aws with the profile aws. The log goes to
standard error. The server keeps data in memory and listens on free ports of the loopback address, unless its options say
otherwise; environment variables have no effect. If standard input is a pipe, the server stops when it closes, and so with
the program that started it.
`

/** For help only, as `serve`. */
export const testServer: Noun = command => {
  command
    .usage('[server options]')
    .addHelpText('after', () => `${testServerDetails}\n${formatServerOptions()}`)
}
