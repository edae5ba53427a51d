import { createHmac, hash, timingSafeEqual } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { SignedPart } from '../../domain/journal/exchange.ts'

// AWS Signature Version 4:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

export type SignedRequest = {
  readonly method: string
  /** Path and query, not decoded. */
  readonly url: string
  /** By lower-case names, with the values of repeated headers. */
  readonly headers: Readonly<Record<string, readonly string[] | undefined>>
  /** Undefined before it is read: its hash is then the one that the client announces. */
  readonly body: Buffer | undefined
}

export type Signature = {
  readonly keyId: string
  /** `20261126`. */
  readonly day: string
  readonly region: string
  readonly service: string
  readonly signedHeaders: readonly string[]
  readonly digits: string
}

const algorithm = 'AWS4-HMAC-SHA256'

export function missingParts(authorization: string): readonly string[] {
  const parts = partsOf(authorization)
  return ['Credential', 'Signature', 'SignedHeaders'].filter(name => !parts.get(name))
}

export function readSignature(authorization: string): Signature | undefined {
  const parts = partsOf(authorization)
  // The ID of a key contains no slash, and neither does any other part.
  const [keyId, day, region, service, end, ...rest] = (parts.get('Credential') ?? '').split('/')
  const signedHeaders = (parts.get('SignedHeaders') ?? '').split(';').filter(Boolean)
  const digits = parts.get('Signature') ?? ''
  if (!keyId || !day || !region || !service || end !== 'aws4_request' || rest.length > 0) return undefined
  return signedHeaders.length === 0 || digits === ''
    ? undefined
    : { keyId, day, region, service, signedHeaders, digits }
}

function partsOf(authorization: string): ReadonlyMap<string, string> {
  const [, parts = ''] = /^AWS4-HMAC-SHA256\s+(.*)$/s.exec(authorization.trim()) ?? []
  return new Map(
    parts.split(',').map(part => {
      const [name = '', ...value] = part.trim().split('=')
      return [name, value.join('=').trim()] as const
    }),
  )
}

/** The time in `X-Amz-Date` in milliseconds since 1970; undefined unless it has the form `20261126T053422Z`. */
export function readSigningTime(text: string): number | undefined {
  const digits = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text)
  if (!digits) return undefined
  const [, year, month, day, hour, minute, second] = digits
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(time) ? undefined : time
}

export const formatSigningTime = (time: number): string =>
  new Date(time).toISOString().replace(/[-:]|\.\d+/g, '')

const headerOf = ({ headers }: SignedRequest, name: string): string | undefined =>
  headers[name]?.map(value => value.trim().replace(/ +/g, ' ')).join(',')

const requiredHeaders = ['host', 'x-amz-date']

/** Undefined if the signature is valid. `secret`: it differs for another or unknown reason. The time is not checked. */
export type FindDifference = (
  request: SignedRequest,
  signature: Signature,
  secret: string,
) => SignedPart | undefined

/** Keys of the last days, regions and services. Deriving one takes longer than the rest of a verification. */
const maxSigningKeys = 100

export function createVerifier(): FindDifference {
  const keys = new LRUCache<string, Buffer>({ max: maxSigningKeys })
  const signingKey = ({ day, region, service }: Signature, secret: string): Buffer => {
    const name = [day, region, service, secret].join(' ')
    const known = keys.get(name)
    if (known) return known
    const parts = [day, region, service, 'aws4_request']
    const key = parts.reduce<Buffer>(hmac, Buffer.from(`AWS4${secret}`))
    keys.set(name, key)
    return key
  }
  return (request, signature, secret) => {
    const { signedHeaders, day } = signature
    const required = [...requiredHeaders, ...(request.headers['x-amz-target'] ? ['x-amz-target'] : [])]
    const isCovered =
      // Each header is signed once: a long value under a repeated name would be hashed a thousand times.
      new Set(signedHeaders).size === signedHeaders.length &&
      required.every(name => signedHeaders.includes(name)) &&
      signedHeaders.every(name => request.headers[name] !== undefined)
    if (!isCovered) return 'headers'
    const time = headerOf(request, 'x-amz-date') ?? ''
    if (!time.startsWith(`${day}T`)) return 'time'
    const announcedHash = headerOf(request, 'x-amz-content-sha256')
    const bodyHash = request.body ? hash('sha256', request.body, 'hex') : (announcedHash ?? '')
    if (announcedHash !== undefined && announcedHash !== bodyHash) return 'body'
    const signs = createComparison(signature, signingKey(signature, secret), time)
    const canonical = { request, signature, bodyHash }
    if (signs(canonicalRequest(canonical))) return undefined
    // A proxy may have replaced the host.
    const forwarded = headerOf(request, 'x-forwarded-host')?.split(',', 1)[0]?.trim()
    if (forwarded && signs(canonicalRequest({ ...canonical, host: forwarded }))) return undefined
    return explainDifference(canonical, signs)
  }
}

