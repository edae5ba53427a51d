import { setTimeout as pause } from 'node:timers/promises'
import type { ScimResponse } from '../check.ts'
import type { Exchange } from './exchange.ts'

type Clock = { readonly now: () => number; readonly pause: (milliseconds: number) => Promise<unknown> }

const wall: Clock = { now: () => performance.now(), pause }

/** Evenly spaced turns, this many per second; 0 means no limit. Unused turns expire. */
export function createRateLimiter(rate: number, clock: Clock = wall): () => Promise<void> {
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

type Busy = Pick<ScimResponse, 'status' | 'headers'>

const words: Readonly<Record<number, string>> = { 429: 'too many requests', 503: 'service unavailable' }

/** Rate limits and temporary unavailability: the request can be retried later. */
export const isBusy = ({ status }: Pick<ScimResponse, 'status'>): boolean => status in words

/** `429 (too many requests)` */
export const describeBusy = (status: number): string => `${status} (${words[status]})`

const longest = 30_000

/** How many milliseconds to wait after such a response: as Retry-After requires, or longer each time. */
export function delayAfter({ headers }: Busy, attempt: number, now = Date.now()): number {
  return Math.min(longest, toldIn(headers['retry-after'] ?? '', now) ?? 1000 * 2 ** attempt)
}

/** RFC 9110 §10.2.3: seconds or a date. */
function toldIn(text: string, now: number): number | undefined {
  if (/^\d+$/.test(text.trim())) return Number(text) * 1000
  const date = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

/** Milliseconds. */
const slowAfter = 3000
const mostQuoted = 5

/** Says that responses are slow, if at least one in a hundred is. */
export function slowNotes(exchanges: readonly Exchange[]): readonly string[] {
  const answered = exchanges.filter(({ response }) => response !== undefined)
  const slow = answered.filter(({ milliseconds }) => milliseconds > slowAfter).map(({ number }) => number)
  const percent = Math.round((100 * slow.length) / answered.length)
  if (slow.length < 2 || percent < 1) return []
  const quoted = `${slow.slice(0, mostQuoted).join(', ')}${slow.length > mostQuoted ? ' …' : ''}`
  return [`${percent} % of responses took more than ${slowAfter / 1000} s (exchanges ${quoted}).`]
}

/** Waits for a busy server on behalf of all checks, and counts the retries. */
export function createRetryPolicy(stop?: AbortSignal) {
  const repeated = new Map<number, number>()
  let until = 0
  // A stopped run doesn't wait; the removals that follow wait as required.
  const rest = (milliseconds: number) =>
    pause(milliseconds, undefined, stop?.aborted === false ? { signal: stop } : {}).catch(() => {})
  return {
    /** Resolves when the server accepts requests again, according to its responses. */
    over: async (): Promise<void> => {
      const left = until - performance.now()
      if (left > 0) await rest(left)
    },
    /** No request is sent for as long as such a response requires. */
    hold: (response: Busy, attempt: number): void => {
      repeated.set(response.status, (repeated.get(response.status) ?? 0) + 1)
      until = Math.max(until, performance.now() + delayAfter(response, attempt))
    },
    notes: (): readonly string[] =>
      [...repeated].map(
        ([status, count]) =>
          `${count} ${count === 1 ? 'response was' : 'responses were'} ${describeBusy(status)}; retried after waiting.`,
      ),
  }
}
