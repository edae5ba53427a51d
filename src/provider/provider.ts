import type { Json } from '../scim/json.ts'
import type { ResourceId, Stored } from '../scim/resource.ts'
import type { ResourceStore, Written } from '../store/resource-store.ts'
import type { Call } from './call.ts'
import { createCreate } from './create.ts'
import { createCursors } from './cursor.ts'
import { createFind } from './find.ts'
import { createList, type ListCall, type Listed, type ListQuery } from './list.ts'
import { createPatch, type Patched } from './patch.ts'
import { createRemove } from './remove.ts'
import { createReplace } from './replace.ts'
import { createRepresent, type Representation, type Represented } from './represent.ts'
import { createWalks } from './walks.ts'

export type { Written }

/**
 * What each SCIM operation does (RFC 7644 §3), whatever the transport. All throw `ScimError`; an id that
 * names nothing is `noSuchResource`.
 */
export type Provider = {
  create(call: Call, body: Json | undefined): Promise<Written>
  find(call: Call, id: ResourceId): Promise<Stored>
  list(call: ListCall, query: ListQuery): Promise<Listed>
  replace(call: Call, id: ResourceId, body: Json | undefined): Promise<Written>
  patch(call: Call, id: ResourceId, body: Json | undefined): Promise<Patched>
  remove(call: Call, id: ResourceId): Promise<Stored>
  /** Resources as JSON texts, in the same order. */
  represent(
    call: Call,
    stored: readonly Stored[],
    representation: Representation,
  ): Promise<readonly Represented[]>
  /** The same, handing its change to the store in turn: what is handed over later is written later. */
  inTurn(turn: Turn): Provider
  /** The directory is another now: a walk that was under way has to start again. */
  forgetCursors(): void
}

/** A place in a sequence of changes. Whatever comes before the change, such as hashing, waits for nobody. */
export type Turn = {
  /** Resolves when the changes before this one have been handed over. */
  readonly begins: Promise<unknown>
  /** Called when this one has been handed over. */
  readonly end: () => void
}

export function createProvider({ store }: { store: ResourceStore }): Provider {
  const cursors = createCursors()
  const provider: Provider = {
    create: createCreate(store),
    find: createFind(store),
    list: createList({ store, cursors, walks: createWalks() }),
    replace: createReplace(store),
    patch: createPatch(store),
    remove: createRemove(store),
    represent: createRepresent(store),
    // Lists are as they were: a cursor of one provider means nothing to another.
    inTurn: turn => ({
      ...createProvider({ store: storeInTurn(store, turn) }),
      list: provider.list,
    }),
    forgetCursors: cursors.forget,
  }
  return provider
}

function storeInTurn(store: ResourceStore, { begins, end }: Turn): ResourceStore {
  const inTurn =
    <Change extends readonly unknown[], Result>(handOver: (...change: Change) => Promise<Result>) =>
    async (...change: Change): Promise<Result> => {
      await begins
      const result = handOver(...change)
      end()
      return result
    }
  return {
    ...store,
    insert: inTurn(store.insert),
    update: inTurn(store.update),
    remove: inTurn(store.remove),
  }
}
