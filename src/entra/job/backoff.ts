import { codes, type Failure } from '../planning/error-codes.ts'
import type { QuarantineLimits } from './job-config.ts'
import type { Escrow, JobState, Quarantine, QuarantineReason } from './job-state.ts'

const escrowHour = 3_600_000
const escrowDay = 24 * escrowHour

/** Two attempts with the next cycles, then after 6, 12 and 24 hours, then daily. */
const escrowDelays = [0, 0, 6 * escrowHour, 12 * escrowHour, 24 * escrowHour] as const

/** The wait after an attempt has failed; undefined when 28 days are over and nothing more is tried. */
export function nextEscrow(
  before: Escrow | undefined,
  failure: Failure,
  now: number,
  waitsFor: readonly string[] = [],
): Escrow | undefined {
  const attempts = (before?.attempts ?? 0) + 1
  const since = before && before.attempts > 0 ? before.since : now
  if (now - since >= 28 * escrowDay) return undefined
  const wait = escrowDelays[attempts - 1] ?? escrowDay
  return {
    attempts,
    since,
    nextAttempt: now + wait,
    errorCode: failure.code,
    reason: failure.reason,
    ...(waitsFor.length > 0 && { waitsFor }),
  }
}

/** Put off to the references of this cycle, or of the next if this one is stopped before. */
export const dueNow = (now: number): Escrow => ({
  attempts: 0,
  since: now,
  nextAttempt: now,
  errorCode: '',
  reason: '',
})

/** Not failed and not due by time: only once others are in the target. */
export const waitForReferences = (objectIds: readonly string[], now: number): Escrow => ({
  attempts: 0,
  since: now,
  nextAttempt: Number.MAX_SAFE_INTEGER,
  errorCode: codes.unresolvedReference,
  reason: 'What it refers to is not in the target yet.',
  waitsFor: objectIds,
})

export const isDue = (escrow: Escrow | undefined, now: number): boolean =>
  escrow !== undefined && escrow.nextAttempt <= now

/** The end of the log's error text (Q&A 1185756). */
export const retryMessage = (escrow: Escrow | undefined): string =>
  escrow
    ? ` This operation was retried ${escrow.attempts - 1} times. It will be retried again after this date: ` +
      `${new Date(escrow.nextAttempt).toISOString()} UTC`
    : ' This operation was retried for 28 days and will not be retried again.'

const quarantineMinute = 60_000
const quarantineHour = 60 * quarantineMinute
const quarantineDay = 24 * quarantineHour

export const cyclePeriod = 40 * quarantineMinute

/** 30 minutes, 1, 2, 4, 8 hours, then daily. */
const quarantineDelays = [
  30 * quarantineMinute,
  quarantineHour,
  2 * quarantineHour,
  4 * quarantineHour,
  8 * quarantineHour,
] as const

/** Into quarantine, or one failed attempt further in it. */
export function nextQuarantine(
  before: Quarantine | undefined,
  reason: QuarantineReason,
  failure: Failure,
  now: number,
): Quarantine {
  const seriesCount = (before?.seriesCount ?? 0) + 1
  return {
    reason,
    currentBegan: before?.reason === reason ? before.currentBegan : now,
    seriesBegan: before?.seriesBegan ?? now,
    seriesCount,
    nextAttempt: now + (quarantineDelays[seriesCount - 1] ?? quarantineDay),
    error: { code: failure.code, message: failure.reason },
  }
}

/** After about four weeks the job is disabled. */
export const isDisabled = (quarantine: Quarantine | undefined, now: number): boolean =>
  quarantine !== undefined && now - quarantine.seriesBegan >= 28 * quarantineDay

/** The threshold that the escrows have passed, if any. */
export function exceededThreshold(
  state: JobState,
  limits: QuarantineLimits,
): { readonly reason: QuarantineReason; readonly failure: Failure } | undefined {
  const { objects, references } = escrowCounts(state)
  const total = objects + references
  const share = objects / Math.max(1, state.objects.size)
  if (objects >= limits.examinedFrom && share > limits.share) {
    return thresholdCause(
      'EncounteredEscrowProportionThreshold',
      `${objects} of ${state.objects.size} objects fail.`,
    )
  }
  if (objects > limits.objects)
    return thresholdCause('EncounteredBaseEscrowThreshold', `${objects} objects fail.`)
  if (total > limits.objectsAndReferences) {
    return thresholdCause('EncounteredTotalEscrowThreshold', `${total} objects and references fail.`)
  }
  return undefined
}

const thresholdCause = (reason: QuarantineReason, text: string) => ({
  reason,
  failure: { code: reason, reason: text },
})

/** Those that have failed, not those that only wait for a later part of a cycle. */
export function escrowCounts(state: JobState): { readonly objects: number; readonly references: number } {
  let objects = 0
  let references = 0
  for (const { escrow, references: waiting } of state.objects.values()) {
    if (escrow) objects++
    if (waiting && waiting.attempts > 0) references++
  }
  return { objects, references }
}
