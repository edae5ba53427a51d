import { refusalLabels } from '../journal/description.ts'
import type { Refusal } from '../tenants/tenant.ts'

/** How a client's job stands, as its requests of late show it. */
export type JobHealth = {
  /** So many of the newest requests in a row weren't let in, and why the last wasn't. */
  readonly consecutiveRefusals: number
  readonly lastRefusal?: Refusal
  /** What was wrong with the answer to the last probe. */
  readonly probeProblem?: string
  /** Users and groups that were dealt with, those of them that fail, and references of theirs that do. */
  readonly objects: number
  readonly failing: number
  readonly failingReferences: number
  /** Those that have failed three times or more without having worked in between. */
  readonly stuck: number
  /** The same of the newest cycle alone, and how many it has disabled or deleted. */
  readonly cycle: { readonly objects: number; readonly failing: number; readonly removed: number }
}

/** Entra ID's own words for why a job is quarantined. */
export type QuarantineReason =
  | 'EncounteredQuarantineException'
  | 'EncounteredEscrowProportionThreshold'
  | 'EncounteredBaseEscrowThreshold'
  | 'EncounteredTotalEscrowThreshold'
  | 'TooManyDeletes'
  | 'None'

export type QuarantineEstimate = {
  readonly status: 'healthy' | 'at-risk' | 'quarantined'
  readonly reason: QuarantineReason
  /** In one sentence or two. */
  readonly detail: string
}

/** Microsoft's thresholds (application-provisioning-quarantine-status). */
const thresholds = { examinedFrom: 5000, share: 0.4, objects: 40_000, objectsAndReferences: 60_000 }
/** From here on it is worth a look; these are ours. */
const warningThresholds = { consecutiveRefusals: 3, share: 0.1, removed: 500 }

/** Whether Entra ID would put the job into quarantine. The first reason that applies speaks. */
export const estimateQuarantine = (jobHealth: JobHealth): QuarantineEstimate =>
  checks.map(reason => reason(jobHealth)).find(estimate => estimate !== undefined) ?? {
    status: 'healthy',
    reason: 'None',
    detail: 'Probes are answered as they should be, and no object goes on failing.',
  }

const checks: readonly ((jobHealth: JobHealth) => QuarantineEstimate | undefined)[] = [
  ({ probeProblem }) =>
    probeProblem === undefined
      ? undefined
      : quarantined(
          'EncounteredQuarantineException',
          `${probeProblem} Entra takes the whole target for one that it can’t speak to.`,
        ),
  ({ consecutiveRefusals, lastRefusal }) => {
    if (consecutiveRefusals === 0) return undefined
    const why = lastRefusal === undefined ? '' : ` (${refusalLabels[lastRefusal]})`
    return consecutiveRefusals >= warningThresholds.consecutiveRefusals
      ? quarantined(
          'EncounteredQuarantineException',
          `The last ${consecutiveRefusals} requests were not let in${why}: credentials that aren’t taken put a job into quarantine at once.`,
        )
      : atRisk(
          'EncounteredQuarantineException',
          `The last ${consecutiveRefusals === 1 ? 'request was' : `${consecutiveRefusals} requests were`} not let in${why}. If it goes on, the job is quarantined at once.`,
        )
  },
  ({ objects, failing }) =>
    failing >= thresholds.examinedFrom && failing > thresholds.share * objects
      ? quarantined(
          'EncounteredEscrowProportionThreshold',
          `${formatCount(failing)} of ${formatCount(objects)} objects fail, which is more than ${formatPercent(thresholds.share)}.`,
        )
      : undefined,
  ({ failing }) =>
    failing > thresholds.objects
      ? quarantined(
          'EncounteredBaseEscrowThreshold',
          `${formatCount(failing)} objects fail, which is more than ${formatCount(thresholds.objects)}.`,
        )
      : undefined,
  ({ failing, failingReferences }) =>
    failing + failingReferences > thresholds.objectsAndReferences
      ? quarantined(
          'EncounteredTotalEscrowThreshold',
          `${formatCount(failing + failingReferences)} objects and references fail, which is more than ${formatCount(thresholds.objectsAndReferences)}.`,
        )
      : undefined,
  ({ cycle: { removed } }) =>
    removed > warningThresholds.removed
      ? atRisk(
          'TooManyDeletes',
          `The newest cycle has disabled or deleted ${formatCount(removed)} objects. Where the accidental-deletion threshold is lower, Entra holds them back and quarantines the job.`,
        )
      : undefined,
  ({ cycle: { objects, failing } }) =>
    failing > warningThresholds.share * objects
      ? atRisk(
          'EncounteredEscrowProportionThreshold',
          `${formatCount(failing)} of the ${formatCount(objects)} objects of the newest cycle failed. From ${formatCount(thresholds.examinedFrom)} failures on Entra quarantines a job of which more than ${formatPercent(thresholds.share)} fail.`,
        )
      : undefined,
  ({ stuck }) =>
    stuck > 0
      ? atRisk(
          'EncounteredBaseEscrowThreshold',
          `${formatCount(stuck)} ${stuck === 1 ? 'object has' : 'objects have'} failed again and again. Entra tries them ever more seldom, and gives up after 28 days.`,
        )
      : undefined,
]

const quarantined = (reason: QuarantineReason, detail: string): QuarantineEstimate => ({
  status: 'quarantined',
  reason,
  detail,
})

const atRisk = (reason: QuarantineReason, detail: string): QuarantineEstimate => ({
  status: 'at-risk',
  reason,
  detail,
})

const formatCount = (number: number) => number.toLocaleString('en-US')

const formatPercent = (share: number) => `${share * 100} %`
