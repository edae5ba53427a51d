import { createHash } from 'node:crypto'
import type { Exchange } from '../client/exchange.ts'
import { type Appraisal, formatGrade, knownReason, outcomeMark, shownExchange } from '../grade/appraisal.ts'
import { levelInSuite, type Section, sectionsOf } from '../grade/score.ts'
import { verdictNames } from '../grade/verdict.ts'
import type { Outcome } from '../run/result.ts'
import { type Fix, firstScreen } from './first-screen.ts'
import { checksByExchange } from './har.ts'
import { displayedExchange, htmlScript, packExchanges } from './html-exchanges.ts'
import { factsOf, failuresOf, levelRows, notesOf, type Row, sectionRows, verdictNotes } from './summary.ts'
import { countOf, escapeMarkup, formatExchangeLine, truncate } from './text.ts'

const span = (kind: string, text: string): string => `<span class="${kind}">${escapeMarkup(text)}</span>`

const list = (lines: readonly string[]): string =>
  `<ul>${lines.map(line => `<li>${escapeMarkup(line)}</li>`).join('')}</ul>`

/** Markup under a summary line. `attributes`: as markup, such as ` open=""`. */
const details = (summary: string, content: string, attributes = ''): string =>
  `<details${attributes}><summary>${summary}</summary>\n${content}\n</details>`

const exchangesAttribute = (numbers: readonly number[]): string =>
  numbers.length === 0 ? '' : ` data-exchanges="${numbers.join(' ')}"`

/** Scrolls if it is wider than the page. */
function table([names = [], ...rows]: readonly Row[]): string {
  const cell = (tag: 'th' | 'td') => (value: Row[number], column: number) =>
    `<${tag}${column > 0 ? ' class="number"' : ''}${tag === 'th' ? ' scope="col"' : ''}>${escapeMarkup(String(value))}</${tag}>`
  const row = (cells: Row, tag: 'th' | 'td') => `<tr>${cells.map(cell(tag)).join('')}</tr>`
  return `<div class="scroll"><table><thead>${row(names, 'th')}</thead><tbody>${rows.map(cells => row(cells, 'td')).join('')}</tbody></table></div>`
}

const places = /RFC (\d+) §(\d[\d.]*\d|\d)|§(\d[\d.]*\d|\d)|erratum (\d+)|https:\/\/[^\s,]+/g

/** The source of a requirement, with links to sections of RFCs (`RFC 7643 §2.4, §5`), errata, and URLs. */
export function linkSources(source: string): string {
  let last = ''
  return escapeMarkup(source).replace(
    places,
    (text, rfc?: string, section?: string, alone?: string, erratum?: string) => {
      if (rfc !== undefined) last = rfc
      if (erratum !== undefined) return link(`https://www.rfc-editor.org/errata/eid${erratum}`, text)
      const at = section ?? alone
      if (at === undefined) return link(text, text)
      return last === '' ? text : link(`https://www.rfc-editor.org/rfc/rfc${last}#section-${at}`, text)
    },
  )
}

/** Both as markup. */
const link = (href: string, text: string): string => `<a href="${href}">${text}</a>`

const linkToCheck = (id: string, text: string): string =>
  link(`#${escapeMarkup(encodeURIComponent(id))}`, escapeMarkup(text))

/** Classes of the style, by mark. */
const kinds = {
  success: 'good',
  acceptable: 'soft',
  compliant: 'fair',
  deviation: 'fair',
  error: 'bad',
  skipped: 'soft',
  broken: 'bad',
} as const

const verdictLabels: Readonly<Record<Outcome['verdict'], string>> = {
  passed: '✓ passed',
  failed: '✗ failed',
  skipped: '– skipped',
  broken: '! broken',
}

function sectionHtml(appraisal: Appraisal, { suite, section, outcomes }: Section): string {
  const counts = (['failed', 'broken', 'passed', 'skipped'] as const).flatMap(verdict => {
    const { length } = outcomes.filter(outcome => outcome.verdict === verdict)
    return length === 0 ? [] : [`${length} ${verdict}`]
  })
  const isWrong = outcomes.some(({ verdict }) => verdict === 'failed' || verdict === 'broken')
  return details(
    `<h3>${escapeMarkup(`${suite}: ${section}`)}</h3> ${span(isWrong ? 'bad' : 'soft', counts.join(', '))}`,
    outcomes.map(outcome => checkHtml(appraisal, outcome)).join('\n'),
    isWrong ? ' open=""' : '',
  )
}

function checkHtml(appraisal: Appraisal, outcome: Outcome): string {
  const { check, verdict, exchanges } = outcome
  const known = knownReason(appraisal, outcome)
  const evidence = shownExchange(appraisal, outcome)
  return details(
    `${span(kinds[outcomeMark(outcome)], verdictLabels[verdict])} <b>${levelInSuite(check)}</b> ${escapeMarkup(check.description)}${
      known === undefined ? '' : ` ${span('soft', '(known)')}`
    }`,
    [
      // Not on the summary: browsers expand the element that contains a link's target, not the target itself.
      `<dl id="${escapeMarkup(check.id)}">${facts(appraisal, outcome)}</dl>`,
      ...(evidence ? [evidenceHtml(evidence)] : []),
    ].join('\n'),
    ` data-verdict="${verdict}"${exchangesAttribute(exchanges.filter(number => number !== evidence?.number))}`,
  )
}

