import { createHash } from 'node:crypto'
import { type Appraisal, gradeInWords } from '../grade/appraise.ts'
import { levelInSuite, levels, sectionsOf } from '../grade/score.ts'
import { clientNames } from '../grade/verdict.ts'
import type { Outcome } from '../run/result.ts'
import { checksByExchange } from './har.ts'
import { exchangeHtml, sectionHtml } from './html-check.ts'
import { fold, list, span, table } from './html-elements.ts'
import { htmlStyle } from './html-style.ts'
import { levelRows, notesOf, sectionRows } from './summary.ts'
import { counted, escapeMarkup, short } from './text.ts'

/** No script, nothing loaded, and no style but our own, whatever a server's text may hold. */
const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(htmlStyle).digest('base64')}'; base-uri 'none'; form-action 'none'`

/** One file that is read without scripts: grade, verdicts, failures, then every check and exchange, folded. */
export function htmlReport(appraisal: Appraisal): string {
  const { result } = appraisal
  const title = `SCIM compliance of ${result.service.url}: ${gradeInWords(appraisal)}`
  return `${[
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="referrer" content="no-referrer">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeMarkup(title)}</title>`,
    `<style>${htmlStyle}</style>`,
    '</head>',
    '<body>',
    ...head(appraisal),
    '<main>',
    ...notesOf(appraisal).flatMap(({ heading, lines }) => [`<h2>${escapeMarkup(heading)}</h2>`, list(lines)]),
    ...failures(appraisal),
    '<h2>Summary</h2>',
    table(levelRows(appraisal)),
    table(sectionRows(appraisal)),
    ...allChecks(appraisal),
    ...otherExchanges(appraisal),
    '</main>',
    '</body>',
    '</html>',
  ].join('\n')}\n`
}

function head(appraisal: Appraisal): readonly string[] {
  const { result, decision, verdicts, version } = appraisal
  const kinds = { yes: 'good', partly: 'fair', no: 'bad', unknown: 'fair' } as const
  return [
    '<header>',
    '<h1>SCIM compliance</h1>',
    `<p><code>${escapeMarkup(result.service.url)}</code></p>`,
    `<p class="grade">Grade <b>${span(decision.exitCode === 0 ? 'good' : 'bad', gradeInWords(appraisal))}</b></p>`,
    `<p class="soft">${escapeMarkup(`${result.started} to ${result.ended}, ${result.exchanges.length} requests, scim-compliance ${version}`)}</p>`,
    ...decision.reasons.map(reason => `<p>${span('bad', reason)}</p>`),
    ...verdicts.map(
      ({ client, works, words, because, terms }) =>
        `<p>${span(kinds[works], `${clientNames[client]}:`)} ${escapeMarkup(words)}</p>${terms
          .map(term => `<p class="soft">${escapeMarkup(term)}</p>`)
          .join('')}${reasons(because)}`,
    ),
    '</header>',
  ]
}

const mostReasons = 5

/** The worst at once, the rest folded. */
function reasons(because: readonly string[]): string {
  const more = because.slice(mostReasons)
  return [
    because.length === 0 ? '' : list(because.slice(0, mostReasons)),
    more.length === 0 ? '' : fold(`${more.length} more`, list(more)),
  ].join('')
}

/** Links to the failures among all checks, the gravest first. */
function failures({ result }: Appraisal): readonly string[] {
  const failed = levels.flatMap(level =>
    result.outcomes.filter(({ verdict, check }) => verdict === 'failed' && check.level === level),
  )
  return failed.length === 0 ? [] : ['<h2>Failures</h2>', `<ul>${failed.map(failure).join('\n')}</ul>`]
}

function failure({ check, expected = '', got = '' }: Outcome): string {
  const href = escapeMarkup(encodeURIComponent(check.id))
  return [
    `<li><b>${levelInSuite(check)}</b> ${span('soft', `${check.section}:`)}`,
    `<a href="#${href}">${escapeMarkup(check.says)}</a><br/>`,
    `${span('soft', 'Expected')} ${escapeMarkup(short(expected, mostOfValue))}${span('soft', '; got')} ${escapeMarkup(short(got, mostOfValue))}</li>`,
  ].join(' ')
}

const mostOfValue = 300

const allChecks = (appraisal: Appraisal): readonly string[] => [
  '<h2>All checks</h2>',
  ...sectionsOf(appraisal.result.outcomes).map(section => sectionHtml(appraisal, section)),
]

/** Of no check: what was asked to know the server, and what was taken away afterwards. */
function otherExchanges({ result }: Appraisal): readonly string[] {
  const taken = checksByExchange(result.outcomes)
  const others = result.exchanges.filter(({ number }) => !taken.has(number))
  if (others.length === 0) return []
  const content = others.map(exchange => exchangeHtml(exchange)).join('\n')
  return ['<h2>Exchanges before and after</h2>', fold(counted(others.length, 'exchange'), content)]
}
