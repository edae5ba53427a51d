import type { Exchange } from '../client/exchange.ts'
import { type Appraisal, consequenceOf, followersOf, knownReason } from '../grade/appraise.ts'
import { type Mark, markOf } from '../grade/mark.ts'
import { levelInSuite, type Section } from '../grade/score.ts'
import { clientNames } from '../grade/verdict.ts'
import type { Outcome } from '../run/result.ts'
import { exchangeLine, exchangeText } from './exchange-text.ts'
import { fold, sourceHtml, span } from './html-elements.ts'
import { escapeMarkup, quoted } from './text.ts'

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

/** The checks under a heading, folded where there is nothing to see to. */
export function sectionHtml(appraisal: Appraisal, { suite, section, outcomes }: Section): string {
  const counts = (['failed', 'broken', 'passed', 'skipped'] as const).flatMap(verdict => {
    const { length } = outcomes.filter(outcome => outcome.verdict === verdict)
    return length === 0 ? [] : [`${length} ${verdict}`]
  })
  const isWrong = outcomes.some(({ verdict }) => verdict === 'failed' || verdict === 'broken')
  return fold(
    `<h3>${escapeMarkup(`${suite}: ${section}`)}</h3> ${span(isWrong ? 'bad' : 'soft', counts.join(', '))}`,
    outcomes.map(outcome => checkHtml(appraisal, outcome)).join('\n'),
    isWrong,
  )
}

/** A check, folded: what it is, what came of it, and its exchanges. */
function checkHtml(appraisal: Appraisal, outcome: Outcome): string {
  const { check, verdict, exchanges } = outcome
  const known = knownReason(appraisal, outcome)
  const numbers = new Set(exchanges)
  const own = appraisal.result.exchanges.filter(({ number }) => numbers.has(number))
  return fold(
    `${span(kinds[markOf(outcome)], words[verdict])} <b>${levelInSuite(check)}</b> ${escapeMarkup(check.says)}${
      known === undefined ? '' : ` ${span('soft', '(known)')}`
    }`,
    [
      // Not on the fold itself: browsers open what a link leads into, not what it leads to.
      `<dl id="${escapeMarkup(check.id)}">${facts(appraisal, outcome)}</dl>`,
      ...own.map(exchange => exchangeHtml(exchange, exchange.number === outcome.exchange)),
    ].join('\n'),
  )
}

function facts(appraisal: Appraisal, outcome: Outcome): string {
  const known = knownReason(appraisal, outcome)
  const consequence = consequenceOf(appraisal, outcome)
  const followers = followersOf(appraisal, outcome)
  const { check, verdict, expected, got, reason } = outcome
  const fact = (name: string, text: string | undefined) =>
    text === undefined ? '' : `<dt>${escapeMarkup(name)}</dt><dd>${escapeMarkup(text)}</dd>`
  const failed = verdict === 'failed'
  return [
    fact('id', check.id),
    fact('level', `${levelInSuite(check)} (${markOf(outcome)})`),
    `<dt>source</dt><dd>${sourceHtml(check.source)}</dd>`,
    fact('sentence', check.sentence && quoted(check.sentence)),
    fact('expected', expected),
    fact('got', got),
    fact('reason', reason),
    fact('why', check.matters),
    failed && consequence ? fact(clientNames[consequence.client], consequence.words) : '',
    fact('mend', failed ? check.mend : undefined),
    fact('cause', outcome.fault),
    fact('also', followers.length > 0 ? `by the same cause: ${followers.join(', ')}` : undefined),
    fact('known', known),
  ].join('')
}

/** `shows`: it is the one that shows a failure. */
export const exchangeHtml = (exchange: Exchange, shows = false): string =>
  fold(
    `<code>${escapeMarkup(exchangeLine(exchange))}</code>${shows ? ` ${span('bad', 'shows the failure')}` : ''}`,
    `<pre dir="ltr">${escapeMarkup(exchangeText(exchange, mostOfBody))}</pre>`,
  )
