import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose'
import type { Test } from 'tap'

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>

/** A key pair with its public key as an issuer publishes it. */
export type SigningKey = {
  readonly alg: string
  readonly kid: string
  readonly jwk: JWK
  readonly privateKey: KeyPair['privateKey']
  readonly publicKey: KeyPair['publicKey']
}

export async function createSigningKey(
  kid: string,
  alg = 'ES256',
  modulusLength?: number,
): Promise<SigningKey> {
  const options = { extractable: true, ...(modulusLength !== undefined && { modulusLength }) }
  const { privateKey, publicKey } = await generateKeyPair(alg, options)
  return { alg, kid, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }, privateKey, publicKey }
}

/** Signs claims. Header members that are undefined are left out. */
export const signJwt = (
  { alg, kid, privateKey }: SigningKey,
  claims: JWTPayload,
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> => {
  const members = Object.entries({ alg, kid, typ: 'at+jwt', ...header }).filter(
    ([, value]) => value !== undefined,
  )
  const protectedHeader = Object.fromEntries(members) as { alg: string }
  return new SignJWT(claims).setProtectedHeader(protectedHeader).sign(privateKey)
}

const toPart = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token with any header, claims and signature. */
export const forgeJwt = (header: object, claims: object, signature = ''): string =>
  `${toPart(header)}.${toPart(claims)}.${signature}`

/** How an issuer responds to a request for its keys. */
type KeyResponse = {
  readonly status?: number
  readonly headers?: Record<string, string>
  readonly body?: string
}

/** An issuer on loopback, with metadata and keys. */
export type JwtIssuer = {
  /** Its `iss`. */
  readonly issuer: string
  readonly jwks: string
  /** The number of requests for its keys. */
  fetches(): number
  publish(...keys: readonly JWK[]): void
  /** Responds to requests for its keys with this from now on, or not at all; undefined for the keys. */
  respondWith(response: KeyResponse | 'silence' | undefined): void
  /** Names this as its jwks_uri from now on. */
  announceKeys(location: unknown): void
  /** Refuses connections from now on. */
  close(): Promise<void>
}

export async function startIssuer(t: Pick<Test, 'teardown'>, ...keys: readonly JWK[]): Promise<JwtIssuer> {
  let published = keys
  let special: KeyResponse | 'silence' | undefined
  let announced: unknown
  let fetches = 0
  const server: Server = createServer((request, response) => {
    const json = { 'content-type': 'application/json' }
    if (request.url === '/.well-known/openid-configuration') {
      response.writeHead(200, json).end(JSON.stringify({ issuer, jwks_uri: announced ?? `${issuer}/keys` }))
      return
    }
    if (request.url !== '/keys') {
      response.writeHead(404).end()
      return
    }
    fetches++
    if (special === 'silence') return
    const { status = 200, headers = json, body = JSON.stringify({ keys: published }) } = special ?? {}
    response.writeHead(status, headers).end(body)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = () =>
    new Promise<void>(resolve => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  t.teardown(close)
  return {
    issuer,
    jwks: `${issuer}/keys`,
    fetches: () => fetches,
    publish: (...next) => {
      published = next
    },
    respondWith: response => {
      special = response
    },
    announceKeys: location => {
      announced = location
    },
    close,
  }
}
