import { type Attribute, type AttributePath, subAttributesOf } from './attribute.ts'
import { isObject, type Json, type JsonObject } from './json.ts'
import type { Resource } from './resource.ts'
import type { ResourceType } from './resource-types.ts'
import { holdsSecrets, isSecret, secretHoldersOf } from './secrets.ts'

/** The text of `Prepared.secrets`: what a resource holds of hashes, in its own shape. */
export function secretsText(type: ResourceType, resource: Resource): string | undefined {
  const secrets = secretsIn(secretHoldersOf(type), resource)
  return secrets && JSON.stringify(secrets)
}

function secretsIn(attributes: readonly Attribute[], object: JsonObject): JsonObject | undefined {
  const secrets: Record<string, Json> = {}
  for (const attribute of attributes) {
    if (!holdsSecrets(attribute) || attribute.multiValued) continue
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
export function secretAt(path: AttributePath, text: string | null | undefined): string | undefined {
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
export function withSecrets(
  type: ResourceType,
  resource: Resource,
  text: string | null | undefined,
  shown: Resource = {},
): Resource {
  // Read by the tables of today: what is no secret any more shall not come out as a value.
  const secrets = text ? secretsIn(secretHoldersOf(type), JSON.parse(text)) : undefined
  return secrets ? joined(resource, secrets, shown) : resource
}

function joined(object: JsonObject, secrets: JsonObject, shown: JsonObject): JsonObject {
  const whole: Record<string, Json> = { ...object }
  for (const [name, secret] of Object.entries(secrets)) {
    const value = object[name]
    const before = shown[name]
    if (isObject(value) && isObject(secret))
      whole[name] = joined(value, secret, isObject(before) ? before : {})
    else if (value === undefined && before === undefined) whole[name] = secret
  }
  return whole
}
