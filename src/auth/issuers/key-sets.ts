import type { CryptoKey, JWK, JWTHeaderParameters } from 'jose'
import { LRUCache } from 'lru-cache'
import { day, hour, minute } from '../../domain/duration.ts'
import { isLoopbackUrl, type JwtAlgorithm, urlProblem } from '../../domain/tenants/issuers.ts'
import { isObject, type Json, type JsonObject } from '../../scim/json.ts'
import { IssuerFetchError, type SafeFetch } from './safe-fetch.ts'

export type KeySource =
  | { readonly kind: 'jwks'; readonly url: string }
  | { readonly kind: 'metadata'; readonly issuer: string }

export type FoundKey =
  | { readonly key: IssuerKey }
  | { readonly refusal: 'unknown-key' | 'weak-algorithm' | 'keys-unreachable' }

/** What is known of the keys of a source. Times are milliseconds since 1970 by the machine's clock. */
export type KeySetStatus = {
  readonly url?: string
  readonly keys: readonly IssuerKey[]
  readonly fetched?: number
  readonly unreachableSince?: number
  readonly reason?: string
  readonly failures: number
}

export type KeySet = {
  /** The key that signed a token with this header; fetches the keys if it may be a new one. */
  find(header: JWTHeaderParameters & { readonly alg: JwtAlgorithm }): Promise<FoundKey>
  /** Whether a key is still in the set, and the set not too old. Counts as a use of the set. */
  isTrusted(key: IssuerKey): boolean
  /** Never rejects. */
  fetch(): Promise<boolean>
  fetchIfDue(): Promise<void>
  status(): KeySetStatus
}

// Microsoft's rules for the rollover of signing keys: keep keys for 24 hours, refresh them hourly, and fetch at most every five
// minutes because of an unknown key. On loopback, rehearsing a rollover takes a second.
const maxAge = day
const refreshInterval = hour
const cooldown = 5 * minute
const loopbackCooldown = 1000
/** Without any keys, no token can be verified. */
const retryInterval = 10_000
const idleAfter = day

type KeySetOptions = {
  readonly source: KeySource
  readonly safeFetch: Pick<SafeFetch, 'json'>
  readonly clock: () => number
  /** At least 0 and below 1: spreads the refreshes of instances. */
  readonly random: () => number
}

function createKeySet({ source, safeFetch, clock, random }: KeySetOptions): KeySet {
  const isLocal = isLoopbackUrl(source.kind === 'jwks' ? source.url : source.issuer)
  let keys: readonly IssuerKey[] = []
  let url: string | undefined = source.kind === 'jwks' ? source.url : undefined
  let fetched: number | undefined
  let attempted = Number.NEGATIVE_INFINITY
  let unreachableSince: number | undefined
  let reason: string | undefined
  let failures = 0
  let due = 0
  let used = Number.NEGATIVE_INFINITY
  let pending: Promise<boolean> | undefined

  const isFresh = () => fetched !== undefined && clock() - fetched < maxAge

  const takeOver = (found: readonly IssuerKey[]) => {
    const known = new Map(keys.map(key => [keyIdentity(key), key]))
    keys = found.map(key => known.get(keyIdentity(key)) ?? key)
  }

  const fetchKeys = async (): Promise<boolean> => {
    const at = clock()
    attempted = at
    try {
      const from = source.kind === 'jwks' ? source.url : await discoverKeys(source.issuer, safeFetch)
      url = from
      const document = await safeFetch.json(from)
      takeOver(readKeySet(document).map(key => toIssuerKey(key, at)))
      fetched = at
      unreachableSince = undefined
      reason = undefined
      due = at + refreshInterval * (0.9 + 0.2 * random())
      return true
    } catch (error) {
      if (!(error instanceof IssuerFetchError)) throw error
      failures++
      unreachableSince ??= at
      reason = error.message
      due = at + cooldown
      return false
    }
  }

  const fetchOnce = (): Promise<boolean> => {
    pending ??= fetchKeys().finally(() => {
      pending = undefined
    })
    return pending
  }

  const select = (header: Parameters<KeySet['find']>[0]): FoundKey => {
    const [key, ...others] = matchingKeys(keys, header)
    // Without `kid`, or with one that several keys have, nobody knows which key it is.
    if (!key || others.length > 0) return { refusal: 'unknown-key' }
    return isWeak(key) ? { refusal: 'weak-algorithm' } : { key }
  }

  return {
    async find(header) {
      used = clock()
      const mayFetch = (interval: number) => pending !== undefined || clock() - attempted >= interval
      if (!isFresh() && mayFetch(isLocal ? loopbackCooldown : retryInterval)) await fetchOnce()
      if (!isFresh()) return { refusal: 'keys-unreachable' }
      const found = select(header)
      const isUnknown = 'refusal' in found && found.refusal === 'unknown-key' && header.kid !== undefined
      if (!isUnknown) return found
      if (mayFetch(isLocal ? loopbackCooldown : cooldown)) await fetchOnce()
      const again = select(header)
      return 'refusal' in again && unreachableSince !== undefined ? { refusal: 'keys-unreachable' } : again
    },

    isTrusted(key) {
      used = clock()
      return isFresh() && keys.includes(key)
    },
    fetch: fetchOnce,

    async fetchIfDue() {
      const now = clock()
      if (now >= due && now - used < idleAfter) await fetchOnce()
    },

    status: () => ({
      ...(url !== undefined && { url }),
      keys,
      ...(fetched !== undefined && { fetched }),
      ...(unreachableSince !== undefined && { unreachableSince }),
      ...(reason !== undefined && { reason }),
      failures,
    }),
  }
}

