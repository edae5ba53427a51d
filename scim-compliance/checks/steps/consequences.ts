import type { Consequence } from '../../check.ts'
import { consequenceOfFailure, type EvaluatedRun } from '../../grade/verdict.ts'
import type { Outcome } from '../../run/result.ts'

/** Something that goes wrong for a client: a failed check that says what comes of it, or what the server hasn't got. */
export type Loss = {
  readonly id: string
  readonly effect: Consequence['effect']
  readonly summary: string
  /** Which jobs it concerns, where that isn't every job. */
  readonly when?: string
}

/** What came of a client's checks; undefined when none of them was in the run. */
export function outcomesFor(
  outcomes: readonly Outcome[],
  client: Consequence['client'],
): readonly Outcome[] | undefined {
  const own = outcomes.filter(({ check }) => check.suite === client)
  return own.length === 0 ? undefined : own
}

export const failedOutcomes = (outcomes: readonly Outcome[]): readonly Outcome[] =>
  outcomes.filter(({ verdict }) => verdict === 'failed')

export const lossesFrom = (
  failed: readonly Outcome[],
  exchanges: EvaluatedRun['exchanges'],
): readonly Loss[] =>
  failed.flatMap(outcome => {
    const consequence = consequenceOfFailure(outcome, exchanges)
    if (!consequence) return []
    const { client: _, ...loss } = consequence
    return [{ id: outcome.check.id, ...loss }]
  })

// What is lost without a word is worse than what is told and tried again.
const effects: readonly Consequence['effect'][] = [
  'quarantine',
  'not-linked',
  'data-lost',
  'escrow',
  'shown-wrong',
  'slower',
]

/** What stops everything; then by what a loss is about, in the order of `topics`; then by what comes of it. */
export function bySeverity(
  losses: readonly Loss[],
  stopsAll: (loss: Loss) => boolean,
  topics: readonly RegExp[],
): readonly Loss[] {
  const rank = (loss: Loss) => {
    const topic = topics.findIndex(pattern => pattern.test(loss.id))
    return stopsAll(loss) ? -1 : topic < 0 ? topics.length : topic
  }
  return losses.toSorted((a, b) => rank(a) - rank(b) || effects.indexOf(a.effect) - effects.indexOf(b.effect))
}

/**
 * Why nothing can be said of a client: some of the checks that decide about it weren't looked at. Undefined when each
 * was. `isAnswer` tells reasons for a skip that say enough of the server by themselves.
 */
export function untestedNote(
  outcomes: readonly Outcome[],
  decisive: ReadonlySet<string>,
  isAnswer: (reason: string) => boolean = () => false,
): string | undefined {
  const byId = new Map(outcomes.map(outcome => [outcome.check.id, outcome]))
  const reasons = [...decisive].flatMap(id => {
    const reason = untestedReason(byId.get(id))
    return reason === undefined || isAnswer(reason) ? [] : [reason]
  })
  if (reasons.length === 0) return undefined
  const [first = '', ...others] = [...new Set(reasons)].map(withinSentence)
  const why = others.length > 0 ? `${first}; and other reasons` : first
  const which =
    reasons.length === 1 ? '1 essential check wasn’t' : `${reasons.length} essential checks weren’t`
  return `Can’t be said: ${which} looked at (${why}).`
}

function untestedReason(outcome: Outcome | undefined): string | undefined {
  if (outcome === undefined) return 'Not asked for.'
  if (outcome.verdict === 'broken') return 'By a fault of this tool.'
  return outcome.verdict === 'skipped' ? (outcome.reason ?? '') : undefined
}

const withinSentence = (sentence: string): string =>
  sentence.replace(/\.$/, '').replace(/^[A-Z](?=[a-z]* )/, letter => letter.toLowerCase())

/** `a, b and c` */
export const joinWords = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`

const maxListed = 4

/** `a, b, c, d and 3 more things`: the worst of many. */
export function joinFirst(parts: readonly string[]): string {
  const more = parts.length - maxListed
  return joinWords(
    more <= 0 ? parts : [...parts.slice(0, maxListed), `${more} more ${more === 1 ? 'thing' : 'things'}`],
  )
}
