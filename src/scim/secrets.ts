import { type Attribute, type AttributePath, subAttributesOf } from './attribute.ts'
import { errors } from './error.ts'
import { isObject, type Json, type JsonObject } from './json.ts'
import { memoize } from './memoize.ts'
import type { Resource } from './resource.ts'
import type { ResourceType } from './resource-types.ts'
import { createTextFinder } from './text-finder.ts'

/** RFC 7643 §7. Values are hashed. Values in lists are not stored: their hashes don't identify their elements. */
export const isSecret = ({ returned, hidden }: Attribute): boolean => returned === 'never' && !hidden

export const containsSecret: (attribute: Attribute) => boolean = memoize(
  (attribute: Attribute): boolean => isSecret(attribute) || subAttributesOf(attribute).some(containsSecret),
)

/** The top-level attributes that are or contain secrets. Most types have none, so their requests need no extra work. */
export const secretAttributes = memoize(({ attributes }: ResourceType) => attributes.filter(containsSecret))

const secretsAmong = (attributes: readonly Attribute[]): readonly Attribute[] =>
  attributes.flatMap(one => (isSecret(one) ? [one] : secretsAmong(subAttributesOf(one))))

/** Each reports whether a document may have a value that was stored before its attribute became a secret. */
export const secretFinders = memoize(({ attributes }: ResourceType) =>
  secretsAmong(attributes).map(({ name }) => createTextFinder(`"${name}":`)),
)

export type SecretTransform = (path: AttributePath, value: Json) => Json | undefined

/** The resource with each secret replaced by the result of `seal`, without secrets in lists. */
export const transformSecrets = (type: ResourceType, resource: Resource, seal: SecretTransform): Resource =>
  transformSecretObject(secretAttributes(type), resource, [], seal)

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

export function storedSecretAt(path: AttributePath, text: string | null | undefined): string | undefined {
  const found = path.reduce<Json | undefined>(
    (object, { name }) => (isObject(object) ? object[name] : undefined),
    text ? JSON.parse(text) : undefined,
  )
  return typeof found === 'string' ? found : undefined
}

/**
 * The resource with the stored secrets that it does not contain itself. `shown` is the previous resource without secrets:
 * if a complex attribute of it was removed, its secrets are removed as well.
 */
export function restoreSecrets(
  type: ResourceType,
  resource: Resource,
  text: string | null | undefined,
  visible: Resource = {},
): Resource {
  // Read by the current tables: the hash of an attribute that is no longer a secret must not become its value.
  const secrets = text ? secretsIn(secretAttributes(type), JSON.parse(text)) : undefined
  return secrets ? mergeSecrets(resource, secrets, visible) : resource
}

function mergeSecrets(object: JsonObject, secrets: JsonObject, visible: JsonObject): JsonObject {
  const whole: Record<string, Json> = { ...object }
  for (const [name, secret] of Object.entries(secrets)) {
    const value = object[name]
    const before = visible[name]
    if (isObject(value) && isObject(secret))
      whole[name] = mergeSecrets(value, secret, isObject(before) ? before : {})
    else if (value === undefined && before === undefined) whole[name] = secret
  }
  return whole
}

/** Longer than any password. A limit, because hashing long texts is slow. */
export const maxSecretLength = 1024

/**
 * Prepares a secret text for comparison by the OpaqueString profile of PRECIS (RFC 8265 §4.2, required by RFC 7644 §5): it
 * preserves case, maps all space characters to U+0020, applies NFC, and forbids control characters and empty texts. Unlike
 * the profile, this function accepts invisible joiners, because emoji contain them. `at` is the place, for error texts.
 */
export function toOpaqueString(text: string, at: string): string {
  if (text === '') throw errors.invalidValue(`${at} is empty. Send a text or omit the attribute.`)
  if (/[\p{Cc}\p{Noncharacter_Code_Point}]/u.test(text)) {
    throw errors.invalidValue(`${at} contains control characters. Remove them.`)
  }
  const prepared = text.replace(/\p{Zs}/gu, ' ').normalize('NFC')
  if ([...prepared].length > maxSecretLength) {
    throw errors.invalidValue(`${at} is longer than the maximum of ${maxSecretLength} characters.`)
  }
  return prepared
}
