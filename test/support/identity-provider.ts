import { createHash, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import type { Test } from 'tap'

/** What an identity provider is to respond with. Claims that are undefined are left out. */
type Reply = {
  readonly claims?: Readonly<Record<string, unknown>>
  /** Signs the ID token with a key that the provider does not publish. */
  readonly isForged?: boolean
  /** Parameters of the response of the authorization endpoint. */
  readonly response?: Readonly<Record<string, string>>
}

export type IdentityProvider = {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** The parameters of the last request for a sign-in. */
  lastRequest(): URLSearchParams
  /** Signs a person in for the request at this URL. Returns the URL to which the browser would be sent back. */
  authorize(location: string, reply?: Reply): URL
  /** A signed access token of the provider. */
  accessToken(claims: Readonly<Record<string, unknown>>): Promise<string>
  /** The metadata document, which tests change. */
  readonly metadata: Record<string, unknown>
  /** Paths of all requests so far. */
  readonly requests: string[]
  stop(): Promise<void>
}

const withoutUndefined = (claims: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined)) as JWTPayload

/** An OpenID provider on loopback that responds as a test wants it to, also against the rules. */
export async function startIdentityProvider(t: Pick<Test, 'teardown'>): Promise<IdentityProvider> {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const { privateKey: foreignKey } = await generateKeyPair('RS256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }
  const codes = new Map<string, { readonly request: URLSearchParams; readonly reply: Reply }>()
  const requests: string[] = []
  const metadata: Record<string, unknown> = {}
  const clientId = 'the-console'
  const clientSecret = 'the-secret-of-the-console'
  let last = new URLSearchParams()

  const sign = (claims: JWTPayload, type: string, isForged = false) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', kid: 'one', typ: type })
      .sign(isForged ? foreignKey : privateKey)

  async function redeem(authorization: string | undefined, body: string) {
    const form = new URLSearchParams(body)
    // RFC 6749, section 2.3.1: both halves are form-encoded.
    const [id, secret] = Buffer.from(authorization?.replace('Basic ', '') ?? '', 'base64')
      .toString()
      .split(':')
      .map(decodeURIComponent)
    if (id !== clientId || secret !== clientSecret) return { status: 401, body: { error: 'invalid_client' } }
    const code = form.get('code') ?? ''
    const issued = codes.get(code)
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    if (!issued || issued.request.get('code_challenge') !== challenge) {
      return { status: 400, body: { error: 'invalid_grant', error_description: '<b>secret</b>' } }
    }
    codes.delete(code)
    const { request, reply } = issued
    const now = Math.floor(Date.now() / 1000)
    const claims = withoutUndefined({
      iss: metadata.issuer,
      aud: clientId,
      sub: 'anna-1',
      name: 'Anna Berg',
      iat: now,
      exp: now + 300,
      auth_time: now,
      nonce: request.get('nonce'),
      ...reply.claims,
    })
    return {
      status: 200,
      body: {
        access_token: 'an-access-token-of-the-provider',
        token_type: 'Bearer',
        id_token: await sign(claims, 'JWT', reply.isForged),
      },
    }
  }

  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    requests.push(pathname)
    const respond = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (pathname === '/.well-known/openid-configuration') return respond(200, metadata)
    if (pathname === '/keys') return respond(200, { keys: [jwk] })
    if (pathname === '/token' && request.method === 'POST') {
      const { status, body } = await redeem(request.headers.authorization, await text(request))
      return respond(status, body)
    }
    return respond(404, {})
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  Object.assign(metadata, {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/keys`,
    end_session_endpoint: `${issuer}/end`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    authorization_response_iss_parameter_supported: true,
  })
  const stop = () =>
    new Promise<void>(resolve => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  t.teardown(stop)

  return {
    issuer,
    clientId,
    clientSecret,
    metadata,
    requests,
    stop,
    lastRequest: () => last,
    authorize(location, reply = {}) {
      const { searchParams } = new URL(location)
      last = searchParams
      const code = randomUUID()
      codes.set(code, { request: searchParams, reply })
      const back = new URL(searchParams.get('redirect_uri') ?? '')
      const parameters = { code, state: searchParams.get('state') ?? '', iss: issuer, ...reply.response }
      for (const [name, value] of Object.entries(parameters))
        if (value !== '') back.searchParams.set(name, value)
      return back
    },
    accessToken(claims) {
      const now = Math.floor(Date.now() / 1000)
      return sign(withoutUndefined({ iss: issuer, iat: now, exp: now + 300, ...claims }), 'at+jwt')
    },
  }
}
