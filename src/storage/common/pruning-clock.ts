import type { ClockJump } from '../../domain/ports/journal.ts'
import { compact } from '../../scim/json.ts'

export type PruningClock = {
  readonly trusted: number
  readonly aheadSince: number | null
}

const maxClockAdvance = 24 * 60 * 60 * 1000

/**
 * Decides whether exchanges may be deleted by the server's clock. A clock that is wrong once must not delete the whole journal, so
 * a clock that jumped ahead by more than a day is trusted a day later. Returns the clock to store, and the jump because of which
 * this time is not trusted.
 */
export function advancePruningClock(
  { trusted, aheadSince }: PruningClock,
  now: number,
): { readonly clock: PruningClock; readonly jump?: ClockJump } {
  const since = Math.min(aheadSince ?? now, now)
  const isTrusted = now - trusted <= maxClockAdvance || now - since >= maxClockAdvance
  return compact({
    clock: {
      trusted: isTrusted ? Math.max(trusted, now) : trusted,
      aheadSince: isTrusted ? null : since,
    },
    jump: isTrusted ? undefined : { now, trusted, until: since + maxClockAdvance },
  })
}

export const newPruningClock = (now: number, newest: number | undefined): PruningClock => ({
  trusted: Math.min(newest ?? now, now),
  aheadSince: null,
})
