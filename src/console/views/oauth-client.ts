import type {
  AccessToken,
  ClientSecret as ClientSecretView,
  OAuthClient as ClientView,
} from '../../domain/contract/oauth-clients.ts'
import { toIsoTime } from '../../domain/contract/operation.ts'
import type { KnownAccessToken } from '../../domain/ports/oauth-clients.ts'
import { formatRemaining, secretAdvice } from '../../domain/tenants/expiry.ts'
import { type ClientSecret, isOutsideGallery, type OAuthClient } from '../../domain/tenants/oauth-clients.ts'
import { type Tenant, tenantNow } from '../../domain/tenants/tenant.ts'

const day = 24 * 60 * 60 * 1000
const warningPeriod = 90 * day

function expiryWarning(remaining: number): string | undefined {
  if (remaining > warningPeriod) return undefined
  const state =
    remaining <= 0 ? 'Expired: the client gets invalid_client.' : `Expires ${formatRemaining(remaining)}.`
  const [first = '', ...rest] = secretAdvice(remaining)
  return `${state} ${first.toUpperCase()}${rest.join('')}.`
}

/** A client secret by the tenant's clock. */
export function viewSecret(tenant: Tenant, secret: ClientSecret): ClientSecretView {
  const remaining = secret.expires - tenantNow(tenant)
  const warning = expiryWarning(remaining)
  return {
    id: secret.id,
    ending: secret.ending,
    created: toIsoTime(secret.created),
    expires: toIsoTime(secret.expires),
    expired: remaining <= 0,
    expiresInDays: Math.floor(remaining / day),
    ...(warning && { warning }),
    ...(secret.lastUsed !== undefined && { lastUsed: toIsoTime(secret.lastUsed) }),
    issued: secret.uses,
  }
}

const lifetimeWarning =
  'Entra’s gallery requires a lifetime of 60 minutes to 6 hours (3600 to 21600 seconds).'

export const viewClient = (tenant: Tenant, client: OAuthClient): ClientView => ({
  id: client.id,
  name: client.name,
  access: client.access,
  authentication: client.assertion ? 'assertion' : 'secret',
  tokenLifetime: client.tokenLifetime,
  ...(isOutsideGallery(client.tokenLifetime) && { lifetimeWarning }),
  inForce: tenant.profile.tokenEndpoint !== undefined,
  created: toIsoTime(client.created),
  ...(client.lastUsed !== undefined && { lastUsed: toIsoTime(client.lastUsed) }),
  issued: client.uses,
  secrets: client.secrets.map(secret => viewSecret(tenant, secret)),
  ...(client.assertion && { assertion: structuredClone(client.assertion) as ClientView['assertion'] }),
})

export function viewAccessToken(tenant: Tenant, { token, client, isRevoked }: KnownAccessToken): AccessToken {
  const isExpired = tenantNow(tenant) >= token.expires
  return {
    id: token.id,
    client: client.id,
    clientName: client.name,
    ...(token.secret !== undefined && { secret: token.secret }),
    ending: token.ending,
    access: token.access,
    scope: token.scope,
    status: isRevoked ? 'revoked' : isExpired ? 'expired' : 'active',
    created: toIsoTime(token.created),
    expires: toIsoTime(token.expires),
    ...(token.lastUsed !== undefined && { lastUsed: toIsoTime(token.lastUsed) }),
    requests: token.uses,
  }
}
