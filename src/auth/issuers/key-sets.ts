import type { JWTHeaderParameters } from 'jose'
import { LRUCache } from 'lru-cache'
import { day, hour, minute } from '../../domain/duration.ts'
import { isLoopbackUrl, type JwtAlgorithm } from '../../domain/tenants/issuers.ts'
import { type IssuerKey, isWeak, keyIdentity, matchingKeys, readKeySet, toIssuerKey } from './keys.ts'
import { discoverKeys } from './metadata.ts'
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
