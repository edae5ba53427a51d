import {
  AuthorizationResponseError,
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  type ClientAuth,
  ClientError,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  calculatePKCECodeChallenge,
  clockTolerance as clientClockTolerance,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  None,
  ResponseBodyError,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  type ServerMetadata,
} from 'openid-client'
import { IssuerFetchError, type SafeFetch } from '../../auth/issuers/safe-fetch.ts'
import { isLoopbackUrl, urlProblem } from '../../domain/tenants/issuers.ts'
import type { Claims } from './person.ts'
import type { SignInSettings } from './settings.ts'
import { clockTolerance } from './step-up.ts'

/** Milliseconds for which the metadata of the provider are kept. */
const metadataLifetime = 60 * 60_000
/** Seconds for a request to the provider. */
const requestTimeout = 5

export type Checks = { readonly state: string; readonly nonce: string; readonly verifier: string }

/** `code` is the error code of the provider (RFC 6749, section 4.1.2.1), if it sent one. */
export class SignInError extends Error {
  readonly reason: 'unreachable' | 'refused' | 'invalid'
  readonly code: string | undefined

  constructor(reason: SignInError['reason'], message: string, code?: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SignInError'
    this.reason = reason
    this.code = code
  }
}

export type IdentityProvider = {
  authorize(
    redirectUri: string,
    parameters: Readonly<Record<string, string>>,
  ): Promise<{ url: URL; checks: Checks }>
  /** `response` is the URL of the response. Returns the claims of the ID token; all tokens are dropped. */
  redeem(response: URL, checks: Checks): Promise<Claims>
  /** The URL that ends the session at the provider; undefined if it has none. */
  endSession(returnTo: string): Promise<URL | undefined>
}

type ProviderOptions = {
  readonly settings: Pick<SignInSettings, 'issuer' | 'clientId' | 'clientSecret'>
  readonly safeFetch: Pick<SafeFetch, 'fetch'>
  readonly clock: () => number
}

/** Metadata are read at the first sign-in, so the server starts without them. Functions reject with SignInError. */
export function createIdentityProvider({ settings, safeFetch, clock }: ProviderOptions): IdentityProvider {
  let known: { readonly since: number; readonly configuration: Promise<Configuration> } | undefined

  function discover(): Promise<Configuration> {
    const now = clock()
    if (known && now - known.since < metadataLifetime) return known.configuration
    const found = { since: now, configuration: readMetadata(settings, safeFetch) }
    known = found
    found.configuration.catch(() => {
      if (known === found) known = undefined
    })
    return found.configuration
  }

  return {
    async authorize(redirectUri, parameters) {
      const configuration = await discover()
      const checks = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() }
      const url = buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        response_mode: 'query',
        scope: 'openid profile',
        state: checks.state,
        nonce: checks.nonce,
        code_challenge: await calculatePKCECodeChallenge(checks.verifier),
        code_challenge_method: 'S256',
        ...parameters,
      })
      return { url, checks }
    },
    async redeem(response, { state, nonce, verifier }) {
      const configuration = await discover()
      const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier }
      const tokens = await authorizationCodeGrant(configuration, response, checks).catch((error: unknown) => {
        throw toSignInError(error)
      })
      const claims = tokens.claims()
      if (!claims) throw new SignInError('invalid', 'the response has no ID token')
      return claims
    },
    async endSession(returnTo) {
      const configuration = await discover()
      if (configuration.serverMetadata().end_session_endpoint === undefined) return undefined
      return buildEndSessionUrl(configuration, { post_logout_redirect_uri: returnTo })
    },
  }
}

async function readMetadata(
  { issuer, clientId, clientSecret }: ProviderOptions['settings'],
  { fetch }: Pick<SafeFetch, 'fetch'>,
): Promise<Configuration> {
  const isInsecure = new URL(issuer).protocol === 'http:'
  const configuration = await discovery(
    new URL(issuer),
    clientId,
    { [clientClockTolerance]: clockTolerance / 1000 },
    clientSecret === undefined ? None() : sendSecret(clientSecret),
    {
      [customFetch]: (url, { method, headers, body, signal }) =>
        fetch(url, { method, headers, body: body as URLSearchParams, ...(signal && { signal }) }),
      timeout: requestTimeout,
      // `fetch` allows HTTP on loopback only.
      execute: [...(isInsecure ? [allowInsecureRequests] : []), enableNonRepudiationChecks],
    },
  ).catch((error: unknown) => {
    throw toSignInError(error)
  })
  checkMetadata(configuration.serverMetadata(), issuer)
  return configuration
}

const endpoints = ['authorization_endpoint', 'token_endpoint', 'jwks_uri', 'end_session_endpoint'] as const

/** The library is lenient with issuers of Entra ID and with a slash at the end, and leaves URLs to its caller. */
function checkMetadata(metadata: Readonly<ServerMetadata>, issuer: string): void {
  if (metadata.issuer !== issuer) {
    throw new SignInError('unreachable', 'the metadata of --console-issuer name another issuer')
  }
  for (const name of endpoints) {
    const url = metadata[name]
    if (url === undefined) continue
    // Only an issuer on this machine may name it.
    if (urlProblem(url) !== undefined || (isLoopbackUrl(url) && !isLoopbackUrl(issuer))) {
      throw new SignInError('unreachable', `the ${name} of --console-issuer is not allowed`)
    }
  }
}

/** As providers register clients by default (OpenID Connect Registration, section 2), unless this one does not support it. */
const sendSecret =
  (secret: string): ClientAuth =>
  (provider, client, body, headers) => {
    const { token_endpoint_auth_methods_supported: methods = ['client_secret_basic'] } = provider
    const send = methods.includes('client_secret_basic') ? ClientSecretBasic : ClientSecretPost
    send(secret)(provider, client, body, headers)
  }

/** The codes of errors by which a response of the provider is not valid. The others are failures of the network. */
const invalidResponses = [
  'OAUTH_INVALID_RESPONSE',
  'OAUTH_JWT_CLAIM_COMPARISON_FAILED',
  'OAUTH_JWT_TIMESTAMP_CHECK_FAILED',
  'OAUTH_KEY_SELECTION_FAILED',
  'OAUTH_UNSUPPORTED_OPERATION',
]

/** Only error codes of the provider are kept of its text. */
function toSignInError(error: unknown): SignInError {
  if (error instanceof AuthorizationResponseError) return refusedByProvider(error.error)
  if (error instanceof ResponseBodyError) return refusedByProvider(error.error)
  if (error instanceof ClientError && invalidResponses.includes(error.code ?? '')) {
    return new SignInError('invalid', reasonOf(error), undefined, { cause: error })
  }
  return new SignInError('unreachable', reasonOf(error), undefined, { cause: error })
}

/** The messages of the library, of `jose` and of the safe fetch contain no values. */
function reasonOf(error: unknown): string {
  const { message, cause } = error instanceof Error ? error : new Error(String(error))
  const isDetail =
    cause instanceof IssuerFetchError || (error instanceof ClientError && cause instanceof Error)
  return isDetail ? cause.message : message
}

function refusedByProvider(code: string): SignInError {
  const isCode = /^[\w.-]{1,60}$/.test(code)
  return new SignInError('refused', 'the identity provider refused', isCode ? code : undefined)
}
