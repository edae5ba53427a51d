import { randomBytes } from 'node:crypto'
import type { ResourceStore } from '../../src/domain/ports/resources.ts'
import { createProvider, type Provider } from '../../src/scim-api/provider/provider.ts'
import { createKeptOrders } from '../../src/storage/common/in-memory.ts'

/** A provider over a store alone: orders of sorted lists and the key of cursors are in memory. */
export function createProviderOver(store: ResourceStore): Provider {
  const key = randomBytes(32)
  return createProvider({ store, orders: createKeptOrders(store), cursorKey: () => key })
}
