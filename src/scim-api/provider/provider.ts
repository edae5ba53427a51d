import type { MaybePromise } from '../../domain/event-loop/maybe-promise.ts'
import type { KeptOrders, ResourceStore, Written } from '../../domain/ports/resources.ts'
import type { Json } from '../../scim/json.ts'
import type { Projection } from '../../scim/projection.ts'
import type { ResourceId, StoredResource } from '../../scim/resource.ts'
import type { Call } from './call.ts'
import { createCursors } from './cursor-paging.ts'
import { createList, type ListCall, type ListRequest, type ListResult } from './list.ts'
import {
  createCreate,
  createFind,
  createPatch,
  createRemove,
  createReplace,
  type PatchResult,
} from './operations.ts'
import {
  createRepresent,
  createShowsMoreMembers,
  type RepresentationOptions,
  type Represented,
} from './representation.ts'

export type { Written }

/** RFC 7644 §3. All throw `ScimError`, `noSuchResource` for an unknown ID. Reads return at once if the store does. */
export type Provider = {
  create(call: Call, body: Json | undefined): Promise<Written>
  find(call: Call, id: ResourceId): MaybePromise<StoredResource>
  list(call: ListCall, query: ListRequest): MaybePromise<ListResult>
  replace(call: Call, id: ResourceId, body: Json | undefined): Promise<Written>
  patch(call: Call, id: ResourceId, body: Json | undefined): Promise<PatchResult>
  remove(call: Call, id: ResourceId): Promise<StoredResource>
  representOne(
    call: Call,
    stored: StoredResource,
    representation: RepresentationOptions,
  ): MaybePromise<Represented>
  /** Resources as JSON texts, in the same order. Other requests are served in between. */
  represent(
    call: Call,
    stored: readonly StoredResource[],
    representation: RepresentationOptions,
  ): Promise<readonly Represented[]>
  showsMoreMembers(
    call: Call,
    stored: StoredResource,
    projection: Projection | undefined,
    count: number,
  ): MaybePromise<boolean>
  /** Returns the operations for a bulk request, which pass their changes to the store in the order of their slots. */
  inOrder(turn: WriteSlot): Provider
}

/** Work before the change, such as hashing, does not wait. */
export type WriteSlot = {
  readonly ready: Promise<unknown>
  readonly release: () => void
}

type ProviderDeps = {
  readonly store: ResourceStore
  readonly orders: KeptOrders
  readonly cursorKey: () => Buffer
}

export function createProvider({ store, orders, cursorKey }: ProviderDeps): Provider {
  const list = createList({ store, orders, cursors: createCursors(cursorKey) })
  return createProviderOver(store, list)
}

function createProviderOver(store: ResourceStore, list: Provider['list']): Provider {
  return {
    create: createCreate(store),
    find: createFind(store),
    list,
    replace: createReplace(store),
    patch: createPatch(store),
    remove: createRemove(store),
    ...createRepresent(store),
    showsMoreMembers: createShowsMoreMembers(store),
    inOrder: turn => createProviderOver(orderedStore(store, turn), list),
  }
}

function orderedStore(store: ResourceStore, { ready, release }: WriteSlot): ResourceStore {
  const inTurn =
    <Change extends readonly unknown[], Result>(handOver: (...change: Change) => Promise<Result>) =>
    async (...change: Change): Promise<Result> => {
      await ready
      const result = handOver(...change)
      release()
      return result
    }
  return {
    ...store,
    insert: inTurn(store.insert),
    update: inTurn(store.update),
    remove: inTurn(store.remove),
  }
}