export type KeySets = {
  of(source: KeySource): KeySet
  /** Called every minute. */
  fetchDue(): Promise<void>
}

const maxKeySets = 1000

export function createKeySets({
  safeFetch,
  clock = () => Date.now(),
  random = Math.random,
}: {
  readonly safeFetch: Pick<SafeFetch, 'json'>
  readonly clock?: () => number
  readonly random?: () => number
}): KeySets {
  const sets = new LRUCache<string, KeySet>({ max: maxKeySets })
  return {
    of(source) {
      const key = source.kind === 'jwks' ? `jwks ${source.url}` : `metadata ${source.issuer}`
      const known = sets.get(key)
      if (known) return known
      const created = createKeySet({ source, safeFetch, clock, random })
      sets.set(key, created)
      return created
    },
    fetchDue: async () => void (await Promise.all([...sets.values()].map(set => set.fetchIfDue()))),
  }
}

/** OpenID Connect Discovery §4 appends the path; RFC 8414 §3 inserts it behind the host. */
function metadataUrls(issuer: string): readonly string[] {
  const { origin, pathname, search } = new URL(issuer)
  const path = pathname.replace(/\/+$/, '')
  return [
    `${origin}${path}/.well-known/openid-configuration${search}`,
    `${origin}/.well-known/oauth-authorization-server${path}${search}`,
  ]
}

/** Rejects with `IssuerFetchError`. */
export async function discoverKeys(issuer: string, { json }: Pick<SafeFetch, 'json'>): Promise<string> {
  const problem = urlProblem(issuer)
  if (problem) throw new IssuerFetchError(problem, false)
  let failure: unknown
  for (const url of metadataUrls(issuer)) {
    try {
      return keysIn(await json(url), issuer)
    } catch (error) {
      failure ??= error
      // The other document is on the same server.
      if (!(error instanceof IssuerFetchError) || !error.reached) break
    }
  }
  throw failure
}

function keysIn(document: unknown, issuer: string): string {
  if (!isObject(document)) throw invalid('The metadata are not a JSON object.')
  // Otherwise one issuer could speak for another (RFC 8414 §3.3).
  if (document.issuer !== issuer) throw invalid('The metadata are of another issuer than this one.')
  return keysUrl(document, issuer)
}

