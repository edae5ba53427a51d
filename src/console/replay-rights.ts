import { rulesOf } from '../auth/issuers/rules.ts'
import { accessAgain } from '../auth/issuers/verify.ts'
import { refusalLabels } from '../domain/journal/description.ts'
import type { Exchange } from '../domain/journal/exchange.ts'
import type { Journal } from '../domain/ports/journal.ts'
import type { OAuthClientStore } from '../domain/tenants/oauth-clients.ts'
import { type Access, type Tenant, type TenantStore, tenantNow } from '../domain/tenants/tenant.ts'
import type { ConsoleDeps } from './deps.ts'

type RightsDeps = Pick<ConsoleDeps, 'clock' | 'issuers'> & {
  readonly tenants: Pick<TenantStore, 'tokens'>
  readonly oauthClients: Pick<OAuthClientStore, 'find'>
  readonly journal: Pick<Journal, 'find'>
}

type CallerRights = { readonly access: Access } | { readonly reason: string }

/** Replays of replays that are followed back to the request of a client. */
const maxReplays = 100

/**
 * The rights of the caller who sent a request first. Access tokens and JWTs of the token endpoint and of issuers last an hour or so,
 * so the client or the issuer counts, not the token.
 */
export async function rightsOfCaller(
  exchange: Exchange,
  tenant: Tenant,
  deps: RightsDeps,
): Promise<CallerRights> {
  let original: Exchange | undefined = exchange
  for (let followed = 0; original?.replayOf !== undefined; followed++) {
    original = followed < maxReplays ? await deps.journal.find(original.replayOf) : undefined
  }
  if (!original) return { reason: 'The original request is no longer in the journal.' }
  if (original.refusal !== undefined) {
    return { reason: `The caller’s credentials were rejected (${refusalLabels[original.refusal]}).` }
  }
  return rightsNow(original, tenant, deps)
}

function rightsNow(
  { token, credential }: Exchange,
  tenant: Tenant,
  { tenants, oauthClients, issuers, clock }: RightsDeps,
): CallerRights {
  const now = tenantNow(tenant, clock())
  if (token) {
    const found = tenants.tokens(tenant).find(({ id }) => id === token.id)
    if (!found) return { reason: 'The caller’s access token has been deleted.' }
    return found.expires > now ? found : { reason: 'The caller’s access token has expired.' }
  }
  switch (credential?.kind) {
    case 'client': {
      const client = oauthClients.find(tenant, credential.client)
      if (!client) return { reason: `The client "${credential.name}" has been deleted.` }
      const canAuthenticate = client.assertion ?? client.secrets.find(({ expires }) => expires > now)
      return tenant.profile.tokenEndpoint && canAuthenticate
        ? client
        : { reason: `The client "${credential.name}" no longer has a valid secret.` }
    }
    case 'issuer': {
      const issuer =
        tenant.profile.credentials === 'any' ? issuers.find(tenant, credential.issuer) : undefined
      const access = issuer && accessAgain(credential.jwt, rulesOf(issuer.settings), clock())
      return access
        ? { access }
        : { reason: `The tenant no longer accepts such JWTs of "${credential.name}".` }
    }
    case 'jwt':
      return { reason: 'The tenant does not trust the issuer of the caller’s JWT.' }
    // The sample of the console, and discovery that needs no credentials.
    case undefined:
      return { access: 'full' }
  }
}

export function isDeletion({ method, operation, request: { body } }: Exchange): boolean {
  if (method === 'DELETE') return true
  if (operation !== 'bulk' || body === undefined) return false
  let found = false
  try {
    JSON.parse(body, (_name, value: unknown) => {
      if (typeof value === 'string' && value.toUpperCase() === 'DELETE') found = true
      return value
    })
  } catch {
    // The server rejects it as well.
    return false
  }
  return found
}
