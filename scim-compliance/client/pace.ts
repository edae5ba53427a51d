import { setTimeout as pause } from 'node:timers/promises'

/** Comes back when the next request may be sent. */
export type Pace = () => Promise<void>

type Clock = { readonly now: () => number; readonly pause: (milliseconds: number) => Promise<unknown> }

const wall: Clock = { now: () => performance.now(), pause }

/** Evenly spaced turns, so many a second; 0 lets everybody go at once. Unused turns aren't saved up. */
export function paceOf(rate: number, clock: Clock = wall): Pace {
  if (rate === 0) return async () => {}
  const gap = 1000 / rate
  let next = 0
  return async () => {
    const now = clock.now()
    const turn = Math.max(now, next)
    next = turn + gap
    if (turn > now) await clock.pause(turn - now)
  }
}
