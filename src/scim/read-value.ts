import { type Attribute, findAttribute, subAttributesOf } from './attribute.ts'
import { errors } from './error.ts'
import { isObject, isUnassigned, type Json, type JsonObject } from './json.ts'
import type { RequestPolicy } from './request-policy.ts'
import { excerpt, fold } from './text.ts'

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

/** Two spellings of one name are rejected, because they are ambiguous (RFC 7643 §2.1 ignores case). */
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

/**
 * Parses an xsd:dateTime (RFC 7643 §2.3.5) to milliseconds since 1970; returns undefined for any other text. Without a
 * time zone it counts as UTC. Digits beyond milliseconds are dropped.
 */
export function parseDateTime(text: string): number | undefined {
  const found = dateTimePattern.exec(text)?.groups
  if (!found) return undefined
  const { year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = '', zone } = found
  const date = utcDate(Number(year), Number(month), Number(day))
  const offset = zoneOffset(zone)
  if (date === undefined || offset === undefined || !isTimeOfDay(hour, minute, second, fraction)) {
    return undefined
  }
  const seconds = (Number(hour) * 60 + Number(minute) - offset) * 60 + Number(second)
  return date + seconds * 1000 + Number(fraction.slice(0, 3).padEnd(3, '0'))
}

const dateTimePattern =
  /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)T(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)(?:\.(?<fraction>\d{1,12}))?(?<zone>Z|[+-]\d\d:\d\d)?$/

function utcDate(year: number, month: number, day: number): number | undefined {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  const kept = year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  return kept ? date.getTime() : undefined
}

// In XML Schema, 24:00:00 is the end of a day.
const isTimeOfDay = (hour: string, minute: string, second: string, fraction: string) =>
  minute < '60' &&
  second < '60' &&
  (hour < '24' || (hour === '24' && !/[1-9]/.test(minute + second + fraction)))

/** In minutes. XML Schema limits offsets to 14 hours. */
function zoneOffset(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === 'Z') return 0
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(4))]
  const offset = hours * 60 + minutes
  if (minutes > 59 || offset > 14 * 60) return undefined
  return zone.startsWith('-') ? -offset : offset
}

/** Longer than any text in a directory, and short enough to search and display. */
export const maxTextLength = 65_536

/** Reads a value that is not complex (RFC 7643 §2.3). `at` is its place, for error texts. */
function readSimpleValue(attribute: Attribute, value: Json, at: string): Json {
  const mismatch = (expected: string) =>
    errors.invalidValue(`${at} must be ${expected}, but is ${describeValue(attribute, value)}.`)
  switch (attribute.type) {
    case 'boolean':
      if (typeof value !== 'boolean') throw mismatch('true or false without quotes')
      return value
    case 'integer':
      if (!Number.isSafeInteger(value)) throw mismatch('a whole number')
      return value
    case 'decimal':
      if (typeof value !== 'number' || !Number.isFinite(value)) throw mismatch('a number')
      return value
    case 'dateTime':
      if (typeof value !== 'string' || parseDateTime(value) === undefined) {
        throw mismatch('a date and time such as "2025-01-31T08:00:00Z"')
      }
      return value
    case 'binary':
      if (typeof value !== 'string' || !isBase64(value)) throw mismatch('base64 text without line breaks')
      return value
    case 'reference':
      if (typeof value !== 'string') throw mismatch('a URI in quotes')
      if (nonUri.test(value))
        throw mismatch('a URI without spaces, control characters, quotes or angle brackets')
      return checkText(value, at)
    case 'string':
      if (typeof value !== 'string') throw mismatch('a string')
      return toCanonicalValue(attribute, checkText(value, at))
    case 'complex':
      throw mismatch('an object')
  }
}

/** Describes a value for an error text. Secrets are never quoted, not even to their sender (RFC 7643 §7). */
function describeValue(attribute: Attribute, value: Json): string {
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object') return value === null ? 'null' : 'an object'
  if (attribute.returned === 'never') return `another ${typeof value}`
  return typeof value === 'string' ? `the string ${JSON.stringify(excerpt(value))}` : String(value)
}

function checkText(text: string, at: string): string {
  if (text.length > maxTextLength) {
    throw errors.invalidValue(`${at} has ${text.length} characters. The maximum is ${maxTextLength}.`)
  }
  // SQLite and PostgreSQL truncate or reject such texts.
  if (text.includes('\0')) throw errors.invalidValue(`${at} contains the character U+0000. Remove it.`)
  if (!text.isWellFormed()) {
    throw errors.invalidValue(
      `${at} contains an unpaired surrogate, which is not a character. Send well-formed Unicode.`,
    )
  }
  return text
}

// RFC 7643 §2.3.7 allows relative references, and almost any text is one: Microsoft's validator sends random words as
// profileUrl. Only characters that no URI can contain are rejected.
const nonUri = /[\s\u0000-\u001f\u007f<>"]/

// RFC 7643 §2.3.6: the alphabet of RFC 4648 §4; padding may be omitted.
const base64 = /^[A-Za-z0-9+/]*={0,2}$/

const isBase64 = (text: string): boolean => {
  if (!base64.test(text)) return false
  return text.endsWith('=') ? text.length % 4 === 0 : text.length % 4 !== 1
}

/** RFC 7643 §2.4 and §7: a canonical value has one spelling. Values that are not in the list stay unchanged. */
export const toCanonicalValue = ({ canonicalValues, caseExact }: Attribute, text: string): string => {
  if (!canonicalValues || caseExact || canonicalValues.includes(text)) return text
  return canonicalValues.find(value => fold(value) === fold(text)) ?? text
}
