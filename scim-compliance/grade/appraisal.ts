import type { Level } from '../check.ts'
import type { Exchange } from '../client/exchange.ts'
import type { Outcome, Result } from '../run/result.ts'
import { compact } from '../scim.ts'
import { type Baseline, changesSince, compareWithKnown, type KnownFailure } from './comparison.ts'
import { type Diagnosis, diagnose, usualConsequence } from './diagnose.ts'
import { safetyOf } from './gate.ts'
import { decide, type Score, scoreOf, type Threshold } from './score.ts'
import type { EvaluateClient } from './verdict.ts'

export type Appraisal = ReturnType<typeof appraiseRun>

export type AppraisalOptions = {
  readonly threshold: Threshold
  readonly evaluators: readonly EvaluateClient[]
  readonly known?: readonly KnownFailure[]
  readonly baseline?: Baseline
  readonly version: string
}

export function appraiseRun(result: Result, standards: AppraisalOptions) {
  const { threshold, evaluators, known = [], baseline, version } = standards
  const compared = compareWithKnown(known, result.outcomes)
  return {
    result,
    score: scoreOf(result, threshold.suites),
    safety: safetyOf(result),
    verdicts: evaluators.flatMap(judge => judge(result) ?? []),
    known: compared,
    /** Only with an earlier report. */
    changes: baseline && changesSince(baseline, result.outcomes, result.asked),
    baseline,
    threshold,
    decision: decide(result, new Set(compared.standing.map(({ id }) => id)), threshold),
    version,
  }
}

/** Why a failure is ignored; undefined for other failures. */
export const knownReason = ({ known }: Appraisal, { check }: Outcome): string | undefined =>
  known.standing.find(({ id }) => id === check.id)?.reason

/** What an outcome means and how to fix it. */
export const diagnosisOf = ({ result }: Appraisal, outcome: Outcome): Diagnosis =>
  outcome.verdict === 'failed'
    ? diagnose(outcome, result)
    : {
        impact: outcome.check.rationale,
        remedy: outcome.check.remedy,
        ...compact({ consequence: usualConsequence(outcome.check) }),
      }

export const followersOf = ({ result }: Appraisal, { check }: Outcome): readonly Outcome[] =>
  result.outcomes.filter(({ follows }) => follows === check.id)

export const shownExchange = ({ result }: Appraisal, { exchange }: Outcome): Exchange | undefined =>
  exchange === undefined ? undefined : result.exchanges.find(({ number }) => number === exchange)

/** `B, 88%`, with several suites `rfc A, 99%; entra B, 88%`; for an interrupted run with the number of its checks. */
export function formatGrade({ score, result }: Pick<Appraisal, 'score' | 'result'>): string {
  const { letter, percent, bySuite } = score
  const grade =
    bySuite.length > 1
      ? bySuite
          .map(({ suite, tally, letter }) => `${suite} ${formatLetter(letter, tally.percent)}`)
          .join('; ')
      : formatLetter(letter, percent)
  const { outcomes, interrupted } = result
  const finished = outcomes.filter(({ unfinished }) => !unfinished).length
  return interrupted ? `${grade} (interrupted, ${finished} of ${outcomes.length} checks)` : grade
}

const formatLetter = (letter: Score['letter'], percent: number | undefined): string =>
  letter === undefined ? 'not graded' : `${letter}, ${percent}%`

/** The meaning of an outcome for the server, from good to bad. */
export type OutcomeMark =
  | 'success'
  | 'acceptable'
  | 'compliant'
  | 'deviation'
  | 'error'
  | 'skipped'
  | 'broken'

const marksOfFailures: Readonly<Record<Level, OutcomeMark>> = {
  // Left to the server by the RFCs
  MAY: 'acceptable',
  // Conforms to the RFCs, but not to what clients rely on
  practice: 'compliant',
  SHOULD: 'deviation',
  MUST: 'error',
}

export const outcomeMark = ({ verdict, check }: Outcome): OutcomeMark => {
  if (verdict === 'failed') return marksOfFailures[check.level]
  return verdict === 'passed' ? 'success' : verdict
}