function keysUrl({ jwks_uri: url }: JsonObject, issuer: string): string {
  if (typeof url !== 'string') throw invalid('The metadata have no jwks_uri.')
  const problem = urlProblem(url)
  if (problem) throw invalid(`The jwks_uri of the metadata is not allowed. ${problem}`)
  if (isLoopbackUrl(url) && !isLoopbackUrl(issuer)) {
    throw invalid('The jwks_uri of the metadata is not allowed. Only an issuer on this machine may name it.')
  }
  return url
}

const invalid = (message: string) => new IssuerFetchError(message, true)

/** A public key of an issuer. The same key is the same object, however often it is fetched. */
export type IssuerKey = {
  readonly jwk: JWK
  readonly firstSeen: number
  readonly import: (algorithm: string) => Promise<CryptoKey>
}

const maxKeys = 1000

/** The keys in a JWK set (RFC 7517 §5), which is accepted as a whole or not at all. Throws `IssuerFetchError`. */
function readKeySet(document: Json): readonly JsonObject[] {
  const keys = isObject(document) ? document.keys : undefined
  if (!Array.isArray(keys)) throw invalid('The response is not a JWK set: it has no array "keys".')
  if (keys.length > maxKeys) throw invalid(`The JWK set has more than ${maxKeys} keys.`)
  if (!keys.every(isObject)) throw invalid('The JWK set has a member that is no key.')
  return keys
}

/** Only these members are used: a certificate or a URL in a key must not replace it (RFC 8725 §3.10). */
const members = ['kty', 'kid', 'alg', 'use', 'key_ops', 'n', 'e', 'crv', 'x', 'y'] as const

function toIssuerKey(key: JsonObject, firstSeen: number): IssuerKey {
  const jwk = Object.fromEntries(members.flatMap(name => (name in key ? [[name, key[name]]] : []))) as JWK
  const imported = new Map<string, Promise<CryptoKey>>()
  return {
    jwk,
    firstSeen,
    import(algorithm) {
      const known = imported.get(algorithm) ?? importKey(jwk, algorithm)
      imported.set(algorithm, known)
      return known
    },
  }
}

/** The library is loaded with the first key, which most servers never have. */
async function importKey(jwk: JWK, algorithm: string): Promise<CryptoKey> {
  const { importJWK } = await import('jose')
  return importJWK(jwk, algorithm) as Promise<CryptoKey>
}

const keyIdentity = ({ jwk }: IssuerKey): string => JSON.stringify(jwk)

const curves: Readonly<Partial<Record<string, string>>> = {
  ES256: 'P-256',
  ES384: 'P-384',
  ES512: 'P-521',
  EdDSA: 'Ed25519',
}

/** Whether a key is for this algorithm (RFC 7517 §4, RFC 7518 §3.1). */
function fits({ jwk }: IssuerKey, algorithm: string): boolean {
  const { kty, alg, use, key_ops: operations, crv } = jwk
  if (use !== undefined && use !== 'sig') return false
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return false
  if (alg !== undefined && alg !== algorithm) return false
  if (/^[RP]S/.test(algorithm)) return kty === 'RSA'
  return kty === (algorithm === 'EdDSA' ? 'OKP' : 'EC') && crv === curves[algorithm]
}

const matchingKeys = (
  keys: readonly IssuerKey[],
  { kid, alg }: JWTHeaderParameters & { readonly alg: JwtAlgorithm },
): readonly IssuerKey[] => keys.filter(key => fits(key, alg) && (kid === undefined || key.jwk.kid === kid))

const minModulusBits = 2048

/** Whether an RSA key is too short (RFC 7518 §3.3). */
function isWeak({ jwk: { kty, n = '' } }: IssuerKey): boolean {
  if (kty !== 'RSA') return false
  const modulus = Buffer.from(String(n), 'base64url')
  const start = modulus.findIndex(byte => byte !== 0)
  const first = modulus[start] ?? 0
  const bits = start < 0 ? 0 : (modulus.length - start) * 8 - Math.clz32(first) + 24
  return bits < minModulusBits
}
