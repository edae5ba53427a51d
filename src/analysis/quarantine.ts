import type { Refusal } from '../tenants/tenant.ts'

/** How a client's job stands, as its requests of late show it. */
export type Standing = {
  /** So many of the newest requests in a row weren't let in, and why the last wasn't. */
  readonly refused: number
  readonly refusal?: Refusal
  /** What was wrong with the answer to the last probe. */
  readonly probe?: string
  /** Users and groups that were dealt with, those of them that fail, and references of theirs that do. */
  readonly objects: number
  readonly failing: number
  readonly failingReferences: number
  /** Those that have failed three times or more without having worked in between. */
  readonly stuck: number
  /** The same of the newest cycle alone, and how many it has disabled or deleted. */
  readonly cycle: { readonly objects: number; readonly failing: number; readonly departed: number }
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
  readonly verdict: 'fine' | 'at-risk' | 'quarantined'
  readonly reason: QuarantineReason
  /** In one sentence or two. */
  readonly detail: string
}

/** Microsoft's thresholds (application-provisioning-quarantine-status). */
const thresholds = { examinedFrom: 5000, share: 0.4, objects: 40_000, objectsAndReferences: 60_000 }
/** From here on it is worth a look; these are ours. */
const watched = { refused: 3, share: 0.1, departed: 500 }

/** Whether Entra ID would put the job into quarantine. The first reason that applies speaks. */
export const estimateQuarantine = (standing: Standing): QuarantineEstimate =>
  reasons.map(reason => reason(standing)).find(estimate => estimate !== undefined) ?? {
    verdict: 'fine',
    reason: 'None',
    detail: 'Probes are answered as they should be, and no object goes on failing.',
  }

const reasons: readonly ((standing: Standing) => QuarantineEstimate | undefined)[] = [
  ({ probe }) =>
    probe === undefined
      ? undefined
      : quarantined(
          'EncounteredQuarantineException',
          `${probe} Entra takes the whole target for one that it can’t speak to.`,
        ),
  ({ refused, refusal }) => {
    if (refused === 0) return undefined
    const why = refusal === undefined ? '' : ` (${refusalWords[refusal]})`
    return refused >= watched.refused
      ? quarantined(
          'EncounteredQuarantineException',
          `The last ${refused} requests were not let in${why}: credentials that aren’t taken put a job into quarantine at once.`,
        )
      : atRisk(
          'EncounteredQuarantineException',
          `The last ${refused === 1 ? 'request was' : `${refused} requests were`} not let in${why}. If it goes on, the job is quarantined at once.`,
        )
  },
  ({ objects, failing }) =>
    failing >= thresholds.examinedFrom && failing > thresholds.share * objects
      ? quarantined(
          'EncounteredEscrowProportionThreshold',
          `${count(failing)} of ${count(objects)} objects fail, which is more than ${percent(thresholds.share)}.`,
        )
      : undefined,
  ({ failing }) =>
    failing > thresholds.objects
      ? quarantined(
          'EncounteredBaseEscrowThreshold',
          `${count(failing)} objects fail, which is more than ${count(thresholds.objects)}.`,
        )
      : undefined,
  ({ failing, failingReferences }) =>
    failing + failingReferences > thresholds.objectsAndReferences
      ? quarantined(
          'EncounteredTotalEscrowThreshold',
          `${count(failing + failingReferences)} objects and references fail, which is more than ${count(thresholds.objectsAndReferences)}.`,
        )
      : undefined,
  ({ cycle: { departed } }) =>
    departed > watched.departed
      ? atRisk(
          'TooManyDeletes',
          `The newest cycle has disabled or deleted ${count(departed)} objects. Where the accidental-deletion threshold is lower, Entra holds them back and quarantines the job.`,
        )
      : undefined,
  ({ cycle: { objects, failing } }) =>
    failing > watched.share * objects
      ? atRisk(
          'EncounteredEscrowProportionThreshold',
          `${count(failing)} of the ${count(objects)} objects of the newest cycle failed. From ${count(thresholds.examinedFrom)} failures on Entra quarantines a job of which more than ${percent(thresholds.share)} fail.`,
        )
      : undefined,
  ({ stuck }) =>
    stuck > 0
      ? atRisk(
          'EncounteredBaseEscrowThreshold',
          `${count(stuck)} ${stuck === 1 ? 'object has' : 'objects have'} failed again and again. Entra tries them ever more seldom, and gives up after 28 days.`,
        )
      : undefined,
]

const quarantined = (reason: QuarantineReason, detail: string): QuarantineEstimate => ({
  verdict: 'quarantined',
  reason,
  detail,
})

const atRisk = (reason: QuarantineReason, detail: string): QuarantineEstimate => ({
  verdict: 'at-risk',
  reason,
  detail,
})

const count = (number: number) => number.toLocaleString('en-US')

const percent = (share: number) => `${share * 100} %`

const refusalWords: Readonly<Record<Refusal, string>> = {
  missing: 'no token',
  unknown: 'unknown token',
  expired: 'token expired',
  deleted: 'token deleted',
  'other-tenant': 'token of another tenant',
  'read-only': 'token may only read',
}
