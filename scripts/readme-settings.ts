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

const filled = (page: string, name: string, text: string) =>
  page.replace(
    new RegExp(`(<!-- ${name}:start -->).*(<!-- ${name}:end -->)`, 's'),
    (_, start, end) => `${start}\n${text}\n${end}`,
  )

/** The README, with its tables of settings and of a job's options as the code has them. */
export const readmeWithSettings = (): string => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  return filled(filled(readme, 'settings', ofServer), 'entra-options', ofJob)
}
