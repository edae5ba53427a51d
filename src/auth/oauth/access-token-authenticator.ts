import type { Authenticator, CredentialAuthentication } from '../../domain/tenants/credential.ts'
import {
  isAccessTokenText,
  type KnownAccessToken,
  type OAuthClientStore,
} from '../../domain/tenants/oauth-clients.ts'
import {
  type Access,
  type Refusal,
  type Tenant,
  type TenantStore,
  tenantNow,
} from '../../domain/tenants/tenant.ts'

type AuthenticatorDeps = {
  readonly tenants: Pick<TenantStore, 'find'>
  readonly clients: Pick<OAuthClientStore, 'list' | 'findAccessToken' | 'noteUse'>
}

export function createAccessTokenAuthenticator({ tenants, clients }: AuthenticatorDeps): Authenticator {
  const authenticate = (
    known: KnownAccessToken | undefined,
    named: Tenant | undefined,
    tenantId: string | undefined,
    machine: number,
    note: OAuthClientStore['noteUse'],
  ): CredentialAuthentication => {
    if (!known) return { refusal: 'unknown', ...(named && { tenant: named }) }
    const { tenant, token, client } = known
    const credential = {
      kind: 'client',
      client: client.id,
      name: client.name,
      accessToken: token.id,
    } as const
    const refusal = refusalOf(known, tenantId, machine)
    // The tenant of the URL takes precedence: its users expect the rejected request in their journal.
    if (refusal) return { refusal, tenant: named ?? tenant, credential }
    note(token, machine)
    return { tenant, credential, access: currentAccess(known) }
  }

  const authenticateAs =
    (note: OAuthClientStore['noteUse']): Authenticator['authenticate'] =>
    (text, tenantId, machine) => {
      const named = tenantId === undefined ? undefined : tenants.find(tenantId)
      const found = clients.findAccessToken(text, named)
      return found instanceof Promise
        ? found.then(known => authenticate(known, named, tenantId, machine, note))
        : authenticate(found, named, tenantId, machine, note)
    }

  return {
    offers: tenant => tenant.profile.tokenEndpoint !== undefined && clients.list(tenant).length > 0,
    recognizes: isAccessTokenText,
    authenticate: authenticateAs(clients.noteUse),
    reauthenticate: authenticateAs(() => undefined),
  }
}

function refusalOf(
  { tenant, token, isRevoked }: KnownAccessToken,
  tenantId: string | undefined,
  machine: number,
): Refusal | undefined {
  if (tenantId !== undefined && tenantId !== tenant.id) return 'other-tenant'
  if (!tenant.profile.tokenEndpoint) return 'not-offered'
  if (isRevoked) return 'deleted'
  return tenantNow(tenant, machine) >= token.expires ? 'expired' : undefined
}

/** That of the token, but never more than its client has now. */
const currentAccess = ({ token, client }: KnownAccessToken): Access =>
  token.access === 'read' || client.access === 'read' ? 'read' : 'full'
