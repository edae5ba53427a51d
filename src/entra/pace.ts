import { setTimeout } from 'node:timers/promises'
import type { Target } from './target.ts'
import type { WireAnswer } from './wire.ts'

export type PaceOptions = {
  /** Requests a second; Microsoft wants targets to stand 25. Infinity for no limit. */
  readonly maxRps: number
  /** Waits as long as a 429 or 503 tells, and sends again. Entra isn't known to. */
  readonly honourRetryAfter: boolean
  readonly sleep?: (milliseconds: number) => Promise<unknown>
  /** Real time, not the job's. */
  readonly now?: () => number
}

const attempts = 5

/** A target that is asked no faster than it should be. */
export function paced(target: Target, options: PaceOptions): Target {
  const { maxRps, honourRetryAfter, sleep = setTimeout, now = () => performance.now() } = options
  const gap = 1000 / maxRps
  let free = now()
  const turn = async () => {
    const at = Math.max(now(), free)
    free = at + gap
    const wait = at - now()
    if (wait > 0) await sleep(wait)
  }
  return async request => {
    for (let attempt = 1; ; attempt++) {
      await turn()
      const answer = await target(request)
      const seconds = pauseAskedFor(answer)
      if (!honourRetryAfter || seconds === undefined || attempt === attempts) return answer
      // Nobody else sends meanwhile either.
      free = Math.max(free, now() + seconds * 1000)
    }
  }
}

const pauseAskedFor = (answer: WireAnswer): number | undefined =>
  answer.kind === 'answer' && (answer.status === 429 || answer.status === 503) ? answer.retryAfter : undefined
