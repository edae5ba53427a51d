import { settings } from '../settings.ts'
import { table } from './table.ts'

/** The server's settings for `--help`. */
export const settingsTable = (): string =>
  [
    'Settings of the server (the flag counts before the environment variable):',
    ...table(
      [
        { name: 'flag', of: ({ flag }) => `--${flag}` },
        { name: 'environment variable', of: ({ variable }) => variable },
        { name: 'meaning', of: ({ says }) => says },
        {
          name: 'default',
          of: ({ otherwise, defaultInWords }) => otherwise ?? defaultInWords,
        },
      ],
      settings,
    )
      .trimEnd()
      .split('\n')
      .map(line => `  ${line}`),
    '',
  ].join('\n')
