import type { Level, Suite } from '../check.ts'
import type { Outcome } from '../run/result.ts'

/**
 * How a server is graded. Each check that passed or failed weighs as much as its level is binding; a score is the part
 * of that weight that passed, in whole percents, rounded down, so that 100 means that everything passed. Skipped checks
 * and broken ones don't count: neither what a server doesn't advertise nor a fault of this tool is held against it.
 *
 * The letter follows the score, but a server that breaks a MUST is at most a B: many SHOULDs don't make up for it.
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

export type Score = Tally & {
  /** Undefined where nothing passed or failed. */
  readonly letter: Letter | undefined
  readonly byLevel: readonly { readonly level: Level; readonly tally: Tally }[]
  readonly bySuite: readonly { readonly suite: Suite; readonly tally: Tally }[]
  /** In the order in which the checks come. */
  readonly bySection: readonly {
    readonly suite: string
    readonly section: string
    readonly tally: Tally
  }[]
}

export function scoreOf(outcomes: readonly Outcome[]): Score {
  const tally = tallyOf(outcomes)
  const breaksMust = outcomes.some(({ verdict, check }) => verdict === 'failed' && check.level === 'MUST')
  return {
    ...tally,
    letter: tally.percent === undefined ? undefined : letterOf(tally.percent, breaksMust),
    byLevel: levels.map(level => ({
      level,
      tally: tallyOf(outcomes.filter(({ check }) => check.level === level)),
    })),
    bySuite: [...Map.groupBy(outcomes, ({ check }) => check.suite)].map(([suite, outcomes]) => ({
      suite,
      tally: tallyOf(outcomes),
    })),
    bySection: sectionsOf(outcomes).map(({ suite, section, outcomes }) => ({
      suite,
      section,
      tally: tallyOf(outcomes),
    })),
  }
}

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

const letterOf = (percent: number, breaksMust: boolean): Letter => {
  const [letter] = letters.find(([, least]) => percent >= least) ?? letters[4]
  return breaksMust && letter === 'A' ? 'B' : letter
}

/** What an outcome says of the server, from fine to wrong. */
export type Mark = 'success' | 'acceptable' | 'compliant' | 'deviation' | 'error' | 'skipped' | 'broken'

const marksOfFailures: Readonly<Record<Level, Mark>> = {
  // What the RFCs leave to the server
  MAY: 'acceptable',
  // As the RFCs want it, but not as clients do
  practice: 'compliant',
  SHOULD: 'deviation',
  MUST: 'error',
}

export const markOf = ({ verdict, check }: Outcome): Mark => {
  if (verdict === 'failed') return marksOfFailures[check.level]
  return verdict === 'passed' ? 'success' : verdict
}
