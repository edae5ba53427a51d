import { nowAt, type Tenant, type Token } from './tenant.ts'
import type { TenantStore } from './tenant-store.ts'

const day = 24 * 60 * 60 * 1000

/** AWS's reminders: within so many days of the expiry, one every so many days. The nearest expiry comes first. */
const schedule = [
  { within: 15, every: 1 },
  { within: 30, every: 7 / 3 },
  { within: 60, every: 7 / 2 },
  { within: 90, every: 7 },
] as const

/**
 * Whether people are to be reminded now that a token expires. All times are the tenant's. Once it has expired
 * they are told one more time.
 */
export function reminderDue(expires: number, lastReminded: number | undefined, now: number): boolean {
  const left = expires - now
  const step = schedule.find(({ within }) => left <= within * day)
  if (!step) return false
  // A reminder that lies in the future was given before the clock was reset.
  if (lastReminded === undefined || lastReminded > now) return true
  if (left <= 0) return lastReminded < expires
  return now - lastReminded >= step.every * day
}

export type ExpiryWarning = {
  readonly tenant: Tenant
  readonly token: Token
  /** By the tenant's clock; 0 or less when it has expired. */
  readonly left: number
  /** For the log. */
  readonly words: string
}

/**
 * Tokens that expire within 90 days by their tenant's clock, or have expired and aren't deleted; the nearest
 * expiry first. `now` is the machine's.
 */
export const expiryWarnings = (tenants: TenantStore, now: number): readonly ExpiryWarning[] =>
  tenants
    .list()
    .flatMap(tenant => {
      const tokens = tenants.tokens(tenant)
      const hasRoom = hasRoomForToken(tenant, tokens)
      return tokens.map(token => warningAbout(tenant, token, now, hasRoom))
    })
    .filter(({ token, tenant }) => reminderDue(token.expires, undefined, nowAt(tenant, now)))
    .sort((one, other) => one.left - other.left)

const warningAbout = (tenant: Tenant, token: Token, now: number, hasRoom: boolean): ExpiryWarning => {
  const left = token.expires - nowAt(tenant, now)
  const subject = `token …${token.ending} of tenant ${tenant.id}`
  const date = new Date(token.expires).toISOString().slice(0, 10)
  const state = left <= 0 ? `expired on ${date}` : `expires ${inDays(left)}, on ${date}`
  return { tenant, token, left, words: `${subject} ${state}; ${renewalAdvice(left, hasRoom)}` }
}

/** Whether the tenant's profile allows another token beside these. */
export const hasRoomForToken = ({ profile }: Tenant, tokens: readonly Token[]): boolean =>
  tokens.length < profile.limits.tokens

/** How to replace a token that expires in `left` milliseconds: the old one goes first where there is no room for two. */
export function renewalAdvice(left: number, hasRoom: boolean): string {
  if (left <= 0) {
    return hasRoom
      ? 'generate a new token, give it to the client, then delete this one'
      : 'delete this token, then generate a new one and give it to the client'
  }
  return hasRoom
    ? 'generate a second token and give it to the client'
    : 'delete the token that no client uses, then generate a new one and give it to the client'
}

/** "in 12 days", "in less than a day". */
export const inDays = (left: number): string => {
  const days = Math.floor(left / day)
  if (days === 0) return 'in less than a day'
  return days === 1 ? 'in 1 day' : `in ${days} days`
}
