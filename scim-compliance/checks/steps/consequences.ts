import type { Consequence } from '../../check.ts'
import { joinWords } from '../../grade/join-words.ts'
import { consequenceOfFailure, type EvaluatedRun } from '../../grade/verdict.ts'
import type { Outcome } from '../../run/result.ts'

export type Loss = {
  readonly id: string
  readonly effect: Consequence['effect']
  readonly summary: string
  /** The jobs affected; omitted for every job. */
  readonly when?: string
}

/** The outcomes of a client's checks; undefined if the run contained none. */
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

// Silent data loss is worse than an error that is reported and retried.
const effects: readonly Consequence['effect'][] = [
  'quarantine',
  'not-provisioned',
  'not-linked',
  'data-lost',
  'escrow',
  'task',
  'shown-wrong',
  'slower',
]

/** Losses that stop everything come first, then by topic in the order of `topics`, then by effect. */
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
 * Why no verdict is possible: some essential checks weren't run. Undefined if all were. `isAnswer` recognizes skip reasons
 * that are conclusive.
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
  return `Unknown: ${which} run (${why}).`
}

function untestedReason(outcome: Outcome | undefined): string | undefined {
  if (outcome === undefined) return 'Not selected.'
  if (outcome.verdict === 'broken') return 'An error in this tool.'
  return outcome.verdict === 'skipped' ? (outcome.reason ?? '') : undefined
}

const withinSentence = (sentence: string): string =>
  sentence.replace(/\.$/, '').replace(/^[A-Z](?=[a-z]* )/, letter => letter.toLowerCase())

const maxListed = 4

/** `a, b, c, d and 3 more problems`: the most severe ones of many. */
export function joinFirst(parts: readonly string[]): string {
  const more = parts.length - maxListed
  return joinWords(
    more <= 0 ? parts : [...parts.slice(0, maxListed), `${more} more ${more === 1 ? 'problem' : 'problems'}`],
  )
}
