import type { Exchange } from '../client/exchange.ts'
import type { Outcome, Result } from '../run/result.ts'
import { type Baseline, type Changes, changesSince } from './baseline.ts'
import { compareWithKnown, type Known, type KnownFailures } from './known.ts'
import { type Score, scoreOf } from './score.ts'
import { withoutSecrets } from './secrets.ts'
import { type Decision, decide, type Threshold } from './threshold.ts'
import type { ClientVerdict, Judge } from './verdict.ts'

/** A run and all that is thought of it: what reports are made of. Without secrets. */
export type Appraisal = {
  readonly result: Result
  readonly score: Score
  readonly verdicts: readonly ClientVerdict[]
  readonly known: KnownFailures
  /** Where there is an earlier report to compare with. */
  readonly changes: Changes | undefined
  /** What the checks were called that are in the earlier report only. */
  readonly baseline: Baseline | undefined
  readonly threshold: Threshold
  readonly decision: Decision
  /** Of this tool. */
  readonly version: string
}

export type Standards = {
  readonly threshold: Threshold
  readonly judges: readonly Judge[]
  readonly known?: readonly Known[]
  readonly baseline?: Baseline
  /** Not to be found in any report: the token. */
  readonly secrets?: readonly string[]
  readonly version: string
}

export function appraise(run: Result, standards: Standards): Appraisal {
  const { threshold, judges, known = [], baseline, secrets, version } = standards
  const result = withoutSecrets(run, secrets)
  const { outcomes } = result
  const compared = compareWithKnown(known, outcomes)
  return {
    result,
    score: scoreOf(outcomes),
    verdicts: judges.flatMap(judge => judge(outcomes) ?? []),
    known: compared,
    changes: baseline && changesSince(baseline, outcomes, result.asked),
    baseline,
    threshold,
    decision: decide(result, new Set(compared.standing.map(({ id }) => id)), threshold),
    version,
  }
}

/** Why a failure is put up with; undefined for those that aren't. */
export const knownReason = ({ known }: Appraisal, { check }: Outcome): string | undefined =>
  known.standing.find(({ id }) => id === check.id)?.reason

/** The exchange that shows a failure. */
export const shownExchange = ({ result }: Appraisal, { exchange }: Outcome): Exchange | undefined =>
  exchange === undefined ? undefined : result.exchanges.find(({ number }) => number === exchange)

/** `Grade B, 88 %`; of a run that looked at nothing, that. */
export const gradeInWords = ({ letter, percent }: Score): string =>
  letter === undefined ? 'no grade' : `${letter}, ${percent} %`
