import type { Logger } from 'pino'
import type { KeySets } from '../auth/issuers/key-sets.ts'
import { rulesOf } from '../auth/issuers/rules.ts'
import type { IssuerOutage } from '../console/webhooks/triggers.ts'
import type { Audit } from '../domain/audit/audit.ts'
import { day, hour, minute } from '../domain/duration.ts'
import type { Compaction } from '../domain/ports/database.ts'
import type { Directory } from '../domain/ports/directory.ts'
import type { ClockJump, Journal } from '../domain/ports/journal.ts'
import { type ExpiryWarning, expiringIn, expiryWarnings, reminderDue } from '../domain/tenants/expiry.ts'
import type { IssuerStore } from '../domain/tenants/issuers.ts'
import type { OAuthClientStore } from '../domain/tenants/oauth-clients.ts'
import { type TenantStore, tenantNow } from '../domain/tenants/tenant.ts'

type Timer = { readonly stop: () => void }

type RemindingOptions = {
  readonly clients: Pick<OAuthClientStore, 'list'>
  readonly clock: () => number
  readonly onReminder: (warning: ExpiryWarning) => void
}

/** Tokens and client secrets are warned of at the intervals at which AWS reminds its administrators. */
export function remindOfExpiry(
  tenants: TenantStore,
  logger: Logger,
  { clock, clients, onReminder }: RemindingOptions,
): Timer {
  const reminded = new Map<string, number>()
  const remind = () => {
    const serverTime = clock()
    for (const warning of expiryWarnings(tenants, serverTime, clients)) {
      const { tenant, message } = warning
      const { id, expires } = expiringIn(warning)
      const now = tenantNow(tenant, serverTime)
      if (!reminderDue(expires, reminded.get(id), now)) continue
      reminded.set(id, now)
      logger.warn(message)
      onReminder(warning)
    }
  }
  remind()
  const timer = setInterval(remind, hour).unref()
  return { stop: () => clearInterval(timer) }
}

type PruningOptions = {
  readonly onError: (error: unknown) => void
  readonly clock: () => number
  readonly warn: (message: string) => void
  readonly audit: Pick<Audit, 'prune'>
  readonly keepAuditDays: number
  /** Deletes history from before a time of the server's clock. Absent if all is kept. */
  readonly pruneHistory?: ((before: number) => Promise<void>) | undefined
}

/**
 * Prunes the journal and the audit log by age now and every hour; the journal keeps its maximum count by itself as requests
 * arrive. Warns once when the clock has jumped ahead.
 */
export const schedulePruning = (
  journal: Pick<Journal, 'prune'>,
  { onError, clock, warn, audit, keepAuditDays, pruneHistory }: PruningOptions,
): Timer => {
  let isWarned = false
  const prune = async () => {
    const now = clock()
    const jump = await journal.prune(now)
    if (!jump) {
      await audit.prune(now - keepAuditDays * day)
      await pruneHistory?.(now)
    }
    if (jump && !isWarned) warn(describeClockJump(jump))
    isWarned = jump !== undefined
  }
  return runEvery(prune, hour, onError)
}

/** From the beginning of a day, so that it is read again once a day. The past of sessions that were opened is kept. */
export const pruneHistory = (
  {
    tenants,
    directory,
  }: { readonly tenants: Pick<TenantStore, 'list'>; readonly directory: Pick<Directory, 'pruneHistory'> },
  before: number,
): Promise<void> =>
  directory.pruneHistory(
    tenants.list().flatMap(({ key, session, imported }) => (session || imported ? [] : [key])),
    before - (before % day),
  )

/** Returns free pages of the database to the file system, now and every minute. */
export const scheduleShrinking = (
  compaction: Pick<Compaction, 'shrink'>,
  onError: (error: unknown) => void,
): Timer => runEvery(() => compaction.shrink(), minute, onError)

/** Fetches the keys of issuers that are due, every minute. Every instance has its own. */
export const scheduleKeyFetches = (
  keySets: Pick<KeySets, 'fetchDue'>,
  onError: (error: unknown) => void,
): Timer => runEvery(() => keySets.fetchDue(), minute, onError)

type WatchOptions = {
  readonly tenants: Pick<TenantStore, 'findByKey'>
  readonly issuers: Pick<IssuerStore, 'all'>
  readonly keySets: Pick<KeySets, 'of'>
  readonly onUnreachable: (outage: IssuerOutage) => void
}

/** Passes each outage of an issuer of more than an hour to `onUnreachable`, once; checked every minute. */
export function watchIssuers({ tenants, issuers, keySets, onUnreachable }: WatchOptions): Timer {
  const reported = new Map<string, number>()
  const watch = () => {
    for (const issuer of issuers.all()) {
      const tenant = tenants.findByKey(issuer.tenant)
      const { unreachableSince, reason = '' } = keySets.of(rulesOf(issuer.settings).keys).status()
      const isOver = unreachableSince === undefined || Date.now() - unreachableSince < hour
      if (!tenant || isOver || reported.get(issuer.id) === unreachableSince) continue
      reported.set(issuer.id, unreachableSince)
      onUnreachable({ tenant, issuer, since: unreachableSince, reason })
    }
  }
  const timer = setInterval(watch, minute).unref()
  return { stop: () => clearInterval(timer) }
}

function runEvery(job: () => Promise<unknown>, interval: number, onError: (error: unknown) => void): Timer {
  let isStopped = false
  const run = () => {
    job().catch(error => {
      // A job that was running when the database was closed fails for that reason alone.
      if (!isStopped) onError(error)
    })
  }
  run()
  const timer = setInterval(run, interval).unref()
  return {
    stop() {
      isStopped = true
      clearInterval(timer)
    },
  }
}

function describeClockJump({ now, trusted, until }: ClockJump): string {
  const [clock, end] = [now, until].map(time => new Date(time).toISOString())
  const days = Math.round((now - trusted) / day)
  return (
    `The clock of this machine, ${clock}, is ${days === 1 ? 'a day' : `${days} days`} ahead of the last pruning of the journal. ` +
    `No request and no entry of the audit log is deleted for its age (--keep-days, --keep-audit-days) until ${end}. If the clock is wrong, correct it before then; ` +
    'if the server was stopped for that long, no action is needed.'
  )
}
