import type { Logger } from 'pino'
import { type ExpiryWarning, expiryWarnings, reminderDue } from './tenants/expiry.ts'
import { nowAt } from './tenants/tenant.ts'
import type { TenantStore } from './tenants/tenant-store.ts'

const hour = 60 * 60 * 1000

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
      const { tenant, token, words } = warning
      const now = nowAt(tenant, machine)
      if (!reminderDue(token.expires, reminded.get(token.id), now)) continue
      reminded.set(token.id, now)
      logger.warn(words)
      onReminder(warning)
    }
  }
  look()
  const timer = setInterval(look, hour).unref()
  return { stop: () => clearInterval(timer) }
}
