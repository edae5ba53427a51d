import { type Attribute, type AttributePath, findAttribute, subAttributesOf } from '../../scim/attribute.ts'
import { isObject, type Json, type JsonObject } from '../../scim/json.ts'
import type { ResourceType } from '../../scim/resource-types.ts'

/** A value in a resource, with the place at which it stands. */
export type Placed = { readonly at: string; readonly value: Json }

/** The path that these names make; throws when the type has no such attribute. */
export function pathTo({ name, attributes }: ResourceType, ...names: readonly string[]): AttributePath {
  let below = attributes
  return names.map(one => {
    const attribute = findAttribute(below, one)
    if (!attribute) throw new Error(`A ${name} has no ${names.join('.')}.`)
    below = subAttributesOf(attribute)
    return attribute
  })
}

/** The paths to all attributes that are meant. */
export const pathsTo = (
  attributes: readonly Attribute[],
  isMeant: (attribute: Attribute) => boolean,
  above: AttributePath = [],
): readonly AttributePath[] =>
  attributes.flatMap(attribute => {
    const path = [...above, attribute]
    return [...(isMeant(attribute) ? [path] : []), ...pathsTo(subAttributesOf(attribute), isMeant, path)]
  })

/** The values at the end of a path, one for each value of the lists on the way. */
export function valuesAt(
  [attribute, ...below]: AttributePath,
  object: JsonObject,
  prefix = '',
): readonly Placed[] {
  const value = attribute && object[attribute.name]
  if (!attribute || value === undefined || value === null) return []
  const at = prefix + attribute.name
  const placed = Array.isArray(value)
    ? value.map((element: Json, index) => ({ at: `${at}[${index}]`, value: element }))
    : [{ at, value }]
  if (below.length === 0) return placed
  return placed.flatMap(one =>
    isObject(one.value) ? valuesAt(below, one.value, `${one.at}${attribute.extension ? ':' : '.'}`) : [],
  )
}
