import { isObject } from '../../../scim/json.ts'
import { createRedactor, minSecretLength } from '../../../scim/redaction/redactor.ts'
import { defaultTimeout, readResponseText, reasonOf } from '../../kit/http-target.ts'
import { parseJsonOrUndefined } from '../../kit/target.ts'
import type { IssuedToken } from './token-holder.ts'

type Parameter = readonly [name: string, value: string]

/** A request to a token endpoint, RFC 6749 §4.4.2. */
export type TokenRequest = {
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

export type Transport = {
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
export async function sendTokenRequest(
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
