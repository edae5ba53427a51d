import { errors } from '../../scim/error.ts'
import type { Key } from '../../scim/keys.ts'
import { prepare, resourceOf } from '../../scim/prepare.ts'
import {
  type Current,
  type Prepared,
  type Related,
  type Resource,
  toResourceId,
} from '../../scim/resource.ts'
import { type ResourceType, typeNamed } from '../../scim/resource-types.ts'
import type { Effects, Moment, PastState } from '../../store/effects.ts'
import type { Draft, Place, ResourceStore, Written } from '../../store/resource-store.ts'

export type Past = {
  readonly effects: Effects
  /** The key of the tenant. */
  readonly tenant: number
  readonly moment: Moment
  readonly types: readonly ResourceType[]
  /** Whether the real answer says that another resource had a key. */
  readonly wasTaken: boolean
  /** Whether the real answer says that everybody was there whom the request names. */
  readonly membersWereThere: boolean
  /** The resource as it is to be taken for what was stored. */
  readonly taken: (type: ResourceType, resource: Resource) => Resource
  /** Told the resource that is about to be changed. */
  readonly found: (resource: Resource) => void
}

/**
 * A store that has everything as it stood before an exchange and refuses what the real one would have refused, and
 * in which nothing is ever written. Lists are empty: what they hold decides nothing.
 */
export function createDryStore(past: Past): ResourceStore {
  const { effects, tenant, moment, types, taken } = past
  const typeOf = (name: string): ResourceType => {
    const type = typeNamed(types, name)
    if (!type) throw errors.internal()
    return type
  }

  const current = async ({ type, id }: Place): Promise<Current | undefined> => {
    const state = await effects.stateBefore(tenant, type, id, moment)
    if (!state) return undefined
    const resource = taken(typeOf(type), resourceOf(state))
    past.found(resource)
    return { ...standing(state), document: prepare(typeOf(type), toResourceId(id), resource).document }
  }

  /** Refuses a key that another resource of the type had. */
  const claim = async ({ type, id }: Place, keys: readonly Key[]): Promise<void> => {
    const exclusive = keys.filter(key => key.exclusive)
    for (const key of exclusive) {
      const holders = await effects.holdersBefore(tenant, type, key, moment)
      const isHeld = holders.some(holder => holder.id !== id && keysOf(typeOf(type), holder).some(same(key)))
      if (isHeld) throw errors.uniqueness(key.attribute, type)
    }
    // Whoever had it then has given it up since.
    const [first] = exclusive
    if (past.wasTaken && first) throw errors.uniqueness(first.attribute, type)
  }

  const checkMembers = async ({ type, id }: Place, { memberships, members }: Draft): Promise<void> => {
    const ids = memberships.flatMap(edit =>
      edit.kind === 'add' || edit.kind === 'replace' ? edit.members : [],
    )
    const known = await effects.typesBefore(tenant, ids, moment)
    for (const member of ids) {
      if (member === id) throw errors.invalidValue(`A ${type} can't be a member of itself.`)
      const assumed = past.membersWereThere ? members.types[0] : undefined
      const itsType = known.get(member) ?? members.promised?.get(member) ?? assumed
      if (itsType !== undefined && members.types.includes(itsType)) continue
      if (itsType !== undefined || members.unknown === 'refuse') {
        throw errors.noSuchMember(members.types.join(' or '), member)
      }
    }
  }

  return {
    insert: async (place, { now }, draft) => {
      await claim(place, draft.next.keys)
      await checkMembers(place, draft)
      const { type, id } = place
      return written({ key: 0, id, type, version: 1, era: null, created: now, lastModified: now }, draft.next)
    },
    find: current,
    secrets: async () => undefined,
    list: async () => ({ page: [], total: 0, more: false }),
    order: async () => new Float64Array(),
    withKeys: async () => [],
    update: async (place, { now }, change) => {
      const before = await current(place)
      if (!before) return undefined
      const draft = change(before)
      await checkMembers(place, draft)
      const had = keysOf(typeOf(place.type), before)
      await claim(
        place,
        draft.next.keys.filter(key => !had.some(same(key))),
      )
      return written({ ...before, version: before.version + 1, lastModified: now }, draft.next)
    },
    remove: async (place, _cause, removal) => {
      const before = await current(place)
      if (before) removal.check?.(before)
      return before !== undefined
    },
    related: async (_relation, keys) => new Map(keys.map(key => [key, []])),
    named: async (_tenant, ids) => {
      const known = await effects.typesBefore(tenant, ids, moment)
      return new Map([...known].map(([id, type]): [string, Related] => [id, { id: toResourceId(id), type }]))
    },
  }
}

const standing = ({ id, ...state }: PastState): Current => ({
  ...state,
  id: toResourceId(id),
  label: id,
  era: null,
  secrets: null,
})

const written = (
  stored: Omit<Written, 'document' | 'label' | 'changed' | 'added' | 'removed'>,
  next: Prepared,
): Written => ({
  ...stored,
  document: next.document,
  label: next.label,
  changed: true,
  added: 0,
  removed: 0,
})

const keysOf = (type: ResourceType, state: { readonly id: string; readonly document: string }) =>
  prepare(type, toResourceId(state.id), resourceOf(state)).keys

const same = (one: Key) => (other: Key) => one.attribute === other.attribute && one.value === other.value
