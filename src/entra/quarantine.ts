import type { Failure } from './error-codes.ts'
import type { QuarantineLimits } from './job-config.ts'
import type { JobState, Quarantine, QuarantineReason } from './job-state.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

export const cyclePeriod = 40 * minute

/** 30 minutes, 1, 2, 4, 8 hours, then daily. */
const waits = [30 * minute, hour, 2 * hour, 4 * hour, 8 * hour] as const

/** Into quarantine, or one failed attempt further in it. */
export function quarantineAfter(
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
    nextAttempt: now + (waits[seriesCount - 1] ?? day),
    error: { code: failure.code, message: failure.reason },
  }
}

/** After about four weeks the job is disabled. */
export const isDisabled = (quarantine: Quarantine | undefined, now: number): boolean =>
  quarantine !== undefined && now - quarantine.seriesBegan >= 28 * day

/** The threshold that the escrows have passed, if any. */
export function thresholdPassed(
  state: JobState,
  limits: QuarantineLimits,
): { readonly reason: QuarantineReason; readonly failure: Failure } | undefined {
  const { objects, references } = escrowCounts(state)
  const total = objects + references
  const share = objects / Math.max(1, state.objects.size)
  if (objects >= limits.examinedFrom && share > limits.share) {
    return because(
      'EncounteredEscrowProportionThreshold',
      `${objects} of ${state.objects.size} objects fail.`,
    )
  }
  if (objects > limits.objects) return because('EncounteredBaseEscrowThreshold', `${objects} objects fail.`)
  if (total > limits.objectsAndReferences) {
    return because('EncounteredTotalEscrowThreshold', `${total} objects and references fail.`)
  }
  return undefined
}

const because = (reason: QuarantineReason, text: string) => ({
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
