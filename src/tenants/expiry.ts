import { type Tenant, type Token, tenantNow } from './tenant.ts'

const day = 24 * 60 * 60 * 1000

/** AWS's reminders: within `within` days of the expiry, one every `every` days. The nearest expiry comes first. */
const schedule = [
  { within: 15, every: 1 },
  { within: 30, every: 7 / 3 },
  { within: 60, every: 7 / 2 },
  { within: 90, every: 7 },
] as const

/**
 * Whether a reminder that a token expires is due. All times are the tenant's. After the expiry there is one more reminder.
 */
export function reminderDue(expires: number, lastReminded: number | undefined, now: number): boolean {
  const remaining = expires - now
  const step = schedule.find(({ within }) => remaining <= within * day)
  if (!step) return false
  // A reminder in the future was sent before the clock was reset.
  if (lastReminded === undefined || lastReminded > now) return true
  if (remaining <= 0) return lastReminded < expires
  return now - lastReminded >= step.every * day
}

export type ExpiryWarning = {
  readonly tenant: Tenant
  readonly token: Token
  /** By the tenant's clock, in milliseconds; 0 or less if the token has expired. */
  readonly remaining: number
  /** For the log. */
  readonly message: string
}

/** Where tenants and their tokens are listed. */
type TokenLists = {
  list(): readonly Tenant[]
  tokens(tenant: Tenant): readonly Token[]
}

/**
 * Tokens that expire within 90 days by their tenant's clock, and expired tokens that are not deleted; the nearest expiry
 * first. `now` is the real time.
 */
export const expiryWarnings = (tenants: TokenLists, now: number): readonly ExpiryWarning[] =>
  tenants
    .list()
    .flatMap(tenant => {
      const tokens = tenants.tokens(tenant)
      const hasRoom = hasRoomForToken(tenant, tokens)
      return tokens.map(token => expiryWarning(tenant, token, now, hasRoom))
    })
    .filter(({ token, tenant }) => reminderDue(token.expires, undefined, tenantNow(tenant, now)))
    .sort((one, other) => one.remaining - other.remaining)

const expiryWarning = (tenant: Tenant, token: Token, now: number, hasRoom: boolean): ExpiryWarning => {
  const remaining = token.expires - tenantNow(tenant, now)
  const subject = `token …${token.ending} of tenant ${tenant.id}`
  const date = new Date(token.expires).toISOString().slice(0, 10)
  const state = remaining <= 0 ? `expired on ${date}` : `expires ${formatRemaining(remaining)}, on ${date}`
  return { tenant, token, remaining, message: `${subject} ${state}; ${renewalAdvice(remaining, hasRoom)}` }
}

/** Whether the tenant's profile allows another token beside these. */
export const hasRoomForToken = ({ profile }: Tenant, tokens: readonly Token[]): boolean =>
  tokens.length < profile.requests.limits.tokens

/** How to replace a token. If the tenant has no room for another token, the old one must be deleted first. */
export function renewalAdvice(remaining: number, hasRoom: boolean): string {
  if (remaining <= 0) {
    return hasRoom
      ? 'generate a new token, give it to the client, then delete this one'
      : 'delete this token, then generate a new one and give it to the client'
  }
  return hasRoom
    ? 'generate a second token and give it to the client'
    : 'delete the token that no client uses, then generate a new one and give it to the client'
}

/** "in 12 days", "in less than a day". */
export const formatRemaining = (remaining: number): string => {
  const days = Math.floor(remaining / day)
  if (days === 0) return 'in less than a day'
  return days === 1 ? 'in 1 day' : `in ${days} days`
}
