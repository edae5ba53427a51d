import { excerpt } from '../../scim/text.ts'
import { csvRow, escapeHidden, escapeHtml, markdownText } from '../client-text.ts'
import type { AccessOutcome, Rehearsal } from '../contract/rehearsal.ts'
import { maxText, type PlanCheck, type PlanSection, type PlanTable, planOf, reportOf } from './plan.ts'

const titleOf = ({ client, directory }: Rehearsal) =>
  `Change of the identity provider to ${client}: ${directory}`

/** Rows of a table in a document. The CSV file has all. */
const maxDocumentRows = 500

const documentOf = (rehearsal: Rehearsal): readonly PlanSection[] => {
  const [result, ...details] = reportOf(rehearsal, maxDocumentRows).filter(
    ({ checks }) => checks === undefined,
  )
  return [...(result ? [result] : []), ...planOf(rehearsal), ...details]
}

const omittedText = (count: number) => `${count} more are not listed.`

export const toMarkdown = (rehearsal: Rehearsal): string =>
  `${[`# ${markdownText(excerpt(titleOf(rehearsal), maxText))}`, ...documentOf(rehearsal).map(toMarkdownSection)].join('\n\n')}\n`

export function toMarkdownSection({ title, lines = [], checks = [], table }: PlanSection): string {
  const row = (cells: readonly string[]) => `| ${cells.map(markdownText).join(' | ')} |`
  return [
    `## ${title}`,
    ...(lines.length === 0 ? [] : [lines.map(line => `- ${markdownText(line)}`).join('\n')]),
    ...(checks.length === 0 ? [] : [checks.map(toMarkdownCheck).join('\n')]),
    ...(table
      ? [[row(table.columns), row(table.columns.map(() => '---')), ...table.rows.map(row)].join('\n')]
      : []),
    ...(table && table.omitted > 0 ? [omittedText(table.omitted)] : []),
  ].join('\n\n')
}

function toMarkdownCheck({ text, commands }: PlanCheck): string {
  const item = `- [ ] ${markdownText(text)}`
  if (commands.length === 0) return item
  const longest = Math.max(
    2,
    ...commands.flatMap(command => (command.match(/`+/g) ?? []).map(run => run.length)),
  )
  const fence = '`'.repeat(longest + 1)
  return [item, '', ...[`${fence}sh`, ...commands, fence].map(line => `  ${line}`), ''].join('\n')
}

const style = `
:root { color-scheme: light dark }
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif }
h1 { font-size: 1.5rem }
h2 { font-size: 1.2rem; margin-top: 2rem }
.frame { overflow-x: auto }
table { border-collapse: collapse; font-size: .875rem }
th, td { border: 1px solid #8888; padding: .25rem .5rem; text-align: start; vertical-align: top; overflow-wrap: anywhere; min-width: 5rem }
ul.checks { list-style: none; padding: 0 }
pre { overflow-x: auto; border: 1px solid #8888; padding: .5rem }
@media print {
  body { max-width: none; margin: 0; font-size: .8rem }
  tr, li { break-inside: avoid }
  pre { white-space: pre-wrap; overflow-wrap: anywhere }
}
`

/** One file without scripts and without anything that a browser would load. */
export function toHtml(rehearsal: Rehearsal): string {
  const title = htmlText(excerpt(titleOf(rehearsal), maxText))
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<h1>${title}</h1>
${documentOf(rehearsal).map(toHtmlSection).join('\n')}
</body>
</html>
`
}

const htmlText = (text: string) => escapeHtml(escapeHidden(text))

const toHtmlSection = ({ title, lines = [], checks = [], table }: PlanSection): string =>
  [
    `<h2>${title}</h2>`,
    ...(lines.length === 0 ? [] : [`<ul>${lines.map(line => `<li>${htmlText(line)}</li>`).join('\n')}</ul>`]),
    ...(checks.length === 0 ? [] : [`<ul class="checks">${checks.map(toHtmlCheck).join('\n')}</ul>`]),
    ...(table ? [toHtmlTable(table)] : []),
  ].join('\n')

const toHtmlCheck = ({ text, commands }: PlanCheck): string =>
  `<li><label><input type="checkbox"> ${htmlText(text)}</label>${
    commands.length === 0 ? '' : `<pre>${escapeHtml(commands.join('\n'))}</pre>`
  }</li>`

function toHtmlTable({ columns, rows, omitted }: PlanTable): string {
  const row = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map(cell => `<${tag}>${htmlText(cell)}</${tag}>`).join('')}</tr>`
  return [
    '<div class="frame"><table>',
    `<thead>${row(columns, 'th')}</thead>`,
    `<tbody>${rows.map(cells => row(cells, 'td')).join('\n')}</tbody>`,
    '</table></div>',
    ...(omitted > 0 ? [`<p>${omittedText(omitted)}</p>`] : []),
  ].join('\n')
}

const csvColumns: readonly (readonly [string, (row: AccessOutcome) => string | number | undefined])[] = [
  ['person', ({ person }) => person],
  ['source', ({ source }) => source],
  ['awsUserId', ({ user }) => user],
  ['account', ({ account }) => account],
  ['accountName', ({ accountName }) => accountName],
  ['permissionSet', ({ permissionSet }) => permissionSet],
  ['via', ({ via }) => via],
  ['before', ({ before }) => String(before)],
  ['after', ({ after }) => String(after)],
  ['outcome', ({ outcome }) => outcome],
  ['cause', ({ cause }) => cause],
  ['fromMinutes', ({ from }) => from],
  ['untilMinutes', ({ until }) => until],
  ['remedy', ({ remedy }) => remedy],
]

/** One row per person, account, permission set and way to it. A terminal would obey control characters in names. */
export const toCsv = ({ people }: Rehearsal): string =>
  [csvColumns.map(([name]) => name), ...people.map(row => csvColumns.map(([, of]) => of(row)))]
    .map(cells => csvRow(cells.map(cell => (typeof cell === 'string' ? escapeHidden(cell) : cell))))
    .join('')
