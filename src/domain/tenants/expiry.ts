import { day, hour } from '../duration.ts'
import type { ClientSecret, OAuthClient } from './oauth-clients.ts'
import { hasRoomForToken, type Tenant, type Token, tenantNow } from './tenant.ts'

/** AWS's reminders: within `within` days of the expiry, one every `every` days. The nearest expiry comes first. */
const schedule = [
  { within: 15, every: 1 },
  { within: 30, every: 7 / 3 },
  { within: 60, every: 7 / 2 },
  { within: 90, every: 7 },
] as const

/** All times are the tenant's. After the expiry there is one more reminder. */
export function reminderDue(expires: number, lastReminded: number | undefined, now: number): boolean {
  const remaining = expires - now
  const step = schedule.find(({ within }) => remaining <= within * day)
  if (!step) return false
  // A reminder in the future was sent before the clock was reset.
  if (lastReminded === undefined || lastReminded > now) return true
  if (remaining <= 0) return lastReminded < expires
  return now - lastReminded >= step.every * day
}

export type LastingMove = 'moves-far' | 'returns'

/**
 * Why a move of a tenant's clock to this offset cannot be undone, if so. Up to one hour ahead of real time is harmless: a credential
 * loses its last hour. The offset counts, not the move, since many short moves would take the whole life of a credential.
 */
export function lastingMove({ clockOffset }: Tenant, offset: number): LastingMove | undefined {
  if (offset === 0 && clockOffset > 0) return 'returns'
  return offset > hour && offset > clockOffset ? 'moves-far' : undefined
}

type Warning = {
  readonly tenant: Tenant
  /** By the tenant's clock, in milliseconds; 0 or less after the expiry. */
  readonly remaining: number
  readonly message: string
}
type TokenWarning = Warning & { readonly token: Token }
type SecretWarning = Warning & { readonly client: OAuthClient; readonly secret: ClientSecret }

export type ExpiryWarning = TokenWarning | SecretWarning

export const expiringIn = (warning: ExpiryWarning): Token | ClientSecret =>
  'token' in warning ? warning.token : warning.secret

type TokenLists = {
  list(): readonly Tenant[]
  tokens(tenant: Tenant): readonly Token[]
}
type ClientLists = { list(tenant: Tenant): readonly OAuthClient[] }

const noClients: ClientLists = { list: () => [] }

/** Within 90 days by the tenant's clock, nearest expiry first, including expired ones. `now` is the real time. */
export const expiryWarnings = (
  tenants: TokenLists,
  now: number,
  clients: ClientLists = noClients,
): readonly ExpiryWarning[] =>
  tenants
    .list()
    .flatMap((tenant): readonly ExpiryWarning[] => {
      const tokens = tenants.tokens(tenant)
      const hasRoom = hasRoomForToken(tenant, tokens)
      return [
        ...tokens.map(token => tokenWarning(tenant, token, now, hasRoom)),
        ...(tenant.profile.tokenEndpoint ? clients.list(tenant) : []).flatMap(client =>
          client.secrets.map(secret => secretWarning(tenant, client, secret, now)),
        ),
      ]
    })
    .filter(warning => reminderDue(expiringIn(warning).expires, undefined, tenantNow(warning.tenant, now)))
    .sort((one, other) => one.remaining - other.remaining)

const tokenWarning = (tenant: Tenant, token: Token, now: number, hasRoom: boolean): TokenWarning => {
  const remaining = token.expires - tenantNow(tenant, now)
  const subject = `token …${token.ending} of tenant ${tenant.id}`
  const message = `${subject} ${describeExpiry(token.expires, remaining)}; ${renewalAdvice(remaining, hasRoom)}`
  return { tenant, token, remaining, message }
}

const secretWarning = (
  tenant: Tenant,
  client: OAuthClient,
  secret: ClientSecret,
  now: number,
): SecretWarning => {
  const remaining = secret.expires - tenantNow(tenant, now)
  const subject = `secret …${secret.ending} of client ${client.id} of tenant ${tenant.id}`
  const message = `${subject} ${describeExpiry(secret.expires, remaining)}; ${secretAdvice(remaining)}`
  return { tenant, client, secret, remaining, message }
}

function describeExpiry(expires: number, remaining: number): string {
  const date = new Date(expires).toISOString().slice(0, 10)
  return remaining <= 0 ? `expired on ${date}` : `expires ${formatRemaining(remaining)}, on ${date}`
}

export const secretAdvice = (remaining: number): string =>
  remaining <= 0
    ? 'create a new secret, give it to the client, then delete this one'
    : 'create a second secret and give it to the client'

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

export const formatRemaining = (remaining: number): string => {
  const days = Math.floor(remaining / day)
  if (days === 0) return 'in less than a day'
  return days === 1 ? 'in 1 day' : `in ${days} days`
}
