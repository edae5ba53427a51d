import { createHash, randomBytes, type webcrypto } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Fastify from 'fastify'
import { exportJWK, exportSPKI, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose'
import {
  provisioningAppId,
  provisioningObjectId,
  rotationPath,
  tokenServicePaths,
  workloadObjectId,
} from './credentials/microsoft.ts'

export type TokenServiceOptions = {
  /** 0 picks a free port. */
  readonly port: number
  readonly tenantId: string
  readonly asMicrosoft?: boolean
  /** Milliseconds since 1970. */
  readonly clock?: () => number
}

export type TokenService = {
  readonly address: string
  readonly issuers: Readonly<Record<TokenVersion, string>>
  readonly keys: string
  rotateKeys(): Promise<string>
  close(): Promise<void>
}

/** A request that the service refuses, RFC 6749 §5.2. */
class TokenError extends Error {
  readonly statusCode = 400
  readonly code: string
  constructor(code: string, description: string) {
    super(description)
    this.name = 'TokenError'
    this.code = code
  }
}

const host = '127.0.0.1'

/**
 * Starts a stand-in for Microsoft's token service on a loopback address. It authenticates nobody: tokens of its keys are
 * good only where these keys are trusted.
 */
export async function startTokenService(options: TokenServiceOptions): Promise<TokenService> {
  const { port, tenantId, asMicrosoft = false, clock = Date.now } = options
  const keys = await createSigningKeys()
  const app = Fastify({ forceCloseConnections: true })
  app.addHook('onRequest', rejectForeignRequests)
  app.setErrorHandler(sendError)
  app.setNotFoundHandler(async () => {
    throw new TokenError('invalid_tenant', `This token service has the directory ${tenantId} only.`)
  })
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => done(null, new URLSearchParams(String(body))),
  )

  // The address is known once the service listens; requests arrive later.
  let origin = ''
  const issuers = () => (asMicrosoft ? microsoftIssuers(tenantId) : ownIssuers(`${origin}/${tenantId}`))
  const paths = tokenServicePaths(tenantId)
  for (const version of ['v1', 'v2'] as const) {
    const { metadata, keys: keySet, token } = paths[version]
    app.get(metadata, async () => ({
      issuer: issuers()[version],
      token_endpoint: `${origin}${token}`,
      jwks_uri: `${origin}${keySet}`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
      response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
    }))
    app.get(keySet, async () => ({ keys: keys.published() }))
    app.post(token, async ({ body }, reply) => {
      const { appId, audience } = readTokenRequest(version, body)
      const issued = issuedClaims({
        version,
        issuer: issuers()[version],
        tenantId,
        appId,
        audience,
        now: clock(),
      })
      reply.header('cache-control', 'no-store').header('pragma', 'no-cache')
      return tokenResponse(version, audience, await keys.sign(issued.claims), issued.expiresIn)
    })
  }
  app.post(rotationPath, async () => ({ kid: await keys.rotate() }))

  origin = await listenOn(app, port)
  return {
    address: `${origin}/${tenantId}`,
    issuers: issuers(),
    keys: `${origin}${paths.v2.keys}`,
    rotateKeys: keys.rotate,
    close: () => app.close(),
  }
}

async function listenOn(app: FastifyInstance, port: number): Promise<string> {
  await app.listen({ host, port })
  const address = app.server.address()
  return `http://${host}:${address && typeof address === 'object' ? address.port : port}`
}

const ownIssuers = (address: string) => ({ v1: `${address}/`, v2: `${address}/v2.0` })

const microsoftIssuers = (tenantId: string) => ({
  v1: `https://sts.windows.net/${tenantId}/`,
  v2: `https://login.microsoftonline.com/${tenantId}/v2.0`,
})

/**
 * A page of another site reaches a loopback address in two ways: under a name of its own that resolves to it (DNS
 * rebinding), or by its address, with `Origin`.
 */
async function rejectForeignRequests({ headers }: FastifyRequest): Promise<void> {
  const name = URL.parse(`http://${headers.host ?? ''}`)?.hostname ?? ''
  if (!/^(127(\.\d{1,3}){3}|\[::1\]|localhost)$/i.test(name))
    throw new TokenError(
      'invalid_request',
      'This token service accepts only localhost and 127.0.0.1 as its host name.',
    )
  if (headers.origin !== undefined)
    throw new TokenError('invalid_request', 'This token service accepts no requests of pages.')
}

