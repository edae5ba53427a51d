import type { Quarantine } from '../../domain/contract/findings.ts'
import { refusalLabels } from '../../domain/journal/description.ts'
import type { Exchange } from '../../domain/journal/exchange.ts'

export type JobHealth = {
  readonly consecutiveRefusals: number
  readonly lastRefusal?: NonNullable<Exchange['refusal']>
  readonly probeProblem?: string
  readonly objects: number
  readonly failing: number
  /** The failing objects that only injected faults made fail. Entra ID can't tell them apart: its limits count them. */
  readonly injected: number
  readonly failingReferences: number
  /** Objects with three or more consecutive failures, without those by an injected fault. */
  readonly stuck: number
  readonly cycle: { readonly objects: number; readonly failing: number; readonly removed: number }
}

type QuarantineReason = Quarantine['reason']

export type QuarantineEstimate = {
  readonly status: 'healthy' | 'at-risk' | 'quarantined'
  readonly reason: QuarantineReason
  readonly detail: string
}

/** Microsoft's thresholds (application-provisioning-quarantine-status). */
export const quarantineThresholds = {
  examinedFrom: 5000,
  share: 0.4,
  objects: 40_000,
  objectsAndReferences: 60_000,
}
/** Our own thresholds for a warning. */
const warningThresholds = { consecutiveRefusals: 3, share: 0.1, removed: 500 }

export const estimateQuarantine = (jobHealth: JobHealth): QuarantineEstimate =>
  checks.map(reason => reason(jobHealth)).find(estimate => estimate !== undefined) ?? {
    status: 'healthy',
    reason: 'None',
    detail: `Connection tests succeed, and no object fails repeatedly.${describeInjected(jobHealth)}`,
  }

const describeInjected = ({ injected }: JobHealth): string =>
  injected === 0
    ? ''
    : ` ${formatCount(injected)} ${injected === 1 ? 'object fails' : 'objects fail'} only because of injected faults.`

const checks: readonly ((jobHealth: JobHealth) => QuarantineEstimate | undefined)[] = [
  ({ probeProblem }) =>
    probeProblem === undefined
      ? undefined
      : quarantined('EncounteredQuarantineException', `${probeProblem} Entra would quarantine the job.`),
  ({ consecutiveRefusals, lastRefusal }) => {
    if (consecutiveRefusals === 0) return undefined
    const why = lastRefusal === undefined ? '' : ` (${refusalLabels[lastRefusal]})`
    return consecutiveRefusals >= warningThresholds.consecutiveRefusals
      ? quarantined(
          'EncounteredQuarantineException',
          `The last ${consecutiveRefusals} requests were rejected${why}. Entra quarantines a job with invalid credentials immediately.`,
        )
      : atRisk(
          'EncounteredQuarantineException',
          `The last ${consecutiveRefusals === 1 ? 'request was' : `${consecutiveRefusals} requests were`} rejected${why}. If this continues, Entra quarantines the job immediately.`,
        )
  },
  ({ objects, failing }) =>
    failing >= quarantineThresholds.examinedFrom && failing > quarantineThresholds.share * objects
      ? quarantined(
          'EncounteredEscrowProportionThreshold',
          `${formatCount(failing)} of ${formatCount(objects)} objects fail: more than ${formatPercent(quarantineThresholds.share)}.`,
        )
      : undefined,
  ({ failing }) =>
    failing > quarantineThresholds.objects
      ? quarantined(
          'EncounteredBaseEscrowThreshold',
          `${formatCount(failing)} objects fail: more than ${formatCount(quarantineThresholds.objects)}.`,
        )
      : undefined,
  ({ failing, failingReferences }) =>
    failing + failingReferences > quarantineThresholds.objectsAndReferences
      ? quarantined(
          'EncounteredTotalEscrowThreshold',
          `${formatCount(failing + failingReferences)} objects and references fail: more than ${formatCount(quarantineThresholds.objectsAndReferences)}.`,
        )
      : undefined,
  ({ cycle: { removed } }) =>
    removed > warningThresholds.removed
      ? atRisk(
          'TooManyDeletes',
          `The newest cycle disabled or deleted ${formatCount(removed)} objects. If the accidental-deletion threshold is lower, Entra holds the deletions and quarantines the job.`,
        )
      : undefined,
  ({ cycle: { objects, failing } }) =>
    failing > warningThresholds.share * objects
      ? atRisk(
          'EncounteredEscrowProportionThreshold',
          `${formatCount(failing)} of the ${formatCount(objects)} objects of the newest cycle failed. Entra quarantines a job if at least ${formatCount(quarantineThresholds.examinedFrom)} objects and more than ${formatPercent(quarantineThresholds.share)} of all objects fail.`,
        )
      : undefined,
  ({ stuck }) =>
    stuck > 0
      ? atRisk(
          'EncounteredBaseEscrowThreshold',
          `${formatCount(stuck)} ${stuck === 1 ? 'object has' : 'objects have'} failed repeatedly. Entra retries them less and less often, and gives up after 28 days.`,
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

const formatPercent = (share: number) => `${share * 100}%`
