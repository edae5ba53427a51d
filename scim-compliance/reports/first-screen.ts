import type { Exchange } from '../client/exchange.ts'
import { parseJson } from '../client/request.ts'
import { formatValue } from '../expect.ts'
import { type Appraisal, diagnosisOf, followersOf, formatGrade, knownReason } from '../grade/appraisal.ts'
import { endangeredBy, ungradedReason } from '../grade/gate.ts'
import { joinWords } from '../grade/join-words.ts'
import { weightOf } from '../grade/score.ts'
import { verdictNames } from '../grade/verdict.ts'
import type { Outcome } from '../run/result.ts'
import { isObject } from '../scim.ts'
import { changeCounts, leftBehindLines, partialRunLines } from './summary.ts'
import { countOf, truncate } from './text.ts'

/** What to do first: one remedy, which may settle several failures. */
export type Fix = ReturnType<typeof fixOf>

const mostFixes = 5
const words = ['', 'this', 'these two', 'these three', 'these four', 'these five']

export type FirstScreen = ReturnType<typeof firstScreen>

/** What each report begins with, as sentences: the verdict, what to fix first, and the rest in one line. */
export function firstScreen(appraisal: Appraisal) {
  const { result, verdicts, decision, safety } = appraisal
  const all = fixesIn(appraisal)
  const fixes = all.slice(0, mostFixes)
  return {
    url: result.service.url,
    grade: formatGrade(appraisal),
    /** Why the exit code is not 0. */
    reasons: decision.reasons,
    /** Which suites count; undefined if all do. */
    counting: countingLine(appraisal),
    safety: {
      safe: safety.safe,
      /** `No`, `Not with Microsoft Entra ID`. */
      answer: safety.clients.length > 0 ? `Not with ${joinWords(safety.clients)}` : answers[safety.safe],
      reasons: safety.reasons,
      /** `#12 PATCH /Users/1 → 400, sent {"op":"replace",…`, at most three. */
      proof: safety.proof.map(exchange => proofLine(exchange, result)),
    },
    clients: verdicts.map(({ client, works, summary }) => ({
      name: verdictNames[client],
      works,
      summary: firstSentences(summary),
    })),
    heading: headingOf(fixes, all, appraisal.known.standing.length),
    fixes,
    notes: [
      ...uncountedReasons(appraisal),
      ...changeCounts(appraisal),
      ...partialRunLines(appraisal),
      ...leftLine(appraisal),
      ...result.notes,
    ],
    rest: restLine(appraisal),
  }
}

const answers = { yes: 'Yes', no: 'No', unknown: 'Unknown' } as const

/** The whole screen as plain lines. */
export const firstScreenLines = (screen: FirstScreen): readonly string[] => [
  `SCIM compliance of ${screen.url}`,
  `Grade: ${screen.grade}`,
  ...screen.reasons,
  ...(screen.counting === undefined ? [] : [screen.counting]),
  `Safe to deprovision: ${screen.safety.answer}`,
  ...screen.safety.reasons,
  ...screen.safety.proof,
  ...screen.clients.map(({ name, summary }) => `${name}: ${summary}`),
  screen.heading,
  ...screen.fixes.flatMap(({ remedy, evidence }, index) => [`${index + 1}. ${remedy}`, evidence]),
  ...screen.notes,
  screen.rest,
]

/** Of failures that aren't known: first what gives access, then what hides whether it does, then by the weight that a fix settles. */
function fixesIn(appraisal: Appraisal): readonly Fix[] {
  const { result } = appraisal
  const settled = result.outcomes
    .filter(outcome => outcome.verdict === 'failed' && knownReason(appraisal, outcome) === undefined)
    .map(outcome => settledBy(appraisal, outcome))
  const dangerOf = ({ outcome, followers }: Settled): number =>
    endangeredBy(outcome, result) !== undefined
      ? 2
      : Number(followers.some(({ check }) => check.protects !== undefined))
  const ranked = [...Map.groupBy(settled, ({ outcome }) => diagnosisOf(appraisal, outcome).remedy)].map(
    ([remedy, all]) => ({
      fix: fixOf(remedy, all),
      danger: Math.max(...all.map(dangerOf)),
      weight: all.reduce((sum, { weight }) => sum + weight, 0),
    }),
  )
  return ranked
    .toSorted((one, other) => other.danger - one.danger || other.weight - one.weight)
    .map(({ fix }) => fix)
}

type Settled = ReturnType<typeof settledBy>

/** `weight`: of all of them. */
function settledBy(appraisal: Appraisal, outcome: Outcome) {
  const followers = followersOf(appraisal, outcome)
  const weight = [outcome, ...followers].reduce((sum, { check }) => sum + weightOf(check), 0)
  return { outcome, followers, weight }
}

