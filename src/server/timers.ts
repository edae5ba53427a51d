import type { Logger } from 'pino'
import type { Compaction } from '../ports/database.ts'
import type { ClockJump, Journal } from '../ports/journal.ts'
import type { TenantStore } from '../ports/tenants.ts'
import { type ExpiryWarning, expiryWarnings, reminderDue } from '../tenants/expiry.ts'
import { tenantNow } from '../tenants/tenant.ts'

const reminderInterval = 60 * 60 * 1000

/**
 * Warns in the log of tokens that are about to expire, as often as AWS reminds its administrators, and tells
 * `onReminder` the same.
 */
export function remindOfExpiry(
  tenants: TenantStore,
  logger: Logger,
  onReminder: (warning: ExpiryWarning) => void = () => {},
): { stop(): void } {
  const reminded = new Map<string, number>()
  const look = () => {
    const machine = Date.now()
    for (const warning of expiryWarnings(tenants, machine)) {
      const { tenant, token, message } = warning
      const now = tenantNow(tenant, machine)
      if (!reminderDue(token.expires, reminded.get(token.id), now)) continue
      reminded.set(token.id, now)
      logger.warn(message)
      onReminder(warning)
    }
  }
  look()
  const timer = setInterval(look, reminderInterval).unref()
  return { stop: () => clearInterval(timer) }
}

const minute = 60 * 1000
const hour = 60 * minute
const day = 24 * hour

type Stoppable = { stop(): void }

export type PruningOptions = {
  /** The journal could not be pruned. */
  readonly onError: (error: unknown) => void
  readonly warn: (sentence: string) => void
}

/**
 * Prunes the journal now and every hour; as requests come, it keeps to its count by itself. Warns once of a clock that
 * has leapt ahead.
 */
export const schedulePruning = (
  journal: Pick<Journal, 'prune'>,
  { onError, warn }: PruningOptions,
): Stoppable => {
  let isWarned = false
  const tidy = async () => {
    const leap = await journal.prune(Date.now())
    if (leap && !isWarned) warn(clockJumpWarning(leap))
    isWarned = leap !== undefined
  }
  return runEvery(tidy, hour, onError)
}

/** Gives free pages of the database back, now and every minute. `onTrouble` receives why it failed. */
export const scheduleShrinking = (
  compaction: Pick<Compaction, 'shrink'>,
  onTrouble: (error: unknown) => void,
): Stoppable => runEvery(() => compaction.shrink(), minute, onTrouble)

function runEvery(
  job: () => Promise<unknown>,
  every: number,
  onTrouble: (error: unknown) => void,
): Stoppable {
  let stopped = false
  const run = () => {
    job().catch(error => {
      // What was under way when the database was closed isn't worth a word.
      if (!stopped) onTrouble(error)
    })
  }
  run()
  const timer = setInterval(run, every).unref()
  return {
    stop() {
      stopped = true
      clearInterval(timer)
    },
  }
}

function clockJumpWarning({ now, trusted, until }: ClockJump): string {
  const [clock, end] = [now, until].map(time => new Date(time).toISOString())
  const days = Math.round((now - trusted) / day)
  return (
    `The clock of this machine, ${clock}, is ${days === 1 ? 'a day' : `${days} days`} ahead of when the journal was last pruned. ` +
    `No request is deleted for its age (--keep-days) until ${end}. If the clock is wrong, correct it before then; ` +
    'if the server was stopped that long, you need not do anything.'
  )
}
