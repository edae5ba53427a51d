import type { Check, ServiceInfo, Suite } from '../check.ts'
import type { Exchange } from '../client/exchange.ts'

/** `broken`: the check itself failed to run, by a fault of this tool. */
export type Verdict = 'passed' | 'failed' | 'skipped' | 'broken'

/** What came of a check. */
export type Outcome = {
  readonly check: Check
  readonly verdict: Verdict
  /** Of failed ones: what would have passed, and what came. */
  readonly expected?: string
  readonly got?: string
  /** The number of the exchange that shows the failure. */
  readonly exchange?: number
  /** Of skipped and broken ones: why. */
  readonly reason?: string
  /** The id of the check whose failure has the same cause, and counts for both; `reason` says what it is. */
  readonly follows?: string
  /** Of a failure that others follow from: what is wrong with the server, in a clause. */
  readonly fault?: string
  /** Of such a failure: the best grade of its suite. */
  readonly gradeAtMost?: 'D' | 'F'
  /** The run ended before the check had its turn, or on its way. */
  readonly unfinished?: true
  /** The numbers of all exchanges of this check, in order; `Result.exchanges` has them. */
  readonly exchanges: readonly number[]
  readonly milliseconds: number
}

/** What a run was asked for; without secrets. */
export type RunSettings = {
  readonly url: string
  readonly as: readonly Suite[]
  readonly only: readonly string[]
  readonly skip: readonly string[]
  readonly readOnly: boolean
  readonly concurrency: number
  /** Requests a second; 0: as fast as they go. */
  readonly rate: number
  readonly timeoutSeconds: number
}

/** Something that was made and couldn't be removed. */
export type LeftBehind = {
  /** `/Users/{id}`; only the type’s path where nobody knows the id. */
  readonly path: string
  /** By which a person finds it. */
  readonly name?: string
  readonly reason: string
}

/** A whole run: all that reports and grades are made of. */
export type Result = {
  readonly service: ServiceInfo
  readonly asked: RunSettings
  /** The mark by which everything that the run made can be told: `scim-check-k3f9`. */
  readonly mark: string
  /** In the order of the checks. */
  readonly outcomes: readonly Outcome[]
  /** In order of their numbers, which count from 1 without gaps. */
  readonly exchanges: readonly Exchange[]
  /** ISO, with milliseconds. */
  readonly started: string
  readonly ended: string
  readonly leftBehind: readonly LeftBehind[]
  /** What whoever reads the result should know besides, in sentences: why writing checks were skipped and so on. */
  readonly notes: readonly string[]
  /** Whether the run was stopped before all checks had their turn. */
  readonly interrupted: boolean
}

/** What is told while a run goes on. */
export type Progress =
  | { readonly kind: 'discovered'; readonly service: ServiceInfo; readonly checks: number }
  | { readonly kind: 'done'; readonly outcome: Outcome; readonly number: number; readonly of: number }
  | { readonly kind: 'noted'; readonly note: string }
  | { readonly kind: 'cleaning'; readonly left: number }

export type OnProgress = (progress: Progress) => void
