import type { OAuthClientStore } from '../../domain/tenants/oauth-clients.ts'
import type { Tenant } from '../../domain/tenants/tenant.ts'
import {
  type AuthenticationDeps,
  authenticateClient,
  type ClientCredential,
} from './client-authentication.ts'
import { createFailureLimit } from './failure-limit.ts'
import { readForm } from './form.ts'
import { OAuthError, oauthErrors } from './oauth-error.ts'
import { readClient } from './presented-client.ts'
import { grantScope } from './scope.ts'

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

/** RFC 6749 §4.4. */
export function createTokenService(deps: TokenServiceDeps) {
  const failures = createFailureLimit()

  /** Throws `OAuthError`. */
  return async function requestToken(
    request: TokenRequest,
    { lifetime }: TokenOverride = {},
  ): Promise<IssuedResponse> {
    if (request.method !== 'POST') throw oauthErrors.methodNotAllowed()
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