function explainDifference(canonical: Canonical, signs: (text: string) => boolean): SignedPart {
  const { request, signature } = canonical
  const [, port = ''] = /(:\d+)$/.exec(headerOf(request, 'host') ?? '') ?? []
  const prefix = signature.service === 'sso' ? 'sso' : signature.service
  const hosts = [
    ...['localhost', '127.0.0.1', '[::1]'].flatMap(name => [name, `${name}${port}`]),
    `${prefix}.${signature.region}.amazonaws.com`,
  ]
  if (hosts.some(host => signs(canonicalRequest({ ...canonical, host })))) return 'host'
  const [path = '/'] = request.url.split('?', 1)
  const paths = ['/', path.endsWith('/') ? path.slice(0, -1) : `${path}/`].filter(other => other !== path)
  if (paths.some(url => signs(canonicalRequest({ ...canonical, request: { ...request, url } }))))
    return 'path'
  const emptyHash = hash('sha256', '', 'hex')
  return signs(canonicalRequest({ ...canonical, bodyHash: emptyHash })) ? 'body' : 'secret'
}

type Canonical = {
  readonly request: SignedRequest
  readonly signature: Signature
  readonly bodyHash: string
  readonly host?: string
}

function canonicalRequest({ request, signature, bodyHash, host }: Canonical): string {
  const { signedHeaders } = signature
  const [path = '/', ...query] = request.url.split('?')
  const signedValue = (name: string) =>
    name === 'host' && host !== undefined ? host : (headerOf(request, name) ?? '')
  return [
    request.method,
    path.split('/').map(encode).join('/'),
    canonicalQuery(query.join('?')),
    ...signedHeaders.map(name => `${name}:${signedValue(name)}`),
    '',
    signedHeaders.join(';'),
    bodyHash,
  ].join('\n')
}

/** Clients encode the path that they send once more. The paths here need no encoding. */
const encode = (segment: string): string =>
  encodeURIComponent(segment.toWellFormed()).replace(
    /[!'()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )

/** Parameters in order of their names, then of their values. */
const canonicalQuery = (query: string): string =>
  query === ''
    ? ''
    : query
        .split('&')
        .map(parameter => (parameter.includes('=') ? parameter : `${parameter}=`))
        .map(parameter => ({ parameter, name: parameter.slice(0, parameter.indexOf('=')) }))
        .sort((one, other) => compare(one.name, other.name) || compare(one.parameter, other.parameter))
        .map(({ parameter }) => parameter)
        .join('&')

const compare = (one: string, other: string): number => (one < other ? -1 : Number(one > other))

/** Returns a function that checks whether the signature is that of a canonical request. Compares in constant time. */
function createComparison({ day, region, service, digits }: Signature, key: Buffer, time: string) {
  const scope = [day, region, service, 'aws4_request'].join('/')
  const received = Buffer.from(digits)
  return (canonical: string): boolean => {
    const text = [algorithm, time, scope, hash('sha256', canonical, 'hex')].join('\n')
    const expected = Buffer.from(hmac(key, text).toString('hex'))
    return expected.length === received.length && timingSafeEqual(expected, received)
  }
}

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
