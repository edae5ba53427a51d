import { type Attribute, subAttributesOf } from './attribute.ts'
import { errors } from './error.ts'
import { isObject, isUnassigned, type Json, type JsonObject, jsonEquals } from './json.ts'
import type { Resource } from './resource.ts'
import type { ResourceType } from './resource-types.ts'
import { isSecret } from './secrets.ts'

/**
 * The required attributes that a resource lacks, as paths (RFC 7643 §7). An empty text counts as lacking
 * (§4.1.1 on `userName`). Sub-attributes are required where the attribute above them has a value.
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

// What only the provider sets, what is kept as rows, and what isn't kept (secrets in lists) can't be missing.
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
    `${missing.join(', ')} would have no value after this, but a ${type.name} needs one. Replace it instead.`,
  )
}

/** RFC 7643 §7: an immutable attribute may be set once. Elements of a list may come and go as a whole. */
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
      throw errors.mutability(`${at} can be set once and not changed. Send the value that it has already.`)
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
