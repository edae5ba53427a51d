import type { Consequence, Level } from '../../check.ts'
import { diagnose } from '../../grade/diagnose.ts'
import { joinWords } from '../../grade/join-words.ts'
import type { EvaluatedRun } from '../../grade/verdict.ts'
import type { Outcome } from '../../run/result.ts'

/** What follows from the failure of a check. */
export type Loss = Omit<Consequence, 'client'> & { readonly id: string; readonly level?: Level }

/** The outcomes of a client's checks, and what follows from the failures; undefined if the run contained none. */
export function findingsOf(
  { outcomes, exchanges, probes = [] }: EvaluatedRun,
  client: Consequence['client'],
) {
  const own = outcomes.filter(({ check }) => check.suite === client)
  if (own.length === 0) return undefined
  const failed = own.filter(({ verdict }) => verdict === 'failed')
  const losses = failed.flatMap((outcome): readonly Loss[] => {
    const { consequence } = diagnose(outcome, { exchanges, probes })
    if (!consequence) return []
    const { client: _, ...loss } = consequence
    return [{ id: outcome.check.id, level: outcome.check.level, ...loss }]
  })
  return { own, failed, losses }
}

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
  const rest = more > 0 ? [`${more} more ${more === 1 ? 'problem' : 'problems'}`] : []
  return joinWords([...parts.slice(0, maxListed), ...rest])
}
