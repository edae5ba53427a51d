import { LRUCache } from 'lru-cache'
import type { KeptOrders, ResourceStore } from '../../domain/ports/resources.ts'

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
