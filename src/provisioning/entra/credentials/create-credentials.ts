import { isObject } from '../../../scim/json.ts'
import { createRedactor, minSecretLength } from '../../../scim/redaction/redactor.ts'
import { defaultTimeout, readResponseText, reasonOf } from '../../kit/http-target.ts'
import { parseJsonOrUndefined } from '../../kit/target.ts'
import {
  type Credentials,
  holdToken,
  type IssuedToken,
  type NoToken,
  type RequestToken,
  secretToken,
} from './credentials.ts'
import { customAppTemplateId, provisioningAppId, tokenServiceAddress, workloadAppId } from './microsoft.ts'

export const authenticationWays = ['secret-token', 'client-credentials', 'entra-token', 'federation'] as const
export type AuthenticationWay = (typeof authenticationWays)[number]

export type CredentialSettings =
  | { readonly auth: 'secret-token'; readonly token: string }
  | RequestedCredentials

export type RequestedCredentials =
  | {
      readonly auth: 'client-credentials'
      readonly tokenEndpoint: string
      readonly clientId: string
      readonly clientSecret: string
      /** The secret in the body or in the header: it isn't documented which of them Entra uses. */
      readonly clientAuth: 'post' | 'basic'
      readonly scope: string | undefined
      readonly refreshOn401: boolean
    }
  /** The Secret Token is left empty: tokens of Entra itself. */
  | { readonly auth: 'entra-token'; readonly issuer: string; readonly refreshOn401: boolean }
  /** Workload identity federation: a token of Entra is the client's assertion (RFC 7523 §2.2). */
  | {
      readonly auth: 'federation'
      readonly tokenEndpoint: string
      readonly clientId: string
      readonly issuer: string
      readonly scope: string
      readonly refreshOn401: boolean
    }

export function createCredentials(
  settings: CredentialSettings,
  { clock, ...transport }: Transport & { readonly clock: () => number },
): Credentials {
  if (settings.auth === 'secret-token') return secretToken(settings.token)
  return holdToken(tokenRequester(settings, transport), { clock, refreshOn401: settings.refreshOn401 })
}

export function tokenRequester(settings: RequestedCredentials, transport: Transport): RequestToken {
  switch (settings.auth) {
    case 'client-credentials':
      return () => fromTokenEndpoint(clientSecretRequest(settings), transport)
    case 'entra-token':
      return () => fromTokenService(entraTokenRequest(settings.issuer), transport)
    case 'federation':
      return async () => {
        const assertion = await fromTokenService(workloadTokenRequest(settings.issuer), transport)
        if (assertion.kind === 'none') return assertion
        return fromTokenEndpoint(assertionRequest(settings, assertion.text), transport)
      }
  }
}

type SettingsOf<Auth extends RequestedCredentials['auth']> = Extract<
  RequestedCredentials,
  { readonly auth: Auth }
>

function clientSecretRequest(settings: SettingsOf<'client-credentials'>): TokenRequest {
  const { tokenEndpoint, clientId, clientSecret, clientAuth, scope } = settings
  const isPost = clientAuth === 'post'
  return {
    endpoint: tokenEndpoint,
    parameters: [
      ['grant_type', 'client_credentials'],
      ...(isPost
        ? ([
            ['client_id', clientId],
            ['client_secret', clientSecret],
          ] as const)
        : []),
      ...(scope === undefined ? [] : [['scope', scope] as const]),
    ],
    ...(!isPost && { basic: { id: clientId, secret: clientSecret } }),
    secrets: [clientSecret],
  }
}

/** The parameters of Microsoft's guide, in its order (SCIMReferenceCode, Workload Identity Federation). */
const assertionRequest = (
  { tokenEndpoint, clientId, scope }: SettingsOf<'federation'>,
  assertion: string,
): TokenRequest => ({
  endpoint: tokenEndpoint,
  parameters: [
    ['grant_type', 'client_credentials'],
    ['client_id', clientId],
    ['client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'],
    ['client_assertion', assertion],
    ['scope', scope],
  ],
  secrets: [assertion],
})

const entraTokenRequest = (issuer: string): TokenRequest => ({
  endpoint: `${tokenServiceAddress(issuer)}/oauth2/token`,
  parameters: [
    ['grant_type', 'client_credentials'],
    ['client_id', provisioningAppId],
    ['resource', customAppTemplateId],
  ],
  secrets: [],
})

const workloadTokenRequest = (issuer: string): TokenRequest => ({
  endpoint: `${tokenServiceAddress(issuer)}/oauth2/v2.0/token`,
  parameters: [
    ['grant_type', 'client_credentials'],
    ['client_id', workloadAppId],
    ['scope', `api://${workloadAppId}/.default`],
  ],
  secrets: [],
})

async function fromTokenEndpoint(
  request: TokenRequest,
  transport: Transport,
): Promise<IssuedToken | NoToken> {
  const result = await sendTokenRequest(request, transport)
  if (result.kind === 'issued') return result
  return result.status === 400 || result.status === 401 ? refused(result.text) : unavailable(result.text)
}