/** `values`: as markup. */
const fact = (name: string, ...values: readonly string[]): string =>
  `<dt>${escapeMarkup(name)}</dt><dd>${values.join('\n')}</dd>`

function facts(appraisal: Appraisal, outcome: Outcome): string {
  const { check } = outcome
  return [
    fact('id', escapeMarkup(check.id)),
    fact('level', escapeMarkup(`${levelInSuite(check)} (${outcomeMark(outcome)})`)),
    fact(
      'source',
      check.draft ? link(check.draft.url, escapeMarkup(check.source)) : linkSources(check.source),
    ),
    ...factsOf(appraisal, outcome).map(([name, text]) => fact(name, escapeMarkup(text))),
  ].join('')
}

/** The exchange that shows a failure: readable without the script. */
const evidenceHtml = (exchange: Exchange): string =>
  details(
    `<code>${escapeMarkup(formatExchangeLine(exchange))}</code> ${span('bad', 'shows the failure')}`,
    `<pre dir="ltr">${escapeMarkup(displayedExchange(exchange))}</pre>`,
  )

const htmlStyle = `
:root { color-scheme: light dark; --text: #1b1f24; --page: #fff; --soft: #57606a; --line: #d0d7de; --box: #f6f8fa;
  --good: #116329; --bad: #a40e26; --fair: #7d4e00; --link: #0550ae }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --page: #0d1117; --soft: #9da7b3; --line: #30363d;
  --box: #161b22; --good: #56d364; --bad: #ff8a84; --fair: #e3b341; --link: #79c0ff } }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 1.5rem; max-width: 72rem; color: var(--text); background: var(--page);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: break-word }
h1 { font-size: 1.6rem; margin: 0 } h2 { font-size: 1.25rem; margin: 2rem 0 .5rem } h3 { font-size: 1rem; margin: 0; display: inline }
a { color: var(--link) } p, ul { margin: .5rem 0 }
.scroll { overflow-x: auto; margin: .5rem 0 }
table { border-collapse: collapse }
th, td { padding: .25rem .75rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; white-space: nowrap }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums }
li { margin: .35rem 0 }
dl { display: grid; scroll-margin-top: 4rem; grid-template-columns: 7rem minmax(0, 1fr); gap: .25rem .75rem; margin: .5rem 0 }
dt { color: var(--soft) } dd { margin: 0 }
details { border: 1px solid var(--line); border-radius: 6px; margin: .35rem 0; background: var(--page) }
details > :not(summary) { margin-left: 1rem; margin-right: 1rem }
summary { padding: .35rem .75rem; cursor: pointer }
summary:focus-visible, a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
pre { padding: .75rem; overflow-x: auto; background: var(--box); font: 13px/1.45 ui-monospace, monospace; white-space: pre-wrap }
code { font: .9em ui-monospace, monospace }
search { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; margin: .5rem 0 }
[hidden] { display: none }
select, input { font: inherit; color: inherit; background: var(--page); border: 1px solid var(--soft); border-radius: 6px; padding: .2rem .4rem }
.soft { color: var(--soft) } .verdict > dd > b { font-size: 1.25rem } header p { margin: 0 }
.verdict { grid-template-columns: max-content minmax(0, 1fr); gap: .5rem 1rem; align-items: baseline }
.good { color: var(--good) } .bad { color: var(--bad) } .fair { color: var(--fair) }
@media (max-width: 40rem) { body { padding: .75rem } dl, .verdict { grid-template-columns: minmax(0, 1fr); gap: .25rem } dt { margin-top: .35rem }
  dl { scroll-margin-top: 9rem } th, td { padding: .25rem .4rem } }
`

const sourceOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** No external resources, and no scripts and styles but our own, whatever the server's texts contain. */
const contentSecurityPolicy = [
  "default-src 'none'",
  `script-src ${sourceOf(htmlScript)}`,
  `style-src ${sourceOf(htmlStyle)}`,
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

/**
 * One file that opens without a server: grade, verdicts, failures, then every check, collapsed. Its script displays the
 * exchanges, which are compressed, and filters the checks; all else is readable without it.
 */
export function htmlReport(appraisal: Appraisal): string {
  const { result } = appraisal
  const title = `SCIM compliance of ${result.service.url}: ${formatGrade(appraisal)}`
  return `${[
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy}">`,
    '<meta name="referrer" content="no-referrer">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeMarkup(title)}</title>`,
    `<style>${htmlStyle}</style>`,
    '</head>',
    '<body>',
    ...firstScreenHtml(appraisal),
    '<main>',
    ...failures(failuresOf(appraisal)),
    ...clientsHtml(appraisal),
    ...notesOf(appraisal).flatMap(({ heading, lines }) => [`<h2>${escapeMarkup(heading)}</h2>`, list(lines)]),
    '<h2>Summary</h2>',
    table(levelRows(appraisal)),
    table(sectionRows(appraisal)),
    '<h2>All checks</h2>',
    filter,
    ...sectionsOf(result.outcomes).map(section => sectionHtml(appraisal, section)),
    ...otherExchanges(appraisal),
    '</main>',
    `<script type="text/plain" id="exchanges">${packExchanges(result.exchanges)}</script>`,
    `<script>${htmlScript}</script>`,
    '</body>',
    '</html>',
  ].join('\n')}\n`
}

const worksKinds = { yes: 'good', partly: 'fair', no: 'bad', unknown: 'fair' } as const

function firstScreenHtml(appraisal: Appraisal): readonly string[] {
  const { result, decision, version } = appraisal
  const { url, grade, reasons, counting, safety, clients, heading, fixes, notes, rest } =
    firstScreen(appraisal)
  const lines = (texts: readonly string[]) => texts.map(text => `<p>${escapeMarkup(text)}</p>`)
  return [
    '<header>',
    '<h1>SCIM compliance</h1>',
    `<p><code>${escapeMarkup(url)}</code></p>`,
    '<dl class="verdict">',
    fact(
      'Grade',
      `<b>${span(decision.exitCode === 0 ? 'good' : 'bad', grade)}</b>`,
      ...lines(reasons),
      ...(counting === undefined ? [] : [`<p class="soft">${escapeMarkup(counting)}</p>`]),
    ),
    fact(
      'Safe to deprovision',
      `<b>${span(worksKinds[safety.safe], safety.answer)}</b>`,
      ...lines(safety.reasons),
      ...safety.proof.map(line => `<p><code>${escapeMarkup(line)}</code></p>`),
    ),
    ...clients.map(({ name, works, summary }) => fact(name, span(worksKinds[works], summary))),
    '</dl>',
    `<h2>${escapeMarkup(heading)}</h2>`,
    ...(fixes.length === 0 ? [] : [`<ol>${fixes.map(fixHtml).join('\n')}</ol>`]),
    ...notes
      .slice(0, maxNotes)
      .map(note => `<p class="soft">${escapeMarkup(truncate(note, maxValueLength))}</p>`),
    `<p class="soft">${escapeMarkup(`${rest}; ${result.started} to ${result.ended}; scim-compliance ${version}`)}</p>`,
    '</header>',
  ]
}

const maxNotes = 2

const fixHtml = ({ ids: [id = ''], remedy, evidence }: Fix): string =>
  `<li>${linkToCheck(id, remedy)}<br/>${span('soft', evidence)}</li>`

/** The reasons of each verdict. */
const clientsHtml = ({ verdicts }: Appraisal): readonly string[] =>
  verdicts.flatMap(verdict => {
    const { client, works, summary, because, terms } = verdict
    return [
      `<h2>${escapeMarkup(verdictNames[client])}</h2>`,
      `<p>${span(worksKinds[works], summary)}</p>`,
      ...terms.map(term => `<p class="soft">${escapeMarkup(term)}</p>`),
      reasons(because),
      ...verdictNotes(verdict).map(({ heading, lines }) => `<p>${escapeMarkup(heading)}</p>${list(lines)}`),
    ]
  })

const maxReasons = 5

function reasons(because: readonly string[]): string {
  const more = because.slice(maxReasons)
  return [
    because.length === 0 ? '' : list(because.slice(0, maxReasons)),
    more.length === 0 ? '' : details(`${more.length} more`, list(more)),
  ].join('')
}

const failures = (failed: readonly Outcome[]): readonly string[] =>
  failed.length === 0 ? [] : ['<h2>Failures</h2>', `<ul>${failed.map(failureHtml).join('\n')}</ul>`]

const failureHtml = ({ check, expected = '', got = '' }: Outcome): string =>
  [
    `<li><b>${levelInSuite(check)}</b> ${span('soft', `${check.section}:`)}`,
    `${linkToCheck(check.id, check.description)}<br/>`,
    `${span('soft', 'Expected')} ${escapeMarkup(truncate(expected, maxValueLength))}${span('soft', '; got')} ${escapeMarkup(truncate(got, maxValueLength))}</li>`,
  ].join(' ')

const maxValueLength = 300

/** Shown by the script. */
const filter = `<search id="filter" hidden="">
<label>Verdict <select id="verdict"><option value="">all</option>${['failed', 'broken', 'skipped', 'passed']
  .map(verdict => `<option>${verdict}</option>`)
  .join('')}</select></label>
<label>Text <input type="search" id="text"/></label>
<span id="shown" class="soft" role="status"></span>
</search>
<noscript><p class="soft">Without scripts, only exchanges that show a failure are displayed.</p></noscript>`

function otherExchanges({ result }: Appraisal): readonly string[] {
  const taken = checksByExchange(result.outcomes)
  const others = result.exchanges.filter(({ number }) => !taken.has(number))
  if (others.length === 0) return []
  const attributes = exchangesAttribute(others.map(({ number }) => number))
  return ['<h2>Exchanges before and after</h2>', details(countOf(others.length, 'exchange'), '', attributes)]
}
