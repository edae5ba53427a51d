import { type Attribute, findAttribute, subAttributesOf } from './attribute.ts'
import { errors, excerpt } from './error.ts'
import { isObject, isUnassigned, type Json, type JsonObject } from './json.ts'
import type { RequestPolicy } from './request-policy.ts'
import { describeValue, readSimpleValue } from './simple-value.ts'
import { fold } from './text.ts'

/**
 * RFC 7643 §4.1.2 sets no limit, but each change of a list processes all of its values, and a PATCH may have a thousand
 * changes. Nobody has a thousand email addresses. Relations (members) are rows and have no limit.
 */
export const maxValuesPerAttribute = 1000

export function checkValueCount({ relation }: Attribute, count: number, at: string): void {
  if (relation || count <= maxValuesPerAttribute) return
  throw errors.invalidValue(`${at} would have ${count} values. The maximum is ${maxValuesPerAttribute}.`)
}

/**
 * RFC 7643 §2.4: the same `type` and `value` must not be returned twice, so equal elements are merged: the first keeps its
 * place and gains the sub-attributes that only later ones have. At most one element may be primary.
 */
function distinctElements(attribute: Attribute, elements: readonly Json[], at: string): readonly Json[] {
  if (attribute.relation) return distinctMembers(elements)
  const distinct = elements.length === 1 ? elements : mergeEqualElements(attribute, elements)
  if (distinct.filter(isPrimary).length > 1) {
    throw errors.invalidValue(
      `${at} has more than one value with "primary": true. Only one value may be the primary one.`,
    )
  }
  return distinct
}

/** Only the ID of a member is read, and there can be thousands of members. */
function distinctMembers(elements: readonly Json[]): readonly Json[] {
  const ids = new Set<Json | undefined>()
  return elements.filter(element => {
    const id = isObject(element) ? element.value : element
    const isNew = !ids.has(id)
    if (isNew) ids.add(id)
    return isNew
  })
}

export const isPrimary = (element: Json): boolean => isObject(element) && element.primary === true

function mergeEqualElements(attribute: Attribute, elements: readonly Json[]): readonly Json[] {
  const distinct = new Map<string, Json>()
  for (const element of elements) {
    const identity = elementIdentity(attribute, element)
    const earlier = distinct.get(identity)
    distinct.set(
      identity,
      isObject(earlier) && isObject(element)
        ? { ...earlier, ...newMembers(element, earlier) }
        : (earlier ?? element),
    )
  }
  return [...distinct.values()]
}

const newMembers = (element: JsonObject, earlier: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(element).filter(([name]) => !Object.hasOwn(earlier, name)))

/**
 * Equal for elements that count as the same one. Elements without a `value` (addresses) are the same only if they are
 * completely equal.
 */
export function elementIdentity(attribute: Attribute, element: Json): string {
  if (!isObject(element)) return JSON.stringify(comparable(attribute, element))
  if (element.value === undefined) return JSON.stringify(Object.entries(element).sort(byName))
  const part = (name: string) => {
    const sub = findAttribute(subAttributesOf(attribute), name)
    return sub ? comparable(sub, element[name] ?? null) : null
  }
  return JSON.stringify({ type: part('type'), value: part('value') })
}

const comparable = ({ caseExact }: Attribute, value: Json): Json =>
  typeof value === 'string' && !caseExact ? fold(value) : value

const byName = ([one]: [string, Json], [other]: [string, Json]) => (one < other ? -1 : 1)

/**
 * Checks the value of an attribute against its type and returns it in canonical form: names as spelled in the schema,
 * without attributes that only the provider sets. Null, empty arrays and empty objects become undefined
 * (RFC 7643 §2.5). `at` is the place of the value, for error texts: `emails`, `Operations[2].value.name`.
 */
export function readValue(
  attribute: Attribute,
  value: Json | undefined,
  policy: RequestPolicy,
  at: string,
): Json | undefined {
  if (!attribute.multiValued) return readElement(attribute, value, policy, at)
  const given = value === undefined ? undefined : policy.normalizeValue(attribute, value)
  if (given === undefined || isUnassigned(given)) return undefined
  if (!Array.isArray(given)) {
    throw errors.invalidValue(
      `${at} is multi-valued and must be an array, but is ${describeValue(attribute, given)}.`,
    )
  }
  checkValueCount(attribute, given.length, at)
  const elements: Json[] = []
  const mayBePlain = isListOfIds(attribute)
  given.forEach((element: Json, index) => {
    if (mayBePlain && isPlainId(element)) {
      elements.push(element)
      return
    }
    const read = readElement(attribute, element, policy, `${at}[${index}]`)
    if (read !== undefined) elements.push(read)
  })
  return elements.length === 0 ? undefined : distinctElements(attribute, elements, at)
}

