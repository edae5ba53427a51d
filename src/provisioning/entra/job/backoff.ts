import { day, hour, minute } from '../../../domain/duration.ts'
import { compact } from '../../../scim/json.ts'
import { codes, type Failure } from '../planning/responses.ts'
import type { Escrow, JobState, Quarantine, QuarantineLimits, QuarantineReason } from './job-state.ts'

const fourWeeks = 28 * day

/** Retries with the next two cycles, then after 6, 12 and 24 hours, then daily. */
const escrowDelays = [0, 0, 6 * hour, 12 * hour, day] as const

/** The escrow after a failed attempt; undefined after 28 days, when retries end. */
export function nextEscrow(
  previous: Escrow | undefined,
  failure: Failure,
  now: number,
  waitsFor: readonly string[] = [],
): Escrow | undefined {
  const attempts = (previous?.attempts ?? 0) + 1
  const since = previous && previous.attempts > 0 ? previous.since : now
  if (now - since >= fourWeeks) return undefined
  const wait = escrowDelays[attempts - 1] ?? day
  return {
    attempts,
    since,
    nextAttempt: now + wait,
    errorCode: failure.code,
    reason: failure.reason,
    ...compact({ response: failure.response }),
    ...(waitsFor.length > 0 && { waitsFor }),
  }
}

export const dueNow = (now: number): Escrow => ({
  attempts: 0,
  since: now,
  nextAttempt: now,
  errorCode: '',
  reason: '',
})

export const waitForReferences = (objectIds: readonly string[], now: number): Escrow => ({
  attempts: 0,
  since: now,
  nextAttempt: Number.MAX_SAFE_INTEGER,
  errorCode: codes.unresolvedReference,
  reason: 'The referenced object is not in the target yet.',
  waitsFor: objectIds,
})

export const isDue = (escrow: Escrow | undefined, now: number): boolean =>
  escrow !== undefined && escrow.nextAttempt <= now

export const retryMessage = (escrow: Escrow | undefined): string =>
  escrow
    ? ` This operation was retried ${escrow.attempts - 1} times. It will be retried again after this date: ` +
      `${new Date(escrow.nextAttempt).toISOString()} UTC`
    : ' This operation was retried for 28 days and will not be retried again.'

export const cyclePeriod = 40 * minute

const quarantineDelays = [30 * minute, hour, 2 * hour, 4 * hour, 8 * hour] as const

export function nextQuarantine(
  previous: Quarantine | undefined,
  reason: QuarantineReason,
  failure: Failure,
  now: number,
): Quarantine {
  const seriesCount = (previous?.seriesCount ?? 0) + 1
  return {
    reason,
    currentBegan: previous?.reason === reason ? previous.currentBegan : now,
    seriesBegan: previous?.seriesBegan ?? now,
    seriesCount,
    nextAttempt: now + (quarantineDelays[seriesCount - 1] ?? day),
    error: { code: failure.code, message: failure.reason },
  }
}

export const isDisabled = (quarantine: Quarantine | undefined, now: number): boolean =>
  quarantine !== undefined && now - quarantine.seriesBegan >= fourWeeks

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

export function escrowCounts(state: JobState): { readonly objects: number; readonly references: number } {
  let objects = 0
  let references = 0
  for (const record of state.objects.values()) {
    if (record.escrow) objects++
    if (record.references && record.references.attempts > 0) references++
  }
  return { objects, references }
}
