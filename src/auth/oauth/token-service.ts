import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { minute } from '../../domain/duration.ts'
import type { Credential, JwtFacts } from '../../domain/tenants/credential.ts'
import { jwtAlgorithms } from '../../domain/tenants/issuers.ts'
import type { OAuthClient, OAuthClientStore } from '../../domain/tenants/oauth-clients.ts'
import { type Refusal, type Tenant, tenantNow } from '../../domain/tenants/tenant.ts'
import type { VerifyAssertion } from './assertion.ts'
import { grantScope, type PresentedClient, readClient, readForm, scopeNames } from './form.ts'
import { OAuthError, oauthErrors } from './oauth-error.ts'

type TokenRequest = {
  readonly method: string
  readonly tenant: Tenant | undefined
  readonly tenantId: string
  readonly contentType: string | undefined
  readonly contentEncoding: string | undefined
  readonly authorization: string | undefined
  readonly body: Buffer | undefined
  /** Machine time in milliseconds since 1970. */
  readonly at: number
}

/** RFC 6749 §5.1. */
type TokenResponse = {
  readonly access_token: string
  readonly token_type: 'Bearer'
  readonly expires_in: number
  readonly scope: string
}

type IssuedResponse = { readonly response: TokenResponse; readonly credential: ClientCredential }

type TokenOverride = {
  /** Seconds. */
  readonly lifetime?: number
}

type TokenServiceDeps = AuthenticationDeps & {
  readonly clients: Pick<OAuthClientStore, 'known' | 'knownSecret' | 'issue'>
}

/**
 * RFC 8414 §2. There is no `jwks_uri`, because access tokens are opaque, and no response type, because there is no
 * authorization endpoint: the member is required, and many clients reject a document without it.
 */
export const authorizationServerMetadata = (issuer: string, tokenEndpoint: string) => ({
  issuer,
  token_endpoint: tokenEndpoint,
  token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
  token_endpoint_auth_signing_alg_values_supported: jwtAlgorithms,
  grant_types_supported: ['client_credentials'],
  response_types_supported: [],
  scopes_supported: scopeNames,
})

/** RFC 6749 §4.4. */
export function createTokenService(deps: TokenServiceDeps) {
  const failures = createFailureLimit()

  /** Throws `OAuthError`. */
  return async function requestToken(
    request: TokenRequest,
    { lifetime }: TokenOverride = {},
  ): Promise<IssuedResponse> {
    if (request.method !== 'POST') throw oauthErrors.methodNotAllowed('POST')
    const { tenant, at } = request
    const form = readForm(request)
    const grant = form.get('grant_type')
    if (grant === undefined) throw oauthErrors.invalidRequest('grant_type is missing.')
    if (grant !== 'client_credentials') throw oauthErrors.unsupportedGrant()
    const policy = tenant?.profile.tokenEndpoint
    const presented = readClient(form, request.authorization, policy?.repeatedSecret === 'accept')

    const client = failures.keyOf(request.tenantId, presented.id ?? '')
    if (failures.isReached(client, at)) throw oauthErrors.tooManyFailures()
    try {
      if (!tenant || !policy) {
        const usedBasic = presented.kind !== 'assertion' && presented.usedBasic
        throw oauthErrors.invalidClient(tenant ? 'not-offered' : 'unknown', usedBasic)
      }
      const authenticated = await authenticateClient(deps, tenant, presented, at)
      const { access, tokenLifetime, id } = authenticated.client
      const granted = grantScope(form.get('scope'), access, policy)
      const seconds = lifetime ?? tokenLifetime
      const issued = await deps.clients.issue(tenant, {
        client: id,
        ...(authenticated.secret !== undefined && { secret: authenticated.secret }),
        ...granted,
        lifetime: seconds,
      })
      if (!issued) {
        throw oauthErrors.invalidClient('deleted', presented.kind === 'secret' && presented.usedBasic)
      }
      return {
        response: {
          access_token: issued.text,
          token_type: 'Bearer',
          expires_in: seconds,
          scope: granted.scope,
        },
        credential: { ...authenticated.credential, accessToken: issued.token.id },
      }
    } catch (error) {
      if (!(error instanceof OAuthError) || error.code !== 'invalid_client') throw error
      failures.note(client, at)
      throw failures.isReached(client, at) ? limited(error) : error
    }
  }
}

const limited = ({ refusal, credential }: OAuthError): OAuthError => {
  const { status, code, message, headers } = oauthErrors.tooManyFailures()
  return new OAuthError(status, code, message, {
    headers,
    ...(refusal && { refusal }),
    ...(credential && { credential }),
  })
}

export type RequestToken = ReturnType<typeof createTokenService>

type ClientCredential = Extract<Credential, { readonly kind: 'client' }>

type AuthenticatedClient = {
  readonly client: OAuthClient
  /** Absent for an assertion. */
  readonly secret?: string
  readonly credential: ClientCredential
}

type AuthenticationDeps = {
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
async function authenticateClient(
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

const maxFailures = 10
const maxClients = 10_000

/** RFC 6749 §10.10. Each instance counts by itself and forgets the clients whose failures are the oldest. */
export function createFailureLimit() {
  /** By a hash: IDs are as long as clients make them. */
  let failures: LRUCache<string, readonly number[]> | undefined
  const recent = (client: string, now: number) =>
    (failures?.get(client) ?? []).filter(at => now - at < minute && at <= now)

  return {
    keyOf: (tenant: string, client: string): string => hash('sha256', `${tenant} ${client}`, 'base64'),
    isReached: (key: string, now: number): boolean => recent(key, now).length >= maxFailures,
    note(key: string, now: number): void {
      // Allocates for all clients at once, so not before the first failure.
      failures ??= new LRUCache({ max: maxClients })
      failures.set(key, [...recent(key, now), now].slice(-maxFailures))
    },
  }
}