function readTokenRequest(version: TokenVersion, body: unknown) {
  if (!(body instanceof URLSearchParams))
    throw new TokenError('invalid_request', 'The body must be application/x-www-form-urlencoded.')
  if (body.get('grant_type') !== 'client_credentials')
    throw new TokenError('unsupported_grant_type', 'The grant_type must be client_credentials.')
  return {
    appId: required(body, 'client_id'),
    audience: version === 'v1' ? required(body, 'resource') : scope(body),
  }
}

function required(body: URLSearchParams, name: string): string {
  const value = body.get(name)
  if (value) return value
  throw new TokenError('invalid_request', `The parameter ${name} is required.`)
}

function scope(body: URLSearchParams): string {
  const [, resource] = /^(.+)\/\.default$/.exec(required(body, 'scope')) ?? []
  if (resource !== undefined) return resource
  throw new TokenError('invalid_scope', 'The scope must be a resource followed by /.default.')
}

/** Version 1 writes numbers as text. */
const tokenResponse = (version: TokenVersion, resource: string, token: string, expiresIn: number) =>
  version === 'v1'
    ? { token_type: 'Bearer', expires_in: String(expiresIn), resource, access_token: token }
    : { token_type: 'Bearer', expires_in: expiresIn, ext_expires_in: expiresIn, access_token: token }

async function sendError(
  error: Error & { statusCode?: number },
  _request: FastifyRequest,
  reply: FastifyReply,
) {
  const code = error instanceof TokenError ? error.code : 'invalid_request'
  return reply.code(error.statusCode ?? 500).send({ error: code, error_description: error.message })
}

const minute = 60
const hour = 60 * minute

/** Microsoft dates its tokens back by this, for clocks that are slow: `exp` is `expires_in` and 5 minutes after `iat`. */
const backdated = 5 * minute

/** Lifetimes of `expires_in`. A token of version 1 was good for 8 hours in 2019 (azure-docs#21660). */
const lifetimes = { v1: 8 * hour, v2: hour } as const

type TokenVersion = keyof typeof lifetimes

export type Grant = {
  readonly version: TokenVersion
  readonly issuer: string
  readonly tenantId: string
  readonly appId: string
  readonly audience: string
  /** Milliseconds since 1970. */
  readonly now: number
}

export type Issued = {
  readonly claims: JWTPayload
  /** Seconds from now. */
  readonly expiresIn: number
}

/** The claims of a token that Entra issues to an application (access-token-claims-reference). */
function issuedClaims({ version, issuer, tenantId, appId, audience, now }: Grant): Issued {
  const expiresIn = lifetimes[version]
  const seconds = Math.floor(now / 1000)
  const iat = seconds - backdated
  const isProvisioning = appId.toLowerCase() === provisioningAppId
  return {
    expiresIn,
    claims: {
      aud: audience,
      iss: issuer,
      iat,
      nbf: iat,
      exp: seconds + expiresIn,
      // 2: the application authenticated with a certificate.
      ...(version === 'v1' ? { appid: appId, appidacr: '2' } : { azp: appId, azpacr: '2' }),
      idp: issuer,
      oid: isProvisioning ? provisioningObjectId : workloadObjectId,
      // The provisioning service acts for the workload identity (SCIMReferenceCode, Workload Identity Federation).
      sub: provisioningObjectId,
      tid: tenantId,
      uti: randomBytes(16).toString('base64url'),
      ver: version === 'v1' ? '1.0' : '2.0',
    },
  }
}

type SigningKey = { readonly kid: string; readonly privateKey: webcrypto.CryptoKey; readonly published: JWK }

/** The keys of a token service, in memory only. */
export type SigningKeys = {
  published(): readonly JWK[]
  sign(claims: JWTPayload): Promise<string>
  /** Signs with a new key from now on; the key before the current one is withdrawn. Returns the new key's id. */
  rotate(): Promise<string>
}

async function createSigningKeys(): Promise<SigningKeys> {
  let current = await createKey()
  let previous: SigningKey | undefined
  return {
    published: () => [current, ...(previous ? [previous] : [])].map(({ published }) => published),
    // The header of a real token (azure-docs#21660).
    sign: claims =>
      new SignJWT(claims)
        .setProtectedHeader({ typ: 'JWT', alg: 'RS256', x5t: current.kid, kid: current.kid })
        .sign(current.privateKey),
    async rotate() {
      const next = await createKey()
      previous = current
      current = next
      return next.kid
    },
  }
}

async function createKey(): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { modulusLength: 2048 })
  // A key's id looks like the thumbprint of its certificate.
  const kid = createHash('sha1')
    .update(await exportSPKI(publicKey))
    .digest('base64url')
  const { kty, n, e } = await exportJWK(publicKey)
  return { kid, privateKey, published: { kty, use: 'sig', kid, x5t: kid, n, e } as JWK }
}
