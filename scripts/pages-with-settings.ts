import { readFileSync } from 'node:fs'
import { jobOptions as entraOptions } from '../src/server/cli/entra/job-options.ts'
import { jobOptions as googleOptions } from '../src/server/cli/google/job-options.ts'
import type { JobOption } from '../src/server/cli/job-option.ts'
import { jobOptions as oktaOptions } from '../src/server/cli/okta/job-options.ts'
import { settings } from '../src/server/settings.ts'
import { table } from './markdown-table.ts'

const ofServer = table(
  ['flag', 'environment variable', 'default', 'meaning'],
  settings.map(({ flag, variable, defaultValue, defaultText, description }) => {
    const usual = defaultValue === undefined ? (defaultText ?? 'none') : `\`${defaultValue}\``
    return [`\`--${flag}\``, `\`${variable}\``, usual, description]
  }),
)

const ofJob = (options: readonly JobOption[]) =>
  table(
    ['flag', 'in the file', 'default', 'meaning'],
    options.map(({ key, flag, value, defaultValue, turnsOff, secretVariable, description }) => {
      const usual = defaultValue ?? (value ? 'none' : turnsOff ? 'true' : 'false')
      const inFile = secretVariable ? 'never' : `\`${key}\``
      return [
        `\`--${flag}${value ? ` ${value}` : ''}\``,
        inFile,
        usual === 'none' ? usual : `\`${usual}\``,
        description,
      ]
    }),
  )

const filled = (file: URL, name: string, text: string) =>
  readFileSync(file, 'utf8').replace(
    new RegExp(`(<!-- ${name}:start -->).*(<!-- ${name}:end -->)`, 's'),
    (_, start, end) => `${start}\n${text}\n${end}`,
  )

const configuration = new URL('../docs/configuration.md', import.meta.url)
const entra = new URL('../docs/entra-simulator.md', import.meta.url)
const google = new URL('../docs/google-simulator.md', import.meta.url)
const okta = new URL('../docs/okta-simulator.md', import.meta.url)

/** The pages whose tables of server settings and job options are generated. */
export const pagesWithSettings = () => [
  { file: configuration, text: filled(configuration, 'settings', ofServer) },
  { file: entra, text: filled(entra, 'entra-options', ofJob(entraOptions)) },
  { file: google, text: filled(google, 'google-options', ofJob(googleOptions)) },
  { file: okta, text: filled(okta, 'okta-options', ofJob(oktaOptions)) },
]
