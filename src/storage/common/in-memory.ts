import { LRUCache } from 'lru-cache'
import type { ConsoleSession, ConsoleSessionStore } from '../../domain/ports/console-access.ts'
import type { TakePermit } from '../../domain/ports/engine.ts'
import type { KeptOrders, ResourceStore } from '../../domain/ports/resources.ts'

type Bucket = { permits: number; filled: number }

/** Permits in memory: a second without requests fills a bucket. `monotonic` returns milliseconds. */
export function createPermits(monotonic: () => number): TakePermit {
  const buckets = new Map<string, Bucket>()
  return (tenant, kind, rate) => {
    const now = monotonic()
    const name = `${tenant} ${kind}`
    const bucket = buckets.get(name) ?? { permits: rate, filled: now }
    buckets.set(name, bucket)
    bucket.permits = Math.min(rate, bucket.permits + ((now - bucket.filled) * rate) / 1000)
    bucket.filled = now
    if (bucket.permits < 1) return false
    bucket.permits -= 1
    return true
  }
}

type OrderLimits = {
  readonly orders: number
  /** The maximum for all orders together. The newest order is kept even if it exceeds this by itself. */
  readonly keys: number
  /** The maximum time between two pages, in milliseconds. */
  readonly age: number
}

const defaultLimits: OrderLimits = { orders: 100, keys: 5_000_000, age: 60 * 60 * 1000 }

/** `machine` is the real time. */
export function createKeptOrders(
  { orderedKeys }: Pick<ResourceStore, 'orderedKeys'>,
  { orders: max, keys: maxKeys, age }: OrderLimits = defaultLimits,
  machine = Date.now,
): KeptOrders {
  const orders = new LRUCache<number, Float64Array>({
    max,
    maxSize: maxKeys,
    // A larger order replaces all others.
    sizeCalculation: keys => Math.min(Math.max(keys.length, 1), maxKeys),
    ttl: age,
    ttlResolution: 0,
    updateAgeOnGet: true,
    perf: { now: machine },
  })
  let last = 0

  return {
    async keep(tenant, query, count) {
      const keys = await orderedKeys(tenant, query)
      const order = { length: keys.length, first: keys.slice(0, count) }
      if (keys.length <= count) return order
      orders.purgeStale()
      orders.set(++last, keys)
      return { ...order, id: last }
    },
    section: async (id, from, to) => orders.get(id)?.subarray(from, to),
  }
}

const isOfSamePerson = (one: ConsoleSession, other: ConsoleSession): boolean =>
  one.issuer === other.issuer && one.subject === other.subject

export function createSessionsInMemory(): ConsoleSessionStore {
  // A use moves a session to the end, so the first one is the least recently used.
  const sessions = new Map<string, ConsoleSession>()
  const keyOf = (hash: Buffer) => hash.toString('base64')
  return {
    async save(hash, session, limits) {
      const own = [...sessions].filter(([, other]) => isOfSamePerson(session, other)).map(([key]) => key)
      for (const key of own.slice(0, Math.max(0, own.length + 1 - limits.person))) sessions.delete(key)
      const first = own.find(key => sessions.has(key)) ?? sessions.keys().next().value
      if (first !== undefined && sessions.size >= limits.total) sessions.delete(first)
      sessions.set(keyOf(hash), session)
    },
    find: async hash => sessions.get(keyOf(hash)),
    get: async id => [...sessions.values()].find(session => session.id === id),
    async touch(hash, lastUsed) {
      const key = keyOf(hash)
      const session = sessions.get(key)
      if (!session) return
      sessions.delete(key)
      sessions.set(key, { ...session, lastUsed })
    },
    list: async () => [...sessions.values()].sort((a, b) => b.created - a.created),
    async end(id) {
      const found = [...sessions].find(([, session]) => session.id === id)
      return found !== undefined && sessions.delete(found[0])
    },
    async endAll() {
      const { size } = sessions
      sessions.clear()
      return size
    },
    async prune({ expired, idle }) {
      for (const [key, { expires, lastUsed }] of sessions) {
        if (expires <= expired || lastUsed < idle) sessions.delete(key)
      }
    },
  }
}
