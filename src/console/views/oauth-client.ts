import { day } from '../../domain/duration.ts'
import { formatRemaining, secretAdvice } from '../../domain/tenants/expiry.ts'
import {
  type ClientSecret,
  isOutsideGallery,
  type KnownAccessToken,
  type OAuthClient,
} from '../../domain/tenants/oauth-clients.ts'
import { type Tenant, tenantNow } from '../../domain/tenants/tenant.ts'

const warningPeriod = 90 * day

function expiryWarning(remaining: number): string | undefined {
  if (remaining > warningPeriod) return undefined
  const state =
    remaining <= 0 ? 'Expired: the client gets invalid_client.' : `Expires ${formatRemaining(remaining)}.`
  const [first = '', ...rest] = secretAdvice(remaining)
  return `${state} ${first.toUpperCase()}${rest.join('')}.`
}

export function viewSecret(tenant: Tenant, secret: ClientSecret) {
  const remaining = secret.expires - tenantNow(tenant)
  return {
    ...secret,
    expired: remaining <= 0,
    expiresInDays: Math.floor(remaining / day),
    warning: expiryWarning(remaining),
    issued: secret.uses,
  }
}

const lifetimeWarning =
  'Entra’s gallery requires a lifetime of 60 minutes to 6 hours (3600 to 21600 seconds).'

export const viewClient = (tenant: Tenant, client: OAuthClient) => ({
  ...client,
  authentication: client.assertion ? ('assertion' as const) : ('secret' as const),
  ...(isOutsideGallery(client.tokenLifetime) && { lifetimeWarning }),
  inForce: tenant.profile.tokenEndpoint !== undefined,
  issued: client.uses,
  secrets: client.secrets.map(secret => viewSecret(tenant, secret)),
})

export function viewAccessToken(tenant: Tenant, { token, client, isRevoked }: KnownAccessToken) {
  const live = tenantNow(tenant) >= token.expires ? ('expired' as const) : ('active' as const)
  return {
    ...token,
    client: client.id,
    clientName: client.name,
    status: isRevoked ? ('revoked' as const) : live,
    requests: token.uses,
  }
}
