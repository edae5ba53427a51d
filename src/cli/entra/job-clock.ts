import type { JobState } from '../../entra/job-state.ts'

/** The clock that a job goes by: real time, or ahead of it. It never goes back, so what was fast stays ahead. */
export type JobClock = {
  now(): number
  /** Milliseconds that it is ahead of real time. */
  ahead(): number
  advanceTo(time: number): void
}

export function jobClock(state: JobState, real: () => number = Date.now): JobClock {
  let ahead = Math.max(0, lastKnown(state) - real())
  return {
    now: () => real() + ahead,
    ahead: () => ahead,
    advanceTo: time => {
      ahead = Math.max(ahead, time - real())
    },
  }
}

const lastKnown = ({ watermark = 0, lastCycle, quarantine }: JobState): number =>
  Math.max(watermark, lastCycle?.endedAt ?? 0, quarantine?.currentBegan ?? 0)
