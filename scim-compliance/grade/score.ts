import type { Check, Level, Suite } from '../check.ts'
import type { Outcome, Result } from '../run/result.ts'

/**
 * How a server is graded. Each check that passed or failed weighs as much as its level is binding; a score is the part
 * of that weight that passed, in whole percents, rounded down, so that 100 means that everything passed. Skipped checks
 * and broken ones don't count: neither what a server doesn't advertise nor a fault of this tool is held against it.
 *
 * The letter follows the score, but a server that breaks a MUST is at most a B: many SHOULDs don't make up for it. A few
 * checks are about so much that a server which fails them gets no better letter than they say (`gradeAtMost`). A few
 * faults that fail many checks, of which only one counts, limit the letter likewise, and the score to that letter's.
 *
 * Suites aren't added up, for they want different things, some of which pull against each other: each has a score and a
 * letter, and a run has the lowest of those that count.
 */
export const weights: Readonly<Record<Level, number>> = { MUST: 5, SHOULD: 2, MAY: 1, practice: 2 }

export const levels: readonly Level[] = ['MUST', 'SHOULD', 'MAY', 'practice']

const letters = [
  ['A', 95],
  ['B', 85],
  ['C', 70],
  ['D', 50],
  ['F', 0],
] as const
export type Letter = (typeof letters)[number][0]

export type Tally = {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly broken: number
  /** Undefined where nothing passed or failed. */
  readonly percent: number | undefined
}

export type LevelScore = { readonly level: Level; readonly tally: Tally }

export type SuiteScore = {
  readonly suite: Suite
  readonly tally: Tally
  /** Undefined where nothing passed or failed. */
  readonly letter: Letter | undefined
  /** Whether the score of the run heeds it. */
  readonly counts: boolean
  readonly byLevel: readonly LevelScore[]
}

/** What was counted is of all suites; `percent` is the lowest of those that count. */
export type Score = Tally & {
  /** The lowest, too. Undefined where nothing passed or failed. */
  readonly letter: Letter | undefined
  readonly byLevel: readonly LevelScore[]
  readonly bySuite: readonly SuiteScore[]
  /** In the order in which the checks come. */
  readonly bySection: readonly {
    readonly suite: string
    readonly section: string
    readonly tally: Tally
  }[]
}

/** `counting`: the suites that count; all when nothing is said. */
export function scoreOf(outcomes: readonly Outcome[], counting?: readonly Suite[]): Score {
  const counted = countingSuites(outcomes, counting)
  const bySuite = [...Map.groupBy(outcomes, ({ check }) => check.suite)].map(([suite, outcomes]) => ({
    ...suiteScore(suite, outcomes),
    counts: counted.includes(suite),
  }))
  const heeded = bySuite.filter(({ counts }) => counts)
  const percents = heeded.flatMap(({ tally }) => tally.percent ?? [])
  return {
    ...tallyOf(outcomes),
    percent: percents.length === 0 ? undefined : Math.min(...percents),
    letter: percents.length === 0 ? undefined : lowestOf(heeded.flatMap(({ letter }) => letter ?? [])),
    byLevel: levelScores(outcomes),
    bySuite,
    bySection: sectionsOf(outcomes).map(({ suite, section, outcomes }) => ({
      suite,
      section,
      tally: tallyOf(outcomes),
    })),
  }
}

/** Of the suites that are to count, those that were looked at; all that were, where none of them was. */
export function countingSuites(outcomes: readonly Outcome[], counting?: readonly Suite[]): readonly Suite[] {
  const looked = outcomes.filter(({ verdict }) => verdict === 'passed' || verdict === 'failed')
  const suites = [...new Set(looked.map(({ check }) => check.suite))]
  const asked = suites.filter(suite => counting?.includes(suite))
  return asked.length > 0 ? asked : suites
}

function suiteScore(suite: Suite, outcomes: readonly Outcome[]): Omit<SuiteScore, 'counts'> {
  const tally = tallyOf(outcomes)
  const failed = outcomes.filter(({ verdict }) => verdict === 'failed')
  const limitedBy = failed.flatMap(({ gradeAtMost }) => gradeAtMost ?? [])
  const percent = tally.percent && Math.min(tally.percent, ...limitedBy.map(mostFor))
  const limits = failed.flatMap(({ check: { level, gradeAtMost } }) => [
    ...(level === 'MUST' ? (['B'] as const) : []),
    ...(gradeAtMost ? [gradeAtMost] : []),
  ])
  return {
    suite,
    tally: { ...tally, percent },
    letter: percent === undefined ? undefined : lowestOf([letterFor(percent), ...limits]),
    byLevel: levelScores(outcomes),
  }
}

const levelScores = (outcomes: readonly Outcome[]): readonly LevelScore[] =>
  levels.map(level => ({ level, tally: tallyOf(outcomes.filter(({ check }) => check.level === level)) }))

/** `entra MUST`: a client's MUST is another than the RFCs'. */
export const levelInSuite = ({ suite, level }: Pick<Check, 'suite' | 'level'>): string => `${suite} ${level}`

export type Section = {
  readonly suite: string
  readonly section: string
  readonly outcomes: readonly Outcome[]
}

/** What came of the checks under each heading. */
export const sectionsOf = (outcomes: readonly Outcome[]): readonly Section[] =>
  [...Map.groupBy(outcomes, ({ check }) => `${check.suite}\n${check.section}`).values()].flatMap(outcomes => {
    const check = outcomes[0]?.check
    return check === undefined ? [] : [{ suite: check.suite, section: check.section, outcomes }]
  })

function tallyOf(outcomes: readonly Outcome[]): Tally {
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

/** The highest percentage that has no better letter. */
const mostFor = (letter: Letter): number =>
  (letters[letters.findIndex(([one]) => one === letter) - 1]?.[1] ?? 101) - 1

/** F where there is none. */
const lowestOf = (those: readonly Letter[]): Letter =>
  letters.findLast(([letter]) => those.includes(letter))?.[0] ?? 'F'

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
