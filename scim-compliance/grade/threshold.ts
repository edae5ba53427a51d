import type { Level } from '../check.ts'
import type { Outcome, Result } from '../run/result.ts'
import { scoreOf } from './score.ts'

/** Which failures make a run fail: those of a MUST, of a SHOULD too, any, or none. */
export const failOns = ['must', 'should', 'any', 'never'] as const
export type FailOn = (typeof failOns)[number]

export type Threshold = {
  readonly failOn: FailOn
  /** In percent. */
  readonly minScore?: number
}

/** 0: the threshold is reached; 1: it isn't; 2: the run doesn't tell, for it wasn't whole. */
export type ExitCode = 0 | 1 | 2

export type Decision = {
  readonly exitCode: ExitCode
  /** Why it isn't 0, in sentences. */
  readonly reasons: readonly string[]
  /** The score without the known failures; what `minScore` is held against. */
  readonly percent: number | undefined
}

const counting: Readonly<Record<FailOn, readonly Level[]>> = {
  must: ['MUST'],
  should: ['MUST', 'SHOULD'],
  any: ['MUST', 'SHOULD', 'MAY', 'practice'],
  never: [],
}

/** `known`: ids of failures that don't count. */
export function decide(result: Result, known: ReadonlySet<string>, threshold: Threshold): Decision {
  const outcomes = result.outcomes.filter(
    ({ check, verdict }) => verdict !== 'failed' || !known.has(check.id),
  )
  const { percent } = scoreOf(outcomes)
  const missed = missedBy(outcomes, percent, threshold)
  const unsound = whyUnsound(result)
  if (missed.length > 0) return { exitCode: 1, reasons: [...missed, ...unsound], percent }
  return { exitCode: unsound.length > 0 ? 2 : 0, reasons: unsound, percent }
}

function missedBy(
  outcomes: readonly Outcome[],
  percent: number | undefined,
  { failOn, minScore }: Threshold,
): readonly string[] {
  const failed = counting[failOn]
    .map(level => ({
      level,
      count: outcomes.filter(({ verdict, check }) => verdict === 'failed' && check.level === level).length,
    }))
    .filter(({ count }) => count > 0)
    .map(({ level, count }) => `${count} of level ${level}`)
  return [
    ...(failed.length > 0 ? [`Checks fail: ${failed.join(', ')}.`] : []),
    ...(minScore !== undefined && percent !== undefined && percent < minScore
      ? [`The score is ${percent} %, below ${minScore} %.`]
      : []),
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
