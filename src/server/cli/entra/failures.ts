import type { JobState, Quarantine } from '../../../provisioning/entra/job/job-state.ts'
import { codes, type ErrorResponse } from '../../../provisioning/entra/planning/responses.ts'
import { compact } from '../../../scim/json.ts'
import { formatCount, formatTime, printable } from '../output.ts'

export type PendingRetry = {
  readonly name: string
  readonly objectId: string
  readonly what: 'user' | 'group' | 'manager' | 'members'
  readonly errorCode: string
  readonly reason: string
  readonly response?: ErrorResponse
  readonly attempts: number
  /** By the job's clock; undefined if the retry depends on another object. */
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
      const { errorCode, reason, response, attempts, nextAttempt } = escrow
      const isTimed = nextAttempt < Number.MAX_SAFE_INTEGER
      return [
        {
          ...{ name, objectId, what, errorCode, reason, attempts },
          ...compact({ response }),
          nextAttempt: isTimed ? nextAttempt : undefined,
        },
      ]
    })
  })
}

const maxShown = 5

export function formatFailures(retries: readonly PendingRetry[]): string {
  const lines = retries.slice(0, maxShown).map(formatFailure)
  const rest = retries.length - lines.length
  const more = rest > 0 ? [`  … and ${rest} more. Run \`scimulator entra status\` to list them.`] : []
  return [...lines, ...more].map(line => `${line}\n`).join('')
}

function formatFailure(retry: PendingRetry): string {
  const { name, what, errorCode, attempts, nextAttempt } = retry
  const of = what === 'manager' || what === 'members' ? `${what} of ${name}` : name
  const next =
    nextAttempt === undefined
      ? 'waiting for another object'
      : `next attempt ${formatTime(new Date(nextAttempt).toISOString())}`
  return `  ${printable(of)}: ${errorCode} (${formatCount(attempts, 'attempt')}, ${next}): ${printable(shortened(reasonOf(retry)))}`
}

/** The error of the target without the text that Entra ID puts around it: `scimulator entra log` has that. */
const reasonOf = ({ reason, response }: PendingRetry): string =>
  response?.detail === undefined ? reason : `${response.status}, ${response.detail}`

const maxReasonLength = 300
const shortened = (text: string) =>
  text.length > maxReasonLength ? `${text.slice(0, maxReasonLength)}…` : text

export function hintsFor(
  quarantine: Quarantine | undefined,
  retries: readonly PendingRetry[],
): readonly string[] {
  const hints: string[] = []
  if (quarantine?.reason === 'TooManyDeletes') {
    hints.push('To apply the deletions, run `scimulator entra sync --allow-deletions`.')
  } else if (quarantine) {
    hints.push('Once the cause is fixed, run `scimulator entra sync --now` to retry at once.')
  }
  if (retries.some(({ errorCode }) => errorCode === codes.invalidAnchor)) {
    hints.push(
      'Objects were deleted from the target by another client. Run `scimulator entra restart --full` to clear the ' +
        'links; the next cycle matches or creates the objects again.',
    )
  }
  return hints
}
