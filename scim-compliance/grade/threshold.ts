import type { Level, Suite } from '../check.ts'
import type { Outcome, Result } from '../run/result.ts'
import { countingSuites, levelInSuite, type Score, scoreOf } from './score.ts'

/** Which failures make a run fail: those of a MUST, of a SHOULD too, any, or none. */
export const failOns = ['must', 'should', 'any', 'never'] as const
export type FailOn = (typeof failOns)[number]

export type Threshold = {
  readonly failOn: FailOn
  /** In percent. */
  readonly minScore?: number
  /** Whose failures and scores count; where none of these was looked at, or nothing is said, those of all suites. */
  readonly suites?: readonly Suite[]
}

/** 0: the threshold is reached; 1: it isn't; 2: the run doesn't tell, for it wasn't whole. */
export type ExitCode = 0 | 1 | 2

export type Decision = {
  readonly exitCode: ExitCode
  /** Why it isn't 0, in sentences. */
  readonly reasons: readonly string[]
  /** The lowest score without the known failures; what `minScore` is held against. */
  readonly percent: number | undefined
}

const levelsCounting: Readonly<Record<FailOn, readonly Level[]>> = {
  must: ['MUST'],
  should: ['MUST', 'SHOULD'],
  any: ['MUST', 'SHOULD', 'MAY', 'practice'],
  never: [],
}

/** `known`: ids of failures that don't count. */
export function decide(result: Result, known: ReadonlySet<string>, threshold: Threshold): Decision {
  const counting = countingSuites(result.outcomes, threshold.suites)
  const outcomes = result.outcomes.filter(
    ({ check, verdict }) => counting.includes(check.suite) && (verdict !== 'failed' || !known.has(check.id)),
  )
  const score = scoreOf(outcomes)
  const { percent } = score
  const missed = missedBy(outcomes, score, threshold)
  const unsound = whyUnsound(result)
  const isMissed = missed.length > 0 && !result.interrupted
  const exitCode = isMissed ? 1 : unsound.length > 0 ? 2 : 0
  return { exitCode, reasons: [...missed, ...unsound], percent }
}

function missedBy(
  outcomes: readonly Outcome[],
  { bySuite }: Score,
  { failOn, minScore = 0 }: Threshold,
): readonly string[] {
  const failed = levelsCounting[failOn].flatMap(level =>
    outcomes.filter(({ verdict, check }) => verdict === 'failed' && check.level === level),
  )
  const counts = [...Map.groupBy(failed, ({ check }) => levelInSuite(check))].map(
    ([level, { length }]) => `${length} ${level}`,
  )
  const low = bySuite.filter(({ tally: { percent = 100 } }) => percent < minScore)
  return [
    ...(counts.length > 0 ? [`Checks fail: ${counts.join(', ')}.`] : []),
    ...low.map(({ suite, tally }) => `The score of ${suite} is ${tally.percent} %, below ${minScore} %.`),
  ]
}

/** A run that was cut short or couldn't look at anything is no proof of a good server. */
function whyUnsound({ outcomes, interrupted }: Result): readonly string[] {
  const broken = outcomes.filter(({ verdict }) => verdict === 'broken').length
  const looked = outcomes.some(({ verdict }) => verdict === 'passed' || verdict === 'failed')
  return [
    ...(interrupted ? ['The run was interrupted.'] : []),
    ...(broken > 0 ? [`By a fault of this tool, ${broken} of the checks couldn't be run.`] : []),
    ...(looked ? [] : ['Nothing could be looked at.']),
  ]
}
