import { setTimeout as pause } from 'node:timers/promises'

/** The clock of a job: real time, or ahead of it after --fast. It never goes back. */
export type JobClock = {
  /** Milliseconds since 1970. */
  now(): number
  /** Milliseconds ahead of real time. */
  ahead(): number
  advanceTo(time: number): void
}

export function createClockFrom(lastKnown: number, real: () => number = Date.now): JobClock {
  let ahead = Math.max(0, lastKnown - real())
  return {
    now: () => real() + ahead,
    ahead: () => ahead,
    advanceTo: time => {
      ahead = Math.max(ahead, time - real())
    },
  }
}

/** The longest delay of a Node.js timer. */
const maxTimeout = 2 ** 31 - 1

type Waiting = {
  readonly fast: boolean
  readonly signal: AbortSignal | undefined
}

export async function waitForClock(clock: JobClock, { fast, signal }: Waiting, time: number): Promise<void> {
  if (fast) clock.advanceTo(time)
  while (!signal?.aborted && clock.now() < time) {
    // Rejects when the signal aborts.
    await pause(Math.min(time - clock.now(), maxTimeout), undefined, signal && { signal }).catch(() => {})
  }
}
