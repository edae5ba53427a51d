import type { Check, Level, Suite } from '../check.ts'
import type { Outcome, Result } from '../run/result.ts'
import { endangeredBy, type GradedRun, ungradedReason } from './gate.ts'

/**
 * How a server is graded. Each check that passed or failed has a weight by its level; a score is the weight of the passed
 * checks in percent, rounded down, so that 100 means that everything passed. Skipped and broken checks
 * don't count: neither missing features nor errors of this tool lower the score.
 *
 * The letter follows the score, but a server that violates a MUST gets at most a B: SHOULDs don't compensate for it. A few
 * checks are so important that a server which fails them gets at most the given letter (`gradeAtMost`); a server that does
 * not lock users out, or in again, gets at most a D (`protects`). A few faults that fail many checks, of which only one
 * counts, limit the letter in the same way, and the score to that letter's. A suite most of which can't be tested has neither
 * score nor letter.
 *
 * Suites aren't combined, since their requirements differ and some contradict each other: each has a score and a
 * letter, and a run has the lowest of those that count.
 */
const weights: Readonly<Record<Level, number>> = { MUST: 5, SHOULD: 2, MAY: 1, practice: 2 }

export const weightOf = ({ level }: Pick<Check, 'level'>): number => weights[level]

export const levels: readonly Level[] = ['MUST', 'SHOULD', 'MAY', 'practice']

const letters = [
  ['A', 95],
  ['B', 85],
  ['C', 70],
  ['D', 50],
  ['F', 0],
] as const
type Letter = (typeof letters)[number][0]

export type Score = ReturnType<typeof scoreOf>

/**
 * The counts include all suites; `percent` and `letter` are the lowest of those that count, and undefined if one of these is not
 * graded. `counting`: the suites that count; default: all.
 */
export function scoreOf(run: GradedRun, counting?: readonly Suite[]) {
  const { outcomes } = run
  const counted = countingSuites(outcomes, counting)
  const bySuite = [...Map.groupBy(outcomes, ({ check }) => check.suite)].map(([suite, outcomes]) => ({
    ...suiteScore(suite, { ...run, outcomes }),
    counts: counted.includes(suite),
  }))
  const heeded = bySuite.filter(({ counts }) => counts)
  const isGraded = heeded.length > 0 && heeded.every(({ letter }) => letter !== undefined)
  return {
    ...tallyOf(outcomes),
    percent: isGraded ? Math.min(...heeded.flatMap(({ tally }) => tally.percent ?? [])) : undefined,
    letter: isGraded ? lowestOf(heeded.flatMap(({ letter }) => letter ?? [])) : undefined,
    byLevel: levelScores(outcomes),
    bySuite,
    /** In the order of the checks. */
    bySection: sectionsOf(outcomes).map(({ suite, section, outcomes }) => ({
      suite,
      section,
      tally: tallyOf(outcomes),
    })),
  }
}

/** The suites that should count and were run; if there are none, all that were run. */
function countingSuites(outcomes: readonly Outcome[], counting?: readonly Suite[]): readonly Suite[] {
  const looked = outcomes.filter(
    ({ verdict, follows }) => verdict === 'passed' || verdict === 'failed' || follows !== undefined,
  )
  const suites = [...new Set(looked.map(({ check }) => check.suite))]
  const asked = suites.filter(suite => counting?.includes(suite))
  return asked.length > 0 ? asked : suites
}

/** Without a percentage and a letter if the suite is not graded. */
function suiteScore(suite: Suite, run: GradedRun) {
  const { outcomes } = run
  const tally = tallyOf(outcomes)
  const failed = outcomes.filter(({ verdict }) => verdict === 'failed')
  const isGraded = tally.percent !== undefined && ungradedReason(suite, outcomes) === undefined
  const percent = isGraded ? tally.percent : undefined
  const limits = failed.flatMap(outcome => [
    ...(outcome.check.level === 'MUST' ? (['B'] as const) : []),
    ...(isLimiting(outcome, run) ? (['D'] as const) : []),
  ])
  return {
    suite,
    tally: { ...tally, percent },
    letter: percent === undefined ? undefined : lowestOf([letterFor(percent), ...limits]),
    byLevel: levelScores(outcomes),
  }
}

/** Such a failure also fails a run, unless `--fail-on never`: without created resources, few other checks can fail. */
const isLimiting = (outcome: Outcome, run: GradedRun): boolean =>
  outcome.check.gradeAtMost !== undefined || endangeredBy(outcome, run) !== undefined

const levelScores = (outcomes: readonly Outcome[]) =>
  levels.map(level => ({ level, tally: tallyOf(outcomes.filter(({ check }) => check.level === level)) }))

/** `entra MUST`: a MUST of a client differs from one of the RFCs. */
export const levelInSuite = ({ suite, level }: Pick<Check, 'suite' | 'level'>): string => `${suite} ${level}`

export type Section = {
  readonly suite: string
  readonly section: string
  readonly outcomes: readonly Outcome[]
}

