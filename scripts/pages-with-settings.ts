import { readFileSync } from 'node:fs'
import { entraSettings } from '../src/provisioning/entra/settings.ts'
import { googleSettings } from '../src/provisioning/google/settings.ts'
import { isTurnedOff, type Settings } from '../src/provisioning/kit/settings.ts'
import { oktaSettings } from '../src/provisioning/okta/settings.ts'
import { settings } from '../src/server/settings.ts'
import { table } from './markdown-table.ts'

const ofServer = table(
  ['flag', 'environment variable', 'default', 'meaning'],
  settings.map(({ flag, variable, defaultValue, defaultText, description }) => {
    const usual = defaultValue === undefined ? (defaultText ?? 'none') : `\`${defaultValue}\``
    return [`\`--${flag}\``, `\`${variable}\``, usual, description]
  }),
)

const ofJob = ({ settings }: { readonly settings: Settings }) =>
  table(
    ['flag', 'in the file', 'default', 'meaning'],
    Object.entries(settings).map(([name, { flags, defaultValue, secretVariable, description }]) => {
      const usual = defaultValue ?? (flags.includes(' ') ? 'none' : String(isTurnedOff({ flags })))
      const inFile = secretVariable ? 'never' : `\`${name}\``
      return [`\`${flags}\``, inFile, usual === 'none' ? usual : `\`${usual}\``, description]
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
  { file: entra, text: filled(entra, 'entra-options', ofJob(entraSettings)) },
  { file: google, text: filled(google, 'google-options', ofJob(googleSettings)) },
  { file: okta, text: filled(okta, 'okta-options', ofJob(oktaSettings)) },
]
