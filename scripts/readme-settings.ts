import { readFileSync } from 'node:fs'
import { settings } from '../src/settings.ts'

const rows = settings.map(({ flag, variable, otherwise, defaultInWords, says }) => {
  const usual = otherwise === undefined ? (defaultInWords ?? 'none') : `\`${otherwise}\``
  return `| \`--${flag}\` | \`${variable}\` | ${usual} | ${says} |`
})

const table = [
  '| flag | environment variable | default | meaning |',
  '| --- | --- | --- | --- |',
  ...rows,
].join('\n')

/** The README, with its table of settings as `src/settings.ts` has them. */
export const readmeWithSettings = (): string =>
  readFileSync(new URL('../README.md', import.meta.url), 'utf8').replace(
    /(<!-- settings:start -->).*(<!-- settings:end -->)/s,
    (_, start, end) => `${start}\n${table}\n${end}`,
  )
