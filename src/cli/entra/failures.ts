import type { JobState, Quarantine } from '../../entra/job/job-state.ts'
import { codes } from '../../entra/planning/error-codes.ts'
import { formatCount, formatTime, printable } from '../output.ts'

/** An object, or its manager or members, that waits for another attempt because one has failed. */
export type PendingRetry = {
  readonly name: string
  readonly objectId: string
  readonly what: 'user' | 'group' | 'manager' | 'members'
  readonly errorCode: string
  readonly reason: string
  readonly attempts: number
  /** By the job's clock; undefined where it waits for another object. */
  readonly nextAttempt: number | undefined
}

export function pendingRetries(state: JobState): readonly PendingRetry[] {
  return [...state.objects].flatMap(([objectId, { kind, name, escrow, references }]) => {
    const parts = [
      { escrow, what: kind },
      { escrow: references, what: kind === 'user' ? ('manager' as const) : ('members' as const) },
    ]
    return parts.flatMap(({ escrow, what }) => {
      if (!escrow || escrow.attempts === 0) return []
      const { errorCode, reason, attempts, nextAttempt } = escrow
      const isTimed = nextAttempt < Number.MAX_SAFE_INTEGER
      return [
        { name, objectId, what, errorCode, reason, attempts, nextAttempt: isTimed ? nextAttempt : undefined },
      ]
    })
  })
}

const maxShown = 5

/** Who failed and why, as far as that fits a screen. */
export function formatFailures(waiting: readonly PendingRetry[]): string {
  const lines = waiting.slice(0, maxShown).map(formatFailure)
  const rest = waiting.length - lines.length
  const more = rest > 0 ? [`  … and ${rest} more: \`scimulator entra status\` lists them.`] : []
  return [...lines, ...more].map(line => `${line}\n`).join('')
}

function formatFailure({ name, what, errorCode, reason, attempts, nextAttempt }: PendingRetry): string {
  const of = what === 'manager' || what === 'members' ? `${what} of ${name}` : name
  const next =
    nextAttempt === undefined
      ? 'waits for another object'
      : `next attempt ${formatTime(new Date(nextAttempt).toISOString())}`
  return `  ${printable(of)}: ${errorCode} (${formatCount(attempts, 'attempt')}, ${next}): ${printable(shortened(reason))}`
}

const maxReasonLength = 300
const shortened = (text: string) =>
  text.length > maxReasonLength ? `${text.slice(0, maxReasonLength)}…` : text

/** What can be done about it. */
export function hintsFor(
  quarantine: Quarantine | undefined,
  waiting: readonly PendingRetry[],
): readonly string[] {
  const hints: string[] = []
  if (quarantine?.reason === 'TooManyDeletes') {
    hints.push('If they are meant, `scimulator entra sync --allow-deletions` lets them pass.')
  } else if (quarantine) {
    hints.push('Once the cause is mended, `scimulator entra sync --now` tries at once.')
  }
  if (waiting.some(({ errorCode }) => errorCode === codes.invalidAnchor)) {
    hints.push(
      'Objects are gone from the target behind the job: `scimulator entra restart --full` forgets its links, ' +
        'and the next cycle matches and creates again.',
    )
  }
  return hints
}
