import { randomBytes } from 'node:crypto'
import { createKeptOrders } from '../../src/persistence/kept-orders.ts'
import type { ResourceStore } from '../../src/ports/resources.ts'
import { createProvider, type Provider } from '../../src/provider/provider.ts'

/** A provider over a store alone: orders of sorted lists and the key of cursors are in memory. */
export function createProviderOver(store: ResourceStore): Provider {
  const key = randomBytes(32)
  return createProvider({ store, orders: createKeptOrders(store), cursorKey: () => key })
}