export const sectionsOf = (outcomes: readonly Outcome[]): readonly Section[] =>
  [...Map.groupBy(outcomes, ({ check }) => `${check.suite}\n${check.section}`).values()].flatMap(outcomes => {
    const check = outcomes[0]?.check
    return check === undefined ? [] : [{ suite: check.suite, section: check.section, outcomes }]
  })

export type Tally = ReturnType<typeof tallyOf>

/** `percent`: undefined if nothing passed or failed. */
function tallyOf(outcomes: readonly Outcome[]) {
  const count = (wanted: Outcome['verdict']) => outcomes.filter(({ verdict }) => verdict === wanted).length
  const weigh = (wanted: Outcome['verdict']) =>
    outcomes.reduce((sum, { verdict, check }) => sum + (verdict === wanted ? weights[check.level] : 0), 0)
  const gained = weigh('passed')
  const all = gained + weigh('failed')
  return {
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    broken: count('broken'),
    percent: all === 0 ? undefined : Math.floor((100 * gained) / all),
  }
}

const letterFor = (percent: number): Letter =>
  (letters.find(([, least]) => percent >= least) ?? letters[4])[0]

/** F if there is none. */
const lowestOf = (those: readonly Letter[]): Letter =>
  letters.findLast(([letter]) => those.includes(letter))?.[0] ?? 'F'

/** Which failures fail a run: those of a MUST, also of a SHOULD, any, or none. */
export const failOns = ['must', 'should', 'any', 'never'] as const
export type FailOn = (typeof failOns)[number]

export type Threshold = {
  readonly failOn: FailOn
  /** In percent. */
  readonly minScore?: number
  /** The suites whose failures and scores count; if none of these was run, and by default, all. */
  readonly suites?: readonly Suite[]
}

/** 0: the threshold is reached; 1: it isn't; 2: unknown, since the run wasn't complete. */
type ExitCode = 0 | 1 | 2

export type Decision = {
  readonly exitCode: ExitCode
  readonly reasons: readonly string[]
  /** The lowest score without the known failures, which `minScore` applies to. */
  readonly percent: number | undefined
}

const levelsCounting: Readonly<Record<FailOn, readonly Level[]>> = {
  must: ['MUST'],
  should: ['MUST', 'SHOULD'],
  any: ['MUST', 'SHOULD', 'MAY', 'practice'],
  never: [],
}

/** `known`: IDs of failures that don't count. */
export function decide(result: Result, known: ReadonlySet<string>, threshold: Threshold): Decision {
  const counting = countingSuites(result.outcomes, threshold.suites)
  const outcomes = result.outcomes.filter(
    ({ check, verdict }) => counting.includes(check.suite) && (verdict !== 'failed' || !known.has(check.id)),
  )
  const run = { ...result, outcomes }
  const score = scoreOf(run)
  const { percent } = score
  const missed = missedBy(run, score, threshold)
  const ungraded = counting.flatMap(suite => ungradedReason(suite, result.outcomes) ?? [])
  const unsound = whyUnsound(result)
  const isMissed = missed.length > 0 && ungraded.length === 0 && !result.interrupted
  const exitCode = isMissed ? 1 : unsound.length + ungraded.length > 0 ? 2 : 0
  return { exitCode, reasons: [...ungraded, ...missed, ...unsound], percent }
}

function missedBy(
  run: GradedRun,
  { bySuite }: Score,
  { failOn, minScore = 0 }: Threshold,
): readonly string[] {
  const isCounting = (outcome: Outcome) =>
    levelsCounting[failOn].includes(outcome.check.level) || (failOn !== 'never' && isLimiting(outcome, run))
  const failed = levels.flatMap(level =>
    run.outcomes.filter(
      outcome => outcome.verdict === 'failed' && outcome.check.level === level && isCounting(outcome),
    ),
  )
  const counts = [...Map.groupBy(failed, ({ check }) => levelInSuite(check))].map(
    ([level, { length }]) => `${length} ${level}`,
  )
  const low = bySuite.filter(({ tally: { percent = 100 } }) => percent < minScore)
  return [
    ...(counts.length > 0 ? [`Checks fail: ${counts.join(', ')}.`] : []),
    ...low.map(({ suite, tally }) => `The score of ${suite} is ${tally.percent}%, below ${minScore}%.`),
  ]
}

/** An interrupted run, or one without results, doesn't prove that a server is good. */
function whyUnsound({ outcomes, interrupted }: Result): readonly string[] {
  const broken = outcomes.filter(({ verdict }) => verdict === 'broken').length
  const looked = outcomes.some(({ verdict }) => verdict === 'passed' || verdict === 'failed')
  return [
    ...(interrupted ? ['The run was interrupted.'] : []),
    ...(broken > 0 ? [`${broken} of the checks couldn't be run because of an error in this tool.`] : []),
    ...(looked ? [] : ['No check was run.']),
  ]
}
