import { type Attribute, subAttributesOf } from '../scim/attribute.ts'
import type { Json, JsonObject } from '../scim/json.ts'
import { type Related, type Stored, toResourceId } from '../scim/resource.ts'
import { type ResourceType, typeNamed } from '../scim/resource-types.ts'
import type { ResourceStore } from '../store/resource-store.ts'
import type { Call } from './call.ts'
import { idsReferredTo, referencesOf, rewriteReference } from './references.ts'

/** One value of `members` or `groups`, from its row (RFC 7643 §4.1.2, §4.2). */
export function element(
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
      if (sub.refersTo) return other.id
      return other.indirect ? (sub.indirect ?? sub.default) : sub.default
  }
}

/** What resources refer to. */
export type Named = {
  /** The ids that each of them refers to, in their order. */
  readonly ids: readonly (readonly string[])[]
  /** The resources with these ids, as far as there are any. */
  readonly named: ReadonlyMap<string, Related>
}

/** Finds the resources that these refer to. */
export async function namedBy(
  store: ResourceStore,
  { type, tenant }: Call,
  stored: readonly Stored[],
): Promise<Named> {
  const ids = stored.map(({ document }) => idsIn(type, document))
  const all = new Set(ids.flat())
  return { ids, named: all.size === 0 ? new Map() : await store.named(tenant.key, [...all]) }
}

/** Most documents have no reference: only the others are parsed. */
function idsIn(type: ResourceType, document: string): readonly string[] {
  const references = referencesOf(type).filter(({ path }) => document.includes(`"${path.at(-1)?.name}":`))
  if (references.length === 0) return []
  const resource: JsonObject = JSON.parse(document)
  return references.flatMap(reference => idsReferredTo(resource, reference))
}

/** The resource with what its references show of the resources they refer to: `$ref`, `displayName`. */
export function fillReferences(
  type: ResourceType,
  resource: JsonObject,
  named: ReadonlyMap<string, Related>,
  types: readonly ResourceType[],
  base: string,
): JsonObject {
  return referencesOf(type).reduce(
    (filled, reference) =>
      rewriteReference(filled, reference, value => {
        const id = String(value[reference.id.name])
        const known = named.get(id)
        // Who is of another type than the schema says isn't whom it means (a group as a user's manager).
        const other = known?.type && reference.types.includes(known.type) ? known : { id: toResourceId(id) }
        const itsType = other.type === undefined ? undefined : typeNamed(types, other.type)
        const values: Record<string, Json> = { ...value }
        for (const sub of reference.derived) {
          const found = derivedValue(sub, other, itsType, base)
          if (found !== undefined) values[sub.name] = found
        }
        return values
      }),
    resource,
  )
}