/** A token of Entra itself: if it refuses, the credentials of the SCIM endpoint are not what is wrong. */
async function fromTokenService(request: TokenRequest, transport: Transport): Promise<IssuedToken | NoToken> {
  const result = await sendTokenRequest(request, transport)
  return result.kind === 'issued' ? result : unavailable(result.text)
}

// The portal's text (azure-docs#54231).
const refused = (details: string): NoToken => ({
  kind: 'none',
  reason: 'credentials refused',
  text:
    'You appear to have entered invalid credentials. Please confirm you are using the correct information for an ' +
    `administrative account. ${details}`,
})

const unavailable = (text: string): NoToken => ({ kind: 'none', reason: 'no access token', text })

type Parameter = readonly [name: string, value: string]

/** A request to a token endpoint, RFC 6749 §4.4.2. */
type TokenRequest = {
  readonly endpoint: string
  readonly parameters: readonly Parameter[]
  /** Client authentication in the header, RFC 6749 §2.3.1. */
  readonly basic?: { readonly id: string; readonly secret: string }
  readonly secrets: readonly string[]
}

export type TokenRequestFailure = {
  readonly kind: 'failed'
  readonly status: number | undefined
  readonly text: string
}

type Transport = {
  /** Milliseconds. */
  readonly timeout?: number
  readonly fetch?: typeof globalThis.fetch
}

/** `application/x-www-form-urlencoded` (RFC 6749 appendix B). */
const formOf = (parameters: readonly Parameter[]) =>
  new URLSearchParams(parameters.map(([name, value]): [string, string] => [name, value])).toString()

const formEncode = (text: string) => formOf([['', text]]).slice(1)

const basicHeader = ({ id, secret }: { readonly id: string; readonly secret: string }) =>
  `Basic ${Buffer.from(`${formEncode(id)}:${formEncode(secret)}`).toString('base64')}`

/** Sends a token request. Never rejects. */
async function sendTokenRequest(
  request: TokenRequest,
  { timeout = defaultTimeout, fetch = globalThis.fetch }: Transport,
): Promise<IssuedToken | TokenRequestFailure> {
  const { endpoint, parameters, basic } = request
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        ...(basic && { Authorization: basicHeader(basic) }),
        // As in requests to the SCIM endpoint.
        'User-Agent': '',
        Accept: 'application/json',
      },
      body: formOf(parameters),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeout),
    })
    return readTokenResponse(request, response.status, await readResponseText(response))
  } catch (error) {
    const isTimeout = error instanceof Error && error.name === 'TimeoutError'
    const why = isTimeout ? `No response within ${timeout} milliseconds.` : quotable(request, reasonOf(error))
    return failed(undefined, `The token endpoint ${endpoint} sent no response. ${why}`)
  }
}

function readTokenResponse(
  request: TokenRequest,
  status: number,
  text: string,
): IssuedToken | TokenRequestFailure {
  const { endpoint } = request
  if (status >= 200 && status < 300) return readIssuedToken(endpoint, text)
  return failed(
    status,
    `The token endpoint ${endpoint} returned ${status}: ${truncated(quotable(request, text))}`,
  )
}

/** RFC 6749 §5.1. Nothing of the body is quoted: it may contain a token. */
function readIssuedToken(endpoint: string, text: string): IssuedToken | TokenRequestFailure {
  const body = parseJsonOrUndefined(text)
  const fault = (what: string) => failed(undefined, `The token endpoint ${endpoint} returned ${what}.`)
  if (!isObject(body)) return fault('a body that is not a JSON object')
  const { access_token: token, token_type: type, expires_in: expiresIn } = body
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) return fault('no usable access_token')
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer')
    return fault('a token_type other than Bearer')
  // Microsoft's v1 endpoint returns the number as text.
  const seconds =
    typeof expiresIn === 'number' || typeof expiresIn === 'string' ? Number(expiresIn) : Number.NaN
  return { kind: 'issued', text: token, expiresIn: seconds >= 0 ? seconds : undefined }
}

/** The text with the secrets of the request masked. A short secret can't be told from other text: nothing is quoted. */
function quotable({ secrets }: TokenRequest, text: string): string {
  if (secrets.some(secret => secret.length < minSecretLength)) return '(not shown)'
  // The redactor knows no `+` for a blank.
  const written = new Set(secrets.flatMap(secret => [secret, formEncode(secret)]))
  const sorted = [...written].sort((one, other) => other.length - one.length)
  return createRedactor(sorted.map(secret => ({ text: secret, placeholder: '***' }))).redact(text)
}

const truncated = (text: string) => (text.length > 2000 ? `${text.slice(0, 2000)}…` : text)

const failed = (status: number | undefined, text: string): TokenRequestFailure => ({
  kind: 'failed',
  status,
  text,
})
