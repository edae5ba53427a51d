import type { Credential } from '../../domain/tenants/credential.ts'
import type { Refusal } from '../../domain/tenants/tenant.ts'

/** The codes of RFC 6749 §5.2; the last two are of §4.1.2.1. */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_scope'
  | 'unsupported_grant_type'
  | 'temporarily_unavailable'
  | 'server_error'

type Extras = {
  readonly headers?: Readonly<Record<string, string>>
  /** Only the journal shows it. */
  readonly refusal?: Refusal
  readonly credential?: Credential | undefined
}

export class OAuthError extends Error {
  readonly status: number
  readonly code: OAuthErrorCode
  readonly headers: Readonly<Record<string, string>>
  readonly refusal: Refusal | undefined
  readonly credential: Credential | undefined

  /** `description` repeats nothing of the request. It is ASCII without `"` and `\` (RFC 6749 §5.2). */
  constructor(
    status: number,
    code: OAuthErrorCode,
    description: string,
    { headers = {}, refusal, credential }: Extras = {},
  ) {
    super(description)
    this.name = 'OAuthError'
    this.status = status
    this.code = code
    this.headers = headers
    this.refusal = refusal
    this.credential = credential
  }
}

const basicChallenge = { 'WWW-Authenticate': 'Basic realm="SCIM", charset="UTF-8"' }

export const oauthErrors = {
  invalidRequest: (description: string) => new OAuthError(400, 'invalid_request', description),
  tooLarge: () =>
    new OAuthError(
      413,
      'invalid_request',
      'The body is too large. Send the parameters of a token request only.',
    ),
  noForm: () =>
    new OAuthError(
      400,
      'invalid_request',
      'Send a form with Content-Type: application/x-www-form-urlencoded.',
    ),
  malformedHttp: (status: number) =>
    new OAuthError(
      status,
      'invalid_request',
      'The request is not valid HTTP, or has not arrived as a whole.',
    ),
  notFound: () =>
    new OAuthError(
      404,
      'invalid_request',
      'There is nothing here. Request access tokens with POST /{tenant}/oauth2/token; its metadata are at /.well-known/oauth-authorization-server/{tenant}.',
    ),
  methodNotAllowed: (allowed: 'POST' | 'GET, HEAD') =>
    new OAuthError(
      405,
      'invalid_request',
      allowed === 'POST' ? 'Request access tokens with POST.' : 'Read metadata with GET.',
      { headers: { Allow: allowed } },
    ),
  unsupportedGrant: () =>
    new OAuthError(
      400,
      'unsupported_grant_type',
      'Use grant_type=client_credentials. No other grant is supported.',
    ),
  /** Every reason has the same error. RFC 6749 §5.2: with a challenge if the client sent an Authorization header. */
  invalidClient: (refusal: Refusal, usedBasic: boolean, credential?: Credential) =>
    new OAuthError(
      401,
      'invalid_client',
      'The client is unknown, or its secret or assertion is wrong or expired. Check client_id, and create a new secret if needed.',
      { refusal, credential, ...(usedBasic && { headers: basicChallenge }) },
    ),
  invalidScope: () =>
    new OAuthError(
      400,
      'invalid_scope',
      'The client may have none of the requested scopes. Omit scope, or use scim, scim.read or scim.write.',
    ),
  malformedScope: () =>
    new OAuthError(
      400,
      'invalid_scope',
      'The scope must have at most 1000 characters: scopes of printable ASCII, separated by spaces.',
    ),
  tooManyFailures: () =>
    new OAuthError(
      429,
      'temporarily_unavailable',
      'Too many failed attempts for this client. Wait a minute, and check client_id and the secret.',
      { headers: { 'Retry-After': '60' } },
    ),
  keysUnreachable: (credential?: Credential) =>
    new OAuthError(
      503,
      'temporarily_unavailable',
      'The assertion cannot be verified at present, because the keys of its issuer are unreachable. Retry in a moment.',
      { headers: { 'Retry-After': '30' }, refusal: 'keys-unreachable', credential },
    ),
  internal: () => new OAuthError(500, 'server_error', 'The request failed. See the log of the server.'),
  unavailable: () =>
    new OAuthError(
      503,
      'temporarily_unavailable',
      'The server is unavailable at present. Retry in a moment.',
      { headers: { 'Retry-After': '1' } },
    ),
}
