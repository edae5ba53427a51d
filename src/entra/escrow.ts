import { codes, type Failure } from './error-codes.ts'
import type { Escrow } from './job-state.ts'

const hour = 3_600_000
const day = 24 * hour

/** Two attempts with the next cycles, then after 6, 12 and 24 hours, then daily. */
const waits = [0, 0, 6 * hour, 12 * hour, 24 * hour] as const

/** The wait after an attempt has failed; undefined when 28 days are over and nothing more is tried. */
export function escrowAfter(
  before: Escrow | undefined,
  failure: Failure,
  now: number,
  waitsFor: readonly string[] = [],
): Escrow | undefined {
  const attempts = (before?.attempts ?? 0) + 1
  const since = before && before.attempts > 0 ? before.since : now
  if (now - since >= 28 * day) return undefined
  const wait = waits[attempts - 1] ?? day
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
export const dueAtOnce = (now: number): Escrow => ({
  attempts: 0,
  since: now,
  nextAttempt: now,
  errorCode: '',
  reason: '',
})

/** Not failed and not due by time: only once others are in the target. */
export const waitingFor = (objectIds: readonly string[], now: number): Escrow => ({
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
export const retryText = (escrow: Escrow | undefined): string =>
  escrow
    ? ` This operation was retried ${escrow.attempts - 1} times. It will be retried again after this date: ` +
      `${new Date(escrow.nextAttempt).toISOString()} UTC`
    : ' This operation was retried for 28 days and will not be retried again.'
