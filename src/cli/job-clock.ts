/** The clock of a job: real time, or ahead of it after --fast. It never goes back. */
export type JobClock = {
  /** Milliseconds since 1970. */
  now(): number
  /** Milliseconds ahead of real time. */
  ahead(): number
  advanceTo(time: number): void
}

/** A clock that is at least at the time that the job last knew. */
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
