import type { Consequence, Level } from '../../check.ts'
import { diagnose } from '../../grade/diagnose.ts'
import { joinWords } from '../../grade/join-words.ts'
import type { Outcome, Result } from '../../run/result.ts'

export type Loss = {
  readonly id: string
  readonly effect: Consequence['effect']
  readonly summary: string
  /** The jobs affected; omitted for every job. */
  readonly when?: string
  /** A clause for the headline, instead of the client's topic of this ID; false: not in the headline. */
  readonly topic?: string | false
  readonly level?: Level
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
  exchanges: Result['exchanges'],
  probes: Result['probes'] = [],
): readonly Loss[] =>
  failed.flatMap(outcome => {
    const { id, level } = outcome.check
    const { consequence } = diagnose(outcome, { exchanges, probes })
    if (!consequence) return []
    const { client: _, ...loss } = consequence
    return [{ id, level, ...loss }]
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

/** Losses that stop everything come first, then by topic in the order of `topics`, then by effect; optional ones last. */
export function bySeverity(
  losses: readonly Loss[],
  stopsAll: (loss: Loss) => boolean,
  topics: readonly RegExp[],
): readonly Loss[] {
  const rank = (loss: Loss) => {
    const topic = topics.findIndex(pattern => pattern.test(loss.id))
    if (loss.level === 'MAY') return topics.length + 1
    return stopsAll(loss) ? -1 : topic < 0 ? topics.length : topic
  }
  return losses.toSorted((a, b) => rank(a) - rank(b) || effects.indexOf(a.effect) - effects.indexOf(b.effect))
}

/**
 * Why no verdict is possible: some essential checks weren't run. Undefined if all were. `isAnswer` recognizes skip reasons
 * that are conclusive, as is each check that follows from another one.
 */
export function untestedNote(
  outcomes: readonly Outcome[],
  decisive: ReadonlySet<string>,
  isAnswer: (outcome: Outcome) => boolean = () => false,
): string | undefined {
  const byId = new Map(outcomes.map(outcome => [outcome.check.id, outcome]))
  const reasons = [...decisive].flatMap(id => {
    const outcome = byId.get(id)
    const reason = untestedReason(outcome)
    return reason === undefined || (outcome && isAnswer(outcome)) ? [] : [reason]
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
  return outcome.verdict === 'skipped' && outcome.follows === undefined ? (outcome.reason ?? '') : undefined
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
