import type { Credential, JwtFacts } from '../../domain/tenants/credential.ts'
import type { OAuthClient, OAuthClientStore } from '../../domain/tenants/oauth-clients.ts'
import { type Refusal, type Tenant, tenantNow } from '../../domain/tenants/tenant.ts'
import type { VerifyAssertion } from './assertion.ts'
import { oauthErrors } from './oauth-error.ts'
import type { PresentedClient } from './presented-client.ts'

export type ClientCredential = Extract<Credential, { readonly kind: 'client' }>

type AuthenticatedClient = {
  readonly client: OAuthClient
  /** Absent for an assertion. */
  readonly secret?: string
  readonly credential: ClientCredential
}

export type AuthenticationDeps = {
  readonly clients: Pick<OAuthClientStore, 'known' | 'knownSecret'>
  readonly verifyAssertion: VerifyAssertion
}

const credentialOf = ({ id, name }: OAuthClient, jwt?: JwtFacts): ClientCredential => ({
  kind: 'client',
  client: id,
  name,
  ...(jwt && { jwt }),
})

/** Throws `OAuthError`: the same one for an unknown client, a wrong or expired secret, and a rejected assertion. */
export async function authenticateClient(
  { clients, verifyAssertion }: AuthenticationDeps,
  tenant: Tenant,
  presented: PresentedClient,
  machine: number,
): Promise<AuthenticatedClient> {
  const usedBasic = presented.kind !== 'assertion' && presented.usedBasic
  const known = presented.id === undefined ? undefined : clients.known(tenant, presented.id)
  const credential = known && credentialOf(known.client)
  const refuse = (refusal: Refusal, jwt?: JwtFacts) =>
    oauthErrors.invalidClient(refusal, usedBasic, known && credentialOf(known.client, jwt))
  if (presented.kind === 'none') throw refuse(usedBasic ? 'malformed' : 'missing')

  if (presented.kind === 'secret') {
    // Also for an unknown client, so that the response takes as long.
    const found = clients.knownSecret(tenant, presented.id, presented.secret)
    if (!known || !credential) throw refuse('unknown')
    if (known.isDeleted) throw refuse('deleted')
    if (!found) throw refuse('wrong-secret')
    if (found.isDeleted) throw refuse('deleted')
    if (tenantNow(tenant, machine) >= found.secret.expires) throw refuse('expired')
    return { client: known.client, secret: found.secret.id, credential }
  }

  if (!known) throw refuse('unknown')
  if (known.isDeleted) throw refuse('deleted')
  const { assertion } = known.client
  if (!assertion) throw refuse('wrong-secret')
  const result = await verifyAssertion(presented.assertion, assertion, machine)
  if (!('refusal' in result)) {
    return { client: known.client, credential: credentialOf(known.client, result.jwt) }
  }
  if (result.refusal === 'keys-unreachable') {
    throw oauthErrors.keysUnreachable(credentialOf(known.client, result.jwt))
  }
  throw refuse(result.refusal, result.jwt)
}