/** Whether the values are IDs of related resources that every client may send. */
function isListOfIds(attribute: Attribute): boolean {
  if (!attribute.relation) return false
  const id = findAttribute(subAttributesOf(attribute), 'value')
  return id?.type === 'string' && !id.multiValued && !id.canonicalValues && !isServerProvided(id)
}

/** No profile converts such an ID, and no text with these characters is invalid. */
const plainId = /^[\w-]{1,100}$/

/** Whether an element has an ID and nothing else: it is read as it is. A group may have tens of thousands of them. */
const isPlainId = (element: Json): boolean =>
  isObject(element) &&
  typeof element.value === 'string' &&
  plainId.test(element.value) &&
  Object.keys(element).length === 1

/** Reads one value of a multi-valued attribute, or the value of a single-valued attribute. */
export function readElement(
  attribute: Attribute,
  value: Json | undefined,
  policy: RequestPolicy,
  at: string,
): Json | undefined {
  const given = value === undefined ? undefined : normalizeElement(attribute, value, policy)
  if (given === undefined || isUnassigned(given)) return undefined
  if (attribute.type !== 'complex') return readSimpleValue(attribute, given, at)
  if (!isObject(given)) {
    throw errors.invalidValue(`${at} must be an object, but is ${describeValue(attribute, given)}.`)
  }
  const read = readComplex(attribute, given, policy, at)
  if (attribute.relation && typeof read?.value !== 'string') {
    throw errors.invalidValue(`${at} has no "value". Send the ID of a resource.`)
  }
  return read
}

/** Profiles that accept a single object instead of a list wrap elements, too. */
function normalizeElement(attribute: Attribute, value: Json, policy: RequestPolicy): Json | undefined {
  const given = policy.normalizeValue(attribute, value)
  const isWrapped = attribute.multiValued && Array.isArray(given) && !Array.isArray(value)
  return isWrapped && given.length === 1 ? given[0] : given
}

function readComplex(
  attribute: Attribute,
  object: JsonObject,
  policy: RequestPolicy,
  at: string,
): JsonObject | undefined {
  const separator = attribute.extension ? ':' : '.'
  const read: Record<string, Json> = {}
  for (const [sub, name] of matchAttributes(
    name => findAttribute(subAttributesOf(attribute), name),
    object,
    policy,
    `${at}${separator}`,
  )) {
    if (isServerProvided(sub)) continue
    const value = readValue(sub, object[name], policy, `${at}${separator}${sub.name}`)
    if (value !== undefined) read[sub.name] = value
  }
  return Object.keys(read).length === 0 ? undefined : read
}

/** RFC 7643 §7: values that clients send for these attributes are ignored. */
const isServerProvided = ({ mutability, derived, overridable }: Attribute) =>
  mutability === 'readOnly' || (derived !== undefined && !overridable)

/**
 * Maps attributes to the names that an object has for them. Two spellings of one name are rejected, because they are
 * ambiguous (RFC 7643 §2.1 ignores case).
 */
export function matchAttributes(
  find: (name: string) => Attribute | undefined,
  object: JsonObject,
  policy: RequestPolicy,
  prefix: string,
): ReadonlyMap<Attribute, string> {
  const names = new Map<Attribute, string>()
  for (const name of Object.keys(object)) {
    const attribute = find(name)
    if (!attribute) {
      if (policy.unknownAttributes === 'ignore') continue
      throw errors.invalidSyntax(
        `No schema has the attribute "${prefix}${excerpt(name)}". Correct its name or omit it.`,
      )
    }
    const other = names.get(attribute)
    if (other !== undefined) {
      throw errors.invalidSyntax(
        `"${prefix}${excerpt(other)}" and "${prefix}${excerpt(name)}" are the same attribute. Send it once.`,
      )
    }
    names.set(attribute, name)
  }
  return names
}
