import { type Attribute, type AttributePath, pathText, subAttributesOf } from '../scim/attribute.ts'
import { isObject, type JsonObject } from '../scim/json.ts'
import { remembered } from '../scim/remembered.ts'
import type { ResourceType } from '../scim/resource-types.ts'

/** A complex attribute that refers to another resource by its `value`-like sub-attribute (a user's manager). */
export type Reference = {
  /** To the complex attribute, from the top of the resource. */
  readonly path: AttributePath
  /** The sub-attribute that holds the id. */
  readonly id: Attribute
  readonly types: readonly string[]
  /** Sub-attributes that the provider fills from the resource that is referred to. */
  readonly derived: readonly Attribute[]
  /** The text under which the store keeps the id among a resource's keys. */
  readonly key: string
}

/** The type's references that live in its documents; relations are rows and not among them. */
export const referencesOf = remembered(({ attributes }: ResourceType) => referencesIn(attributes, []))

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

type Rewrite = (value: JsonObject) => JsonObject | undefined

/** The resource with each value of the reference rewritten; undefined takes the value out. */
export function rewriteReference(resource: JsonObject, { path }: Reference, rewrite: Rewrite): JsonObject {
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
  rewrite: Rewrite,
): JsonObject[string] | undefined {
  if (Array.isArray(value)) {
    const kept = value
      .map(element => rewriteAt(element, below, rewrite))
      .filter(element => element !== undefined)
    return kept.length === 0 ? undefined : kept
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

/** The ids that a resource refers to. */
export function idsReferredTo(resource: JsonObject, reference: Reference): readonly string[] {
  const ids: string[] = []
  rewriteReference(resource, reference, value => {
    const id = value[reference.id.name]
    if (typeof id === 'string') ids.push(id)
    return value
  })
  return ids
}
