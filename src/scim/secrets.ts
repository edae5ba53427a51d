import { type Attribute, type AttributePath, subAttributesOf } from './attribute.ts'
import { isObject, type Json, type JsonObject } from './json.ts'
import { remembered } from './remembered.ts'
import type { Resource } from './resource.ts'
import type { ResourceType } from './resource-types.ts'

/**
 * RFC 7643 §7: what is never returned is nobody's to read. Its values are hashed, and kept where there is one: in
 * lists they are accepted and not kept, for among hashes nobody could say which value is meant.
 */
export const isSecret = ({ returned, hidden }: Attribute): boolean => returned === 'never' && !hidden

/** Whether the attribute is a secret or has one among its parts. */
export const holdsSecrets: (attribute: Attribute) => boolean = remembered(
  (attribute: Attribute): boolean => isSecret(attribute) || subAttributesOf(attribute).some(holdsSecrets),
)

/** The attributes at the top that are secrets or hold some. Most types have none, and their requests cost nothing. */
export const secretHoldersOf = remembered(({ attributes }: ResourceType) => attributes.filter(holdsSecrets))

/** What stands in the place of a secret's value; undefined when nothing does. */
export type Seal = (path: AttributePath, value: Json) => Json | undefined

/** The resource with what `seal` makes of each secret, without those in lists. */
export const sealedResource = (type: ResourceType, resource: Resource, seal: Seal): Resource =>
  sealedObject(secretHoldersOf(type), resource, [], seal)

/** The same for what stands at the end of a path. */
export function sealedValue(path: AttributePath, value: Json, seal: Seal): Json | undefined {
  const attribute = path.at(-1)
  if (!attribute || !holdsSecrets(attribute)) return value
  if (isSecret(attribute) && path.some(({ multiValued }) => multiValued)) return undefined
  if (Array.isArray(value)) return value.map((element: Json) => sealedValue(path, element, seal) ?? null)
  if (isObject(value)) return sealedObject(subAttributesOf(attribute), value, path, seal)
  return isSecret(attribute) ? seal(path, value) : value
}

function sealedObject(
  attributes: readonly Attribute[],
  object: JsonObject,
  above: AttributePath,
  seal: Seal,
): JsonObject {
  let sealed = object
  for (const attribute of attributes) {
    const value = object[attribute.name]
    if (value === undefined || !holdsSecrets(attribute)) continue
    const { [attribute.name]: _, ...others } = sealed
    const next = sealedValue([...above, attribute], value, seal)
    sealed = next === undefined ? others : { ...sealed, [attribute.name]: next }
  }
  return sealed
}
