import type { ExchangeEffects, ExchangeMoment, PastResource } from '../../../domain/ports/directory.ts'
import type { Draft, Place, ResourceStore, Written } from '../../../domain/ports/resources.ts'
import { type Attribute, subAttributesOf } from '../../../scim/attribute.ts'
import { prepareResource, resourceFromDocument } from '../../../scim/document.ts'
import { errors } from '../../../scim/error.ts'
import { isObject, isUnassigned, type Json, type JsonObject } from '../../../scim/json.ts'
import {
  type LookupKey,
  type PreparedResource,
  type RelatedResource,
  type Resource,
  type StoredWithSecrets,
  toResourceId,
} from '../../../scim/resource.ts'
import { type ResourceType, typeByName } from '../../../scim/resource-types.ts'

type DryRunContext = {
  readonly effects: ExchangeEffects
  readonly tenant: number
  readonly moment: ExchangeMoment
  readonly types: readonly ResourceType[]
  readonly keyWasTaken: boolean
  readonly membersExisted: boolean
  readonly wasRead: boolean
  readonly asStored: (type: ResourceType, resource: Resource) => Resource
  readonly onFound: (resource: Resource) => void
}

/** This store rejects what the real one would have rejected, and never writes. Lists are empty: no evaluation needs them. */
export function createDryRunStore(past: DryRunContext): ResourceStore {
  const { effects, tenant, moment, types, asStored } = past
  const typeOf = (name: string): ResourceType => {
    const type = typeByName(types, name)
    if (!type) throw errors.internal()
    return type
  }

  const current = async ({ type, id }: Place): Promise<Current | undefined> => {
    const state = await effects.stateBefore(tenant, type, id, moment)
    if (!state) return undefined
    const resource = asStored(typeOf(type), resourceFromDocument(state))
    past.onFound(resource)
    const { document, keys } = prepareResource(typeOf(type), toResourceId(id), resource)
    return { stored: { ...toCurrent(state), document }, keys }
  }

  const claim = async ({ type, id }: Place, keys: readonly LookupKey[]): Promise<void> => {
    const exclusive = keys.filter(key => key.exclusive)
    const holders = await Promise.all(exclusive.map(key => effects.holdersBefore(tenant, type, key, moment)))
    for (const [at, key] of exclusive.entries()) {
      const isPresent = holders[at]?.some(
        holder => holder.id !== id && documentKeys(typeOf(type), holder).some(isSameKey(key)),
      )
      if (isPresent) throw errors.uniqueness(key.attribute, type)
    }
    // The resource that had the key has released it since.
    const [first] = exclusive
    if (past.keyWasTaken && first) throw errors.uniqueness(first.attribute, type)
  }

  const checkMembers = async ({ type, id }: Place, { memberships, members }: Draft): Promise<void> => {
    const ids = memberships.flatMap(edit =>
      edit.kind === 'add' || edit.kind === 'replace' ? edit.members : [],
    )
    if (ids.length === 0) return
    const known = await effects.typesBefore(tenant, ids, moment)
    for (const member of ids) {
      if (member === id) throw errors.invalidValue(`A ${type} can't be a member of itself.`)
      const assumed = past.membersExisted ? members.types[0] : undefined
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
      return toWritten(
        { key: 0, id, type, version: 1, era: null, created: now, lastModified: now },
        draft.next,
      )
    },
    // Nothing is required of a resource that is only read.
    find: async ({ type, id }) => {
      const state = past.wasRead
        ? readState(typeOf(type), id, moment)
        : await effects.stateBefore(tenant, type, id, moment)
      return state && toCurrent(state)
    },
    secrets: async () => undefined,
    list: async () => ({ page: [], total: 0, hasMore: false }),
    orderedKeys: async () => new Float64Array(),
    findByKeys: async () => [],
    update: async (place, { now }, change) => {
      const before = await current(place)
      if (!before) return undefined
      const { stored, keys } = before
      const draft = change(stored)
      await checkMembers(place, draft)
      await claim(
        place,
        draft.next.keys.filter(key => !keys.some(isSameKey(key))),
      )
      return toWritten({ ...stored, version: stored.version + 1, lastModified: now }, draft.next)
    },
    remove: async (place, _cause, removal) => {
      const before = await current(place)
      if (before) removal.check?.(before.stored)
      return before !== undefined
    },
    related: async (_tenant, _relation, keys) => new Map(keys.map(key => [key, []])),
    relatedOf: async () => [],
    hasMoreMembers: async () => false,
    relatedById: async (_tenant, ids) => {
      const known = await effects.typesBefore(tenant, ids, moment)
      return new Map(
        [...known].map(([id, type]): [string, RelatedResource] => [id, { id: toResourceId(id), type }]),
      )
    },
  }
}

/** A resource that existed. What it contained affects no evaluation of a read. */
const readState = ({ name, schema }: ResourceType, id: string, { at }: ExchangeMoment): PastResource => ({
  ...{ key: 0, id, type: name, version: 1, created: at, lastModified: at },
  document: JSON.stringify({ id, schemas: [schema.id] }),
})

type Current = { readonly stored: StoredWithSecrets; readonly keys: readonly LookupKey[] }

const toCurrent = ({ id, ...state }: PastResource): StoredWithSecrets => ({
  ...state,
  id: toResourceId(id),
  label: id,
  era: null,
  secrets: null,
})

const toWritten = (
  stored: Omit<Written, 'document' | 'label' | 'changed' | 'added' | 'removed'>,
  next: PreparedResource,
): Written => ({
  ...stored,
  document: next.document,
  label: next.label,
  changed: true,
  added: 0,
  removed: 0,
})

const documentKeys = (type: ResourceType, state: { readonly id: string; readonly document: string }) =>
  prepareResource(type, toResourceId(state.id), resourceFromDocument(state)).keys

const isSameKey = (one: LookupKey) => (other: LookupKey) =>
  one.attribute === other.attribute && one.value === other.value

/** Under the profile the resource would have these values, so the request did not cause their violation. */
export function fillRequired(attributes: readonly Attribute[], resource: JsonObject): JsonObject {
  let filled = resource
  for (const attribute of attributes.filter(isWritable)) {
    const value = resource[attribute.name]
    const next = isMissing(value)
      ? attribute.required
        ? placeholder(attribute)
        : undefined
      : fillWithin(attribute, value)
    if (next !== undefined && next !== value) filled = { ...filled, [attribute.name]: next }
  }
  return filled
}

const isWritable = ({ mutability, derived, relation, name }: Attribute) =>
  mutability !== 'readOnly' && derived === undefined && relation === undefined && name !== 'schemas'

const isMissing = (value: Json | undefined): value is undefined | null | '' =>
  isUnassigned(value) || value === ''

function fillWithin(attribute: Attribute, value: Json): Json {
  if (attribute.type !== 'complex') return value
  const subs = subAttributesOf(attribute)
  if (Array.isArray(value)) return value.map((element: Json) => fillWithin(attribute, element))
  return isObject(value) ? fillRequired(subs, value) : value
}

function placeholder(attribute: Attribute): Json {
  const one = placeholderElement(attribute)
  return attribute.multiValued ? [one] : one
}

function placeholderElement(attribute: Attribute): Json {
  switch (attribute.type) {
    case 'complex':
      return fillRequired(subAttributesOf(attribute), {})
    case 'boolean':
      return false
    case 'integer':
    case 'decimal':
      return 0
    default:
      return attribute.canonicalValues?.[0] ?? '-'
  }
}
