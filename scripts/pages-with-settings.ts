import { readFileSync } from 'node:fs'
import { jobOptions } from '../src/cli/entra/job-options.ts'
import { settings } from '../src/server/settings.ts'
import { table } from './markdown-table.ts'

const ofServer = table(
  ['flag', 'environment variable', 'default', 'meaning'],
  settings.map(({ flag, variable, defaultValue, defaultText, description }) => {
    const usual = defaultValue === undefined ? (defaultText ?? 'none') : `\`${defaultValue}\``
    return [`\`--${flag}\``, `\`${variable}\``, usual, description]
  }),
)

const ofJob = table(
  ['flag', 'in the file', 'default', 'meaning'],
  jobOptions.map(({ key, flag, value, defaultValue, turnsOff, secretVariable, description }) => {
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
const simulator = new URL('../docs/entra-simulator.md', import.meta.url)

/** The pages whose tables of server settings and job options are generated. */
export const pagesWithSettings = () => [
  { file: configuration, text: filled(configuration, 'settings', ofServer) },
  { file: simulator, text: filled(simulator, 'entra-options', ofJob) },
]
