import { errors } from '../scim/error.ts'
import type { ResourceId, Stored } from '../scim/resource.ts'
import type { ResourceStore } from '../store/resource-store.ts'
import { type Call, placeOf } from './call.ts'

/** GET by id (RFC 7644 §3.4.1). */
export const createFind =
  (store: ResourceStore) =>
  async (call: Call, id: ResourceId): Promise<Stored> => {
    const stored = await store.find(placeOf(call, id))
    if (!stored) throw errors.noSuchResource(call.type.name, id)
    return stored
  }