function fixOf(remedy: string, settled: readonly Settled[]) {
  const [first, ...others] = settled.toSorted((one, other) => other.weight - one.weight)
  const followers = settled.flatMap(one => one.followers).length
  const more = [
    ...(others.length > 0 ? [`and ${countOf(others.length, 'other')}`] : []),
    ...(followers > 0 ? [`${followers} ${followers > 1 ? 'follow' : 'follows'}`] : []),
  ].join(', ')
  return {
    /** First that of the failure that settles most. */
    ids: [first, ...others].flatMap(one => one?.outcome.check.id ?? []),
    remedy,
    /** `MUST rfc/filter/not-ignored (and 2 others, 50 follow): expected status 400, got 200` */
    evidence: first === undefined ? '' : evidenceOf(first.outcome, more === '' ? '' : ` (${more})`),
    /** These failures, and the checks that can't be judged until they are fixed. */
    failures: settled.length + followers,
  }
}

const evidenceOf = ({ check, expected = '', got = '' }: Outcome, more: string): string =>
  `${check.level} ${check.id}${more}: expected ${truncate(expected, maxValue)}, got ${truncate(got, maxValue)}`

const maxValue = 60

function headingOf(first: readonly Fix[], all: readonly Fix[], known: number): string {
  const sum = (fixes: readonly Fix[]) => fixes.reduce((total, { failures }) => total + failures, 0)
  const total = sum(all)
  if (total === 0) return known > 0 ? `Nothing fails but ${countOf(known, 'known check')}.` : 'Nothing fails.'
  const which = words[first.length] ?? ''
  if (total === 1) return 'Fix this: it is the only failure.'
  return first.length === all.length
    ? `Fix ${which}: ${total === 2 ? 'both' : `all ${total}`} failures go away.`
    : `Fix ${which} first: ${sum(first)} of ${total} failures go away.`
}

function proofLine(exchange: Exchange, { service, exchanges }: Appraisal['result']): string {
  const { number, method, url, request, response, failure = 'no response' } = exchange
  const path = url.startsWith(service.url) ? url.slice(service.url.length) : url
  // The number leads to the whole ID.
  const short = path
    .split('/')
    .map(part => truncate(part, maxPathPart))
    .join('/')
  const body = method === 'PATCH' ? parseJson(request.body) : undefined
  const operations = isObject(body) && Array.isArray(body.Operations) ? body.Operations : []
  return [
    `#${number} ${method} ${short} → ${response?.status ?? failure}`,
    ...(operations.length > 0 ? [`sent ${operations.map(formatValue).join(', ')}`] : []),
    // Servers with an API key in a header of their own never get this one.
    ...(!isAuthorized(exchange) && exchanges.some(isAuthorized) ? ['sent without Authorization'] : []),
  ].join(', ')
}

const isAuthorized = ({ request }: Exchange): boolean =>
  Object.keys(request.headers).some(name => name.toLowerCase() === 'authorization')

const maxPathPart = 12

const maxSummary = 220

/** Whole sentences, as many as fit. */
function firstSentences(text: string): string {
  const [first = '', ...more] = text.split('. ')
  const fitting = more.reduce((shown, sentence) => {
    const longer = `${shown}. ${sentence}`
    return longer.length > maxSummary ? shown : longer
  }, first)
  return truncate(fitting.endsWith('.') ? fitting : `${fitting}.`, 2 * maxSummary)
}

function countingLine({ score: { bySuite } }: Appraisal): string | undefined {
  const [counted, shown] = [true, false].map(wanted =>
    bySuite.flatMap(({ suite, counts }) => (counts === wanted ? [suite] : [])),
  )
  return counted && shown && shown.length > 0
    ? `Only ${joinWords(counted)} ${counted.length > 1 ? 'count' : 'counts'} for the exit code. To count ${joinWords(shown)} too: --as ${[...counted, ...shown].join(',')}`
    : undefined
}

/** Why suites that don't count are not graded; those that count are in the decision. */
const uncountedReasons = ({ result, score }: Appraisal): readonly string[] =>
  score.bySuite.flatMap(({ suite, counts }) => (counts ? [] : (ungradedReason(suite, result.outcomes) ?? [])))

const leftLine = ({ result }: Appraisal): readonly string[] => {
  const [first] = leftBehindLines(result)
  if (first === undefined) return []
  const { length } = result.leftBehind
  const which = length > 1 ? ', the first of them ' : ': '
  return [`${countOf(length, 'resource')} could not be removed from the server${which}${first}.`]
}

function restLine({ result, score, known }: Appraisal): string {
  const ofThem = known.standing.length > 0 ? ` (${known.standing.length} known)` : ''
  const follow = result.outcomes.filter(({ follows }) => follows !== undefined).length
  return [
    `${score.passed} passed`,
    `${score.failed} failed${ofThem}`,
    ...(follow > 0 ? [`${follow} follow from these`] : []),
    `${score.skipped - follow} skipped`,
    ...(score.broken > 0 ? [`${score.broken} broken`] : []),
    countOf(result.exchanges.length, 'request'),
  ].join(', ')
}
