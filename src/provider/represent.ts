import { type Attribute, subAttributesOf } from '../scim/attribute.ts'
import { errors } from '../scim/error.ts'
import type { Json, JsonObject } from '../scim/json.ts'
import { type Projection, project, wants } from '../scim/project.ts'
import type { Related, ResourceId, Stored } from '../scim/resource.ts'
import { type ResourceType, typeNamed } from '../scim/resource-types.ts'
import type { ResourceStore } from '../store/resource-store.ts'
import type { Call } from './call.ts'
import { idsReferredTo, referencesOf, rewriteReference } from './references.ts'

export type Representation = {
  /** The URL of the tenant's SCIM root, for `meta.location` and `$ref`. */
  readonly base: string
  readonly projection: Projection | undefined
}

type RelationAttribute = Attribute & { readonly relation: 'members' | 'groups' }

/**
 * Resources as JSON texts. A stored document leaves as the text it is, with `meta` put in, unless something is
 * left out of it or added from other resources.
 */
export const createRepresent =
  (store: ResourceStore) =>
  async (
    call: Call,
    stored: readonly Stored[],
    { base, projection }: Representation,
  ): Promise<readonly string[]> => {
    const { answers } = call.tenant.profile
    const relations = call.type.attributes.filter(
      (attribute): attribute is RelationAttribute =>
        attribute.relation !== undefined && wants(projection, call.type, attribute.relation),
    )
    const shown = relations.map(
      attribute => [attribute, answers.relation(attribute.relation, call.operation)] as const,
    )
    const empty = shown.filter(([, how]) => how === 'empty').map(([attribute]) => attribute)
    const rows = shown.filter(([, how]) => how === 'rows').map(([attribute]) => attribute)
    const texts = stored.map(one => withMeta(one, answers.meta(one, call.type, base), empty))
    const fills = referencesOf(call.type).some(({ derived }) => derived.length > 0)
    if (!projection && rows.length === 0 && !fills) return texts
    const related = await relatedTo(store, rows, stored)
    const displays = await displaysOf(store, call, fills ? texts : [])
    return stored.map((one, at) => {
      const resource = {
        ...(JSON.parse(texts[at] ?? '{}') as JsonObject),
        ...Object.fromEntries(
          rows.flatMap(attribute => {
            const list = related.get(attribute)?.get(one.key) ?? []
            const types = call.tenant.profile.resourceTypes
            return list.length === 0
              ? []
              : [[attribute.name, list.map(other => element(attribute, other, types, base))]]
          }),
        ),
      }
      const filled = fills
        ? fillReferences(call.type, resource, displays, call.tenant.profile.resourceTypes, base)
        : resource
      return JSON.stringify(project(call.type, filled, projection))
    })
  }

/** `meta` goes before `schemas`, which stands after `id` and `externalId` only: their quotes are escaped. */
function withMeta({ document }: Stored, meta: string, empty: readonly RelationAttribute[]): string {
  const at = document.indexOf('"schemas":[')
  if (at < 0) throw errors.internal()
  const rest = empty.reduce(
    (text, { name }) => `${text.slice(0, -1)},${JSON.stringify(name)}:[]}`,
    document.slice(at),
  )
  return `${document.slice(0, at)}"meta":${meta},${rest}`
}

async function relatedTo(
  store: ResourceStore,
  rows: readonly RelationAttribute[],
  stored: readonly Stored[],
) {
  const keys = stored.map(({ key }) => key)
  const entries = rows.map(
    async attribute => [attribute, await store.related(attribute.relation, keys)] as const,
  )
  return new Map(await Promise.all(entries))
}

/** One value of `members` or `groups`, from its row (RFC 7643 §4.1.2, §4.2). */
function element(
  attribute: Attribute,
  other: Related,
  types: readonly ResourceType[],
  base: string,
): JsonObject {
  const type = other.type === undefined ? undefined : typeNamed(types, other.type)
  const values: Record<string, Json> = {}
  for (const sub of subAttributesOf(attribute)) {
    const value = derivedValue(sub, other, type, base)
    if (value !== undefined) values[sub.name] = value
  }
  return values
}

function derivedValue(
  sub: Attribute,
  other: Related,
  type: ResourceType | undefined,
  base: string,
): Json | undefined {
  switch (sub.derived) {
    case 'uri':
      return type && `${base}${type.endpoint}/${other.id}`
    case 'type':
      return other.type
    case 'display':
      return other.display
    case undefined:
      return sub.refersTo ? other.id : sub.default
  }
}

async function displaysOf(store: ResourceStore, call: Call, texts: readonly string[]) {
  const ids = new Set<string>()
  for (const reference of referencesOf(call.type)) {
    for (const text of texts) {
      if (!text.includes(`"${reference.path.at(-1)?.name}":`)) continue
      for (const id of idsReferredTo(JSON.parse(text) as JsonObject, reference)) ids.add(id)
    }
  }
  return ids.size === 0 ? new Map<string, Related>() : store.named(call.tenant.key, [...ids])
}

function fillReferences(
  type: ResourceType,
  resource: JsonObject,
  displays: ReadonlyMap<string, Related>,
  types: readonly ResourceType[],
  base: string,
): JsonObject {
  return referencesOf(type).reduce(
    (filled, { path, id, types: allowed, derived }) =>
      rewriteReference(filled, { path, id, types: allowed, derived, key: '' }, value => {
        const target = String(value[id.name])
        const other = displays.get(target) ?? { id: target as ResourceId }
        const itsType = other.type === undefined ? undefined : typeNamed(types, other.type)
        const added = derived.flatMap(sub => {
          const found = derivedValue(sub, other, itsType, base)
          return found === undefined ? [] : [[sub.name, found] as const]
        })
        return { ...value, ...Object.fromEntries(added) }
      }),
    resource,
  )
}
