import type { Exchange } from '../client/exchange.ts'
import { type Appraisal, knownReason } from '../grade/appraise.ts'
import { levelInSuite, type Mark, markOf } from '../grade/score.ts'
import { clientNames } from '../grade/verdict.ts'
import type { Outcome } from '../run/result.ts'
import { exchangeLine, exchangeText } from './exchange-text.ts'
import { escapeMarkup } from './text.ts'

/** Characters of a body that a page shows; the HAR has more. */
const mostOfBody = 16 * 1024

const kinds: Readonly<Record<Mark, 'good' | 'fair' | 'bad' | 'soft'>> = {
  success: 'good',
  acceptable: 'soft',
  compliant: 'fair',
  deviation: 'fair',
  error: 'bad',
  skipped: 'soft',
  broken: 'bad',
}

const words: Readonly<Record<Outcome['verdict'], string>> = {
  passed: '✓ passed',
  failed: '✗ failed',
  skipped: '– skipped',
  broken: '! broken',
}

export const span = (kind: string, text: string): string =>
  `<span class="${kind}">${escapeMarkup(text)}</span>`

/** A check, folded: what it is, what came of it, and its exchanges. */
export function checkHtml(appraisal: Appraisal, outcome: Outcome): string {
  const { check, verdict, expected, got, reason, exchanges } = outcome
  const known = knownReason(appraisal, outcome)
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['id', check.id],
    ['level', `${levelInSuite(check)} (${markOf(outcome)})`],
    ['source', [check.source, ...(check.requirements ?? [])].join(', ')],
    ['expected', expected],
    ['got', got],
    ['reason', reason],
    ['why', check.matters],
    [
      check.consequence ? clientNames[check.consequence.client] : '',
      verdict === 'failed' ? check.consequence?.words : undefined,
    ],
    ['mend', verdict === 'failed' ? check.mend : undefined],
    ['known', known],
  ]
  const numbers = new Set(exchanges)
  const own = appraisal.result.exchanges.filter(({ number }) => numbers.has(number))
  return [
    `<details id="${escapeMarkup(check.id)}">`,
    `<summary>${span(kinds[markOf(outcome)], words[verdict])} <b>${levelInSuite(check)}</b> ${escapeMarkup(check.says)}`,
    `${known === undefined ? '' : span('soft', '(known)')}</summary>`,
    `<dl>${facts
      .map(([name, text]) =>
        text === undefined ? '' : `<dt>${escapeMarkup(name)}</dt><dd>${escapeMarkup(text)}</dd>`,
      )
      .join('')}</dl>`,
    ...own.map(exchange => exchangeHtml(exchange, exchange.number === outcome.exchange)),
    '</details>',
  ].join('\n')
}

/** `shows`: it is the one that shows a failure. */
export const exchangeHtml = (exchange: Exchange, shows = false): string =>
  `<details><summary><code>${escapeMarkup(exchangeLine(exchange))}</code>${
    shows ? ` ${span('bad', 'shows the failure')}` : ''
  }</summary><pre dir="ltr">${escapeMarkup(exchangeText(exchange, mostOfBody))}</pre></details>`
