import { type Attribute, subAttributesOf } from './attribute.ts'
import { errors } from './error.ts'
import { isObject, isUnassigned, type Json, type JsonObject, jsonEquals } from './json.ts'
import type { Resource } from './resource.ts'
import type { ResourceType } from './resource-types.ts'
import { isSecret } from './secrets.ts'

/**
 * The paths of required attributes that a resource lacks (RFC 7643 §7). An empty string counts as missing
 * (§4.1.1 on `userName`). Sub-attributes are required only if their parent attribute has a value.
 */
export const missingAttributes = (type: ResourceType, resource: Resource): readonly string[] =>
  missingIn(
    type.attributes.filter(({ name }) => name !== 'schemas'),
    resource,
    '',
  )

function missingIn(
  attributes: readonly Attribute[],
  object: JsonObject,
  prefix: string,
  isInList = false,
): readonly string[] {
  const missing: string[] = []
  for (const attribute of attributes) {
    if (!isWrittenByClients(attribute) || (isInList && isSecret(attribute))) continue
    const value = object[attribute.name]
    if (value === undefined || isUnassigned(value) || value === '') {
      if (attribute.required) missing.push(prefix + attribute.name)
    } else if (attribute.type === 'complex') {
      missing.push(...missingBelow(attribute, value, prefix + attribute.name, isInList))
    }
  }
  return missing
}

function missingBelow(attribute: Attribute, value: Json, at: string, isInList: boolean): readonly string[] {
  if (Array.isArray(value)) {
    return value.flatMap((element: Json, index) => missingBelow(attribute, element, `${at}[${index}]`, true))
  }
  if (!isObject(value)) return []
  return missingIn(subAttributesOf(attribute), value, `${at}${attribute.extension ? ':' : '.'}`, isInList)
}

// Attributes set by the provider, relations (stored as rows) and secrets in lists (never stored) cannot be missing.
const isWrittenByClients = (attribute: Attribute) =>
  attribute.mutability !== 'readOnly' &&
  attribute.derived === undefined &&
  attribute.relation === undefined &&
  !(attribute.multiValued && isSecret(attribute))

/** RFC 7644 §3.5.2.2: a PATCH may not leave a required attribute without a value. */
export function checkRequired(type: ResourceType, resource: Resource): void {
  const missing = missingAttributes(type, resource)
  if (missing.length === 0) return
  throw errors.mutability(
    `This would remove ${missing.join(', ')}, which a ${type.name} requires. Replace the value instead.`,
  )
}

/** RFC 7643 §7: an immutable attribute can be set once. Elements of a list may be added and removed as a whole. */
export function checkImmutable(type: ResourceType, before: Resource, after: Resource): void {
  checkUnchanged(type.attributes, before, after, '')
}

function checkUnchanged(
  attributes: readonly Attribute[],
  before: JsonObject,
  after: JsonObject,
  prefix: string,
): void {
  for (const attribute of attributes) {
    const old = before[attribute.name]
    if (old === undefined) continue
    const now = after[attribute.name]
    const at = prefix + attribute.name
    if (attribute.mutability === 'immutable' && !jsonEquals(old, now)) {
      throw errors.mutability(
        `${at} is immutable and already has a value. Send its current value or omit it.`,
      )
    }
    if (!isObject(old)) continue
    checkUnchanged(
      subAttributesOf(attribute),
      old,
      isObject(now) ? now : {},
      `${at}${attribute.extension ? ':' : '.'}`,
    )
  }
}
