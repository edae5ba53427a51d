import { minute } from '../../domain/duration.ts'
import type { Target, TargetRequest, TargetResponse } from '../kit/target.ts'

export type Pause = {
  readonly request: TargetRequest
  /** Milliseconds. */
  readonly wait: number
  readonly until: number
}

type PauseOptions = {
  readonly clock: () => number
  /** Waits until this time by the job's clock. Resolves to false if the job is stopped meanwhile. */
  readonly waitUntil: (time: number) => Promise<boolean>
  readonly onPause: (pause: Pause) => void
}

const firstPause = 5 * minute

/** Okta doesn't document how often it retries; afterwards the 429 becomes a task. */
const maxAttempts = 8

/**
 * Repeats a request after a 429 and a pause. Okta honors `Retry-After` in whole seconds; without one, or with a
 * date, it waits five minutes, and then twice as long each time (Okta's SCIM concepts). It does so for no other status.
 */
export function withPauses(target: Target, { clock, waitUntil, onPause }: PauseOptions): Target {
  return async request => {
    for (let attempt = 1; ; attempt++) {
      const response = await target(request)
      if (!isThrottled(response) || attempt === maxAttempts) return response
      const wait = retryAfterOf(response) ?? firstPause * 2 ** (attempt - 1)
      const until = clock() + wait
      onPause({ request, wait, until })
      if (!(await waitUntil(until))) return response
    }
  }
}

const isThrottled = (response: TargetResponse): boolean =>
  response.kind === 'response' && response.status === 429

/** Seconds. A longer `Retry-After` is a mistake, such as a time in place of a duration. */
const maxRetryAfter = 31 * 24 * 60 * 60

/** Milliseconds. */
const retryAfterOf = (response: TargetResponse): number | undefined => {
  const seconds = response.kind === 'response' ? response.retryAfter : undefined
  return seconds !== undefined && Number.isInteger(seconds) && seconds >= 0 && seconds <= maxRetryAfter
    ? seconds * 1000
    : undefined
}
