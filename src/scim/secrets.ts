import { type Attribute, type AttributePath, subAttributesOf } from './attribute.ts'
import { isObject, type Json, type JsonObject } from './json.ts'
import { memoize } from './memoize.ts'
import type { Resource } from './resource.ts'
import type { ResourceType } from './resource-types.ts'

/**
 * RFC 7643 §7: what is never returned is nobody's to read. Its values are hashed, and kept where there is one: in
 * lists they are accepted and not kept, for among hashes nobody could say which value is meant.
 */
export const isSecret = ({ returned, hidden }: Attribute): boolean => returned === 'never' && !hidden

/** Whether the attribute is a secret or has one among its parts. */
export const containsSecret: (attribute: Attribute) => boolean = memoize(
  (attribute: Attribute): boolean => isSecret(attribute) || subAttributesOf(attribute).some(containsSecret),
)

/** The attributes at the top that are secrets or hold some. Most types have none, and their requests cost nothing. */
export const secretAttributes = memoize(({ attributes }: ResourceType) => attributes.filter(containsSecret))

/** What stands in the place of a secret's value; undefined when nothing does. */
export type SecretTransform = (path: AttributePath, value: Json) => Json | undefined

/** The resource with what `seal` makes of each secret, without those in lists. */
export const transformSecrets = (type: ResourceType, resource: Resource, seal: SecretTransform): Resource =>
  transformSecretObject(secretAttributes(type), resource, [], seal)

/** The same for what stands at the end of a path. */
export function transformSecretValue(
  path: AttributePath,
  value: Json,
  seal: SecretTransform,
): Json | undefined {
  const attribute = path.at(-1)
  if (!attribute || !containsSecret(attribute)) return value
  if (isSecret(attribute) && path.some(({ multiValued }) => multiValued)) return undefined
  if (Array.isArray(value))
    return value.map((element: Json) => transformSecretValue(path, element, seal) ?? null)
  if (isObject(value)) return transformSecretObject(subAttributesOf(attribute), value, path, seal)
  return isSecret(attribute) ? seal(path, value) : value
}

function transformSecretObject(
  attributes: readonly Attribute[],
  object: JsonObject,
  above: AttributePath,
  seal: SecretTransform,
): JsonObject {
  let sealed = object
  for (const attribute of attributes) {
    const value = object[attribute.name]
    if (value === undefined || !containsSecret(attribute)) continue
    const { [attribute.name]: _, ...others } = sealed
    const next = transformSecretValue([...above, attribute], value, seal)
    sealed = next === undefined ? others : { ...sealed, [attribute.name]: next }
  }
  return sealed
}

/** The text of `Prepared.secrets`: what a resource holds of hashes, in its own shape. */
export function serializeSecrets(type: ResourceType, resource: Resource): string | undefined {
  const secrets = secretsIn(secretAttributes(type), resource)
  return secrets && JSON.stringify(secrets)
}

function secretsIn(attributes: readonly Attribute[], object: JsonObject): JsonObject | undefined {
  const secrets: Record<string, Json> = {}
  for (const attribute of attributes) {
    if (!containsSecret(attribute) || attribute.multiValued) continue
    const value = object[attribute.name]
    const secret = isObject(value)
      ? secretsIn(subAttributesOf(attribute), value)
      : isSecret(attribute)
        ? (value ?? undefined)
        : undefined
    if (secret !== undefined) secrets[attribute.name] = secret
  }
  return Object.keys(secrets).length === 0 ? undefined : secrets
}

/** The hash that stands at a path in the text. */
export function storedSecretAt(path: AttributePath, text: string | null | undefined): string | undefined {
  const found = path.reduce<Json | undefined>(
    (object, { name }) => (isObject(object) ? object[name] : undefined),
    text ? JSON.parse(text) : undefined,
  )
  return typeof found === 'string' ? found : undefined
}

/**
 * The resource with the secrets of the text that it doesn't speak of. `shown` is what clients saw until now: a
 * complex attribute that was shown and is gone took its secrets with it.
 */
export function restoreSecrets(
  type: ResourceType,
  resource: Resource,
  text: string | null | undefined,
  shown: Resource = {},
): Resource {
  // Read by the tables of today: what is no secret any more shall not come out as a value.
  const secrets = text ? secretsIn(secretAttributes(type), JSON.parse(text)) : undefined
  return secrets ? mergeSecrets(resource, secrets, shown) : resource
}

function mergeSecrets(object: JsonObject, secrets: JsonObject, shown: JsonObject): JsonObject {
  const whole: Record<string, Json> = { ...object }
  for (const [name, secret] of Object.entries(secrets)) {
    const value = object[name]
    const before = shown[name]
    if (isObject(value) && isObject(secret))
      whole[name] = mergeSecrets(value, secret, isObject(before) ? before : {})
    else if (value === undefined && before === undefined) whole[name] = secret
  }
  return whole
}
