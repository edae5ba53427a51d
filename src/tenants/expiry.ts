import { type Tenant, type Token, tenantNow } from './tenant.ts'

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
  const remaining = expires - now
  const step = schedule.find(({ within }) => remaining <= within * day)
  if (!step) return false
  // A reminder that lies in the future was given before the clock was reset.
  if (lastReminded === undefined || lastReminded > now) return true
  if (remaining <= 0) return lastReminded < expires
  return now - lastReminded >= step.every * day
}

export type ExpiryWarning = {
  readonly tenant: Tenant
  readonly token: Token
  /** By the tenant's clock; 0 or less when it has expired. */
  readonly remaining: number
  /** For the log. */
  readonly message: string
}

/** Where tenants and their tokens are listed. */
export type TokenLists = {
  list(): readonly Tenant[]
  tokens(tenant: Tenant): readonly Token[]
}

/**
 * Tokens that expire within 90 days by their tenant's clock, or have expired and aren't deleted; the nearest
 * expiry first. `now` is the machine's.
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

/** How to replace a token that expires in `left` milliseconds: the old one goes first where there is no room for two. */
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
