import { readFileSync } from 'node:fs'
import { jobOptions } from '../src/cli/entra/job-options.ts'
import { settings } from '../src/settings.ts'
import { table } from './markdown-table.ts'

const ofServer = table(
  ['flag', 'environment variable', 'default', 'meaning'],
  settings.map(({ flag, variable, otherwise, defaultInWords, says }) => {
    const usual = otherwise === undefined ? (defaultInWords ?? 'none') : `\`${otherwise}\``
    return [`\`--${flag}\``, `\`${variable}\``, usual, says]
  }),
)

const ofJob = table(
  ['flag', 'in the file', 'default', 'meaning'],
  jobOptions.map(({ key, flag, value, otherwise, turnsOff, isSecret, says }) => {
    const usual = otherwise ?? (value ? 'none' : turnsOff ? 'true' : 'false')
    const inFile = isSecret ? 'never' : `\`${key}\``
    return [
      `\`--${flag}${value ? ` ${value}` : ''}\``,
      inFile,
      usual === 'none' ? usual : `\`${usual}\``,
      says,
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

/** The pages with tables of settings and of a job's options, as the code has them. */
export const pagesWithSettings = () => [
  { file: configuration, text: filled(configuration, 'settings', ofServer) },
  { file: simulator, text: filled(simulator, 'entra-options', ofJob) },
]
