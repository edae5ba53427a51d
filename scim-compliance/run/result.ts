import type { Came, Check, Lacking, ProbeVerdict, ServiceInfo, Suite, SupportedType } from '../check.ts'
import type { Exchange } from '../client/exchange.ts'

/** `broken`: the check itself failed because of an error in this tool. */
export type Verdict = 'passed' | 'failed' | 'skipped' | 'broken'

export type Outcome = {
  readonly check: Check
  readonly verdict: Verdict
  /** For failures: the expected and the actual result. */
  readonly expected?: string
  readonly got?: string
  readonly exchange?: number
  /** For failures: what came instead. */
  readonly came?: Came
  /** For skipped and broken checks: why. */
  readonly reason?: string
  /** The ID of the check that failed for the same cause, and counts for both; `exchange` is that of its failure. */
  readonly follows?: string
  readonly lacks?: Lacking
  /** The run ended before or during the check. */
  readonly unfinished?: true
  /** The numbers of all exchanges of this check, in order; `Result.exchanges` has them. */
  readonly exchanges: readonly number[]
  readonly milliseconds: number
}

/** The options of a run, without secrets. */
export type RunSettings = {
  readonly url: string
  readonly as: readonly Suite[]
  readonly only: readonly string[]
  readonly skip: readonly string[]
  readonly readOnly: boolean
  /** Checks may send as many requests as a server has to accept. */
  readonly load?: boolean
  readonly concurrency: number
  /** Requests per second; 0: no limit. */
  readonly rate: number
  readonly timeoutSeconds: number
}

export type LeftBehind = {
  /** `/Users/{id}`; only the path of the type if the ID is unknown. */
  readonly path: string
  readonly name?: string
  readonly reason: string
}

export type Result = {
  readonly service: ServiceInfo
  readonly asked: RunSettings
  /** The mark that identifies everything that the run created: `scim-check-k3f9`. */
  readonly mark: string
  readonly outcomes: readonly Outcome[]
  /** In the order of their numbers, which start at 1 without gaps. */
  readonly exchanges: readonly Exchange[]
  /** ISO 8601, with milliseconds. */
  readonly started: string
  readonly ended: string
  readonly leftBehind: readonly LeftBehind[]
  readonly notes: readonly string[]
  readonly interrupted: boolean
  /** The types of the server; attributes that it doesn't store are marked. */
  readonly types?: readonly SupportedType[]
  /** Those that were asked. */
  readonly probes?: readonly ProbeVerdict[]
  /** The exchanges with a 5xx, or without a response, that didn't come again when the check was repeated. */
  readonly occasional?: readonly number[]
}

export type Progress =
  | { readonly kind: 'discovered'; readonly service: ServiceInfo; readonly checks: number }
  | { readonly kind: 'done'; readonly outcome: Outcome; readonly number: number; readonly of: number }
  | { readonly kind: 'noted'; readonly note: string }
  | { readonly kind: 'cleaning'; readonly left: number }

export type OnProgress = (progress: Progress) => void
