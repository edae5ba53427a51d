import type { ResourceStore } from '../ports/resources.ts'
import { type Attribute, type AttributePath, pathText, subAttributesOf } from '../scim/attribute.ts'
import { isObject, type Json, type JsonObject } from '../scim/json.ts'
import { memoize } from '../scim/memoize.ts'
import { type RelatedResource, type StoredResource, toResourceId } from '../scim/resource.ts'
import { type ResourceType, typeByName } from '../scim/resource-types.ts'
import type { Call } from './call.ts'

/** A complex attribute that refers to another resource by its `value`-like sub-attribute (a user's manager). */
type Reference = {
  /** The path to the complex attribute, from the top of the resource. */
  readonly path: AttributePath
  /** The sub-attribute with the ID. */
  readonly id: Attribute
  readonly types: readonly string[]
  /** The sub-attributes that the provider derives from the referenced resource. */
  readonly derived: readonly Attribute[]
  /** The attribute of the lookup key that the store has for the ID. */
  readonly key: string
}

/** The references in documents of a type. Relations are rows and not included. */
export const referencesOf = memoize(({ attributes }: ResourceType) => referencesIn(attributes, []))

function referencesIn(attributes: readonly Attribute[], above: AttributePath): readonly Reference[] {
  return attributes
    .filter(({ type, relation }) => type === 'complex' && !relation)
    .flatMap(attribute => {
      const path = [...above, attribute]
      const subs = subAttributesOf(attribute)
      const id = subs.find(({ refersTo }) => refersTo)
      if (!id?.refersTo) return attribute.extension ? referencesIn(subs, path) : []
      const derived = subs.filter(sub => sub.derived)
      return [{ path, id, types: id.refersTo, derived, key: pathText([...path, id]) }]
    })
}

type RewriteValue = (value: JsonObject) => JsonObject | undefined

/** The resource with each value of the reference rewritten; undefined removes the value. */
export function rewriteReference(
  resource: JsonObject,
  { path }: Reference,
  rewrite: RewriteValue,
): JsonObject {
  const [attribute, ...below] = path
  if (!attribute) return resource
  const value = resource[attribute.name]
  if (value === undefined) return resource
  const { [attribute.name]: _, ...others } = resource
  const next = rewriteAt(value, below, rewrite)
  return next === undefined ? others : { ...resource, [attribute.name]: next }
}

function rewriteAt(
  value: JsonObject[string],
  below: AttributePath,
  rewrite: RewriteValue,
): JsonObject[string] | undefined {
  if (Array.isArray(value)) {
    const remaining = value
      .map(element => rewriteAt(element, below, rewrite))
      .filter(element => element !== undefined)
    return remaining.length === 0 ? undefined : remaining
  }
  if (!isObject(value)) return value
  if (below.length === 0) return rewrite(value)
  const [next, ...rest] = below
  if (!next || value[next.name] === undefined) return value
  const { [next.name]: inner, ...others } = value
  const rewritten = inner === undefined ? undefined : rewriteAt(inner, rest, rewrite)
  if (rewritten !== undefined) return { ...value, [next.name]: rewritten }
  return Object.keys(others).length === 0 ? undefined : others
}

/** The IDs that a resource refers to. */
function referencedIds(resource: JsonObject, reference: Reference): readonly string[] {
  const ids: string[] = []
  rewriteReference(resource, reference, value => {
    const id = value[reference.id.name]
    if (typeof id === 'string') ids.push(id)
    return value
  })
  return ids
}

/** One value of `members` or `groups`, from its row (RFC 7643 §4.1.2, §4.2). */
export function relatedElement(
  attribute: Attribute,
  other: RelatedResource,
  types: readonly ResourceType[],
  base: string,
): JsonObject {
  const type = other.type === undefined ? undefined : typeByName(types, other.type)
  const values: Record<string, Json> = {}
  for (const sub of subAttributesOf(attribute)) {
    const value = derivedValue(sub, other, type, base)
    if (value !== undefined) values[sub.name] = value
  }
  return values
}

function derivedValue(
  sub: Attribute,
  other: RelatedResource,
  type: ResourceType | undefined,
  base: string,
): Json | undefined {
  if (sub.derived === undefined) {
    if (sub.refersTo) return other.id
    return other.indirect ? (sub.indirect ?? sub.default) : sub.default
  }
  switch (sub.derived) {
    case 'uri':
      return type && `${base}${type.endpoint}/${other.id}`
    case 'type':
      return other.type
    case 'display':
      return other.display
  }
}

/** The references of several resources. */
export type ReferencedResources = {
  /** The IDs that each resource refers to, in the order of the resources. */
  readonly ids: readonly (readonly string[])[]
  /** The existing resources with these IDs. */
  readonly named: ReadonlyMap<string, RelatedResource>
}

/** Finds the resources that the given ones refer to. */
export async function findReferenced(
  store: ResourceStore,
  { type, tenant }: Call,
  stored: readonly StoredResource[],
): Promise<ReferencedResources> {
  const ids = stored.map(({ document }) => referencedIdsIn(type, document))
  const all = new Set(ids.flat())
  return { ids, named: all.size === 0 ? new Map() : await store.relatedById(tenant.key, [...all]) }
}

/** Parses only documents with references; most have none. */
function referencedIdsIn(type: ResourceType, document: string): readonly string[] {
  const references = referencesOf(type).filter(({ path }) => document.includes(`"${path.at(-1)?.name}":`))
  if (references.length === 0) return []
  const resource: JsonObject = JSON.parse(document)
  return references.flatMap(reference => referencedIds(resource, reference))
}

/** The resource with the derived sub-attributes of its references: `$ref`, `displayName`. */
export function fillReferences(
  type: ResourceType,
  resource: JsonObject,
  named: ReadonlyMap<string, RelatedResource>,
  types: readonly ResourceType[],
  base: string,
): JsonObject {
  return referencesOf(type).reduce(
    (filled, reference) =>
      rewriteReference(filled, reference, value => {
        const id = String(value[reference.id.name])
        const known = named.get(id)
        // A resource of a type that the schema does not allow is ignored (a group as a user's manager).
        const other = known?.type && reference.types.includes(known.type) ? known : { id: toResourceId(id) }
        const itsType = other.type === undefined ? undefined : typeByName(types, other.type)
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
