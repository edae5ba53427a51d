import { type Attribute, findAttribute, subAttributesOf } from './attribute.ts'
import { checkNumberOfValues, distinctElements } from './elements.ts'
import { errors, shown } from './error.ts'
import { isObject, isUnassigned, type Json, type JsonObject } from './json.ts'
import { found, readSimple } from './read-simple.ts'
import type { Reads } from './reads.ts'

/**
 * Checks the value of an attribute against its type and gives it back in canonical form: names in the schema's
 * spelling, without what only the provider sets. Null, empty arrays and empty objects are undefined
 * (RFC 7643 §2.5). `at` is the place of the value, for messages: `emails`, `Operations[2].value.name`.
 */
export function readValue(
  attribute: Attribute,
  value: Json | undefined,
  reads: Reads,
  at: string,
): Json | undefined {
  if (!attribute.multiValued) return readElement(attribute, value, reads, at)
  const given = value === undefined ? undefined : reads.value(attribute, value)
  if (given === undefined || isUnassigned(given)) return undefined
  if (!Array.isArray(given)) {
    throw errors.invalidValue(
      `${at} takes several values and must be an array, but is ${found(attribute, given)}.`,
    )
  }
  checkNumberOfValues(attribute, given.length, at)
  const elements: Json[] = []
  given.forEach((element: Json, index) => {
    const read = readElement(attribute, element, reads, `${at}[${index}]`)
    if (read !== undefined) elements.push(read)
  })
  return elements.length === 0 ? undefined : distinctElements(attribute, elements, at)
}

/** Reads one value of a multi-valued attribute; of a single-valued attribute, its value. */
export function readElement(
  attribute: Attribute,
  value: Json | undefined,
  reads: Reads,
  at: string,
): Json | undefined {
  const given = value === undefined ? undefined : forgivenElement(attribute, value, reads)
  if (given === undefined || isUnassigned(given)) return undefined
  if (attribute.type !== 'complex') return readSimple(attribute, given, at)
  if (!isObject(given)) {
    throw errors.invalidValue(`${at} must be an object, but is ${found(attribute, given)}.`)
  }
  const read = readComplex(attribute, given, reads, at)
  if (attribute.relation && typeof read?.value !== 'string') {
    throw errors.invalidValue(`${at} has no "value". Send the id of the resource that is meant.`)
  }
  return read
}

/** Profiles that take one object for a list of one wrap an element as well. */
function forgivenElement(attribute: Attribute, value: Json, reads: Reads): Json | undefined {
  const given = reads.value(attribute, value)
  const isWrapped = attribute.multiValued && Array.isArray(given) && !Array.isArray(value)
  return isWrapped && given.length === 1 ? given[0] : given
}

function readComplex(
  attribute: Attribute,
  object: JsonObject,
  reads: Reads,
  at: string,
): JsonObject | undefined {
  const separator = attribute.extension ? ':' : '.'
  const read: Record<string, Json> = {}
  for (const [sub, name] of namedAttributes(
    name => findAttribute(subAttributesOf(attribute), name),
    object,
    reads,
    `${at}${separator}`,
  )) {
    if (isProvided(sub)) continue
    const value = readValue(sub, object[name], reads, `${at}${separator}${sub.name}`)
    if (value !== undefined) read[sub.name] = value
  }
  return Object.keys(read).length === 0 ? undefined : read
}

/** RFC 7643 §7: what clients send for these is ignored; the provider knows better. */
const isProvided = ({ mutability, derived }: Attribute) => mutability === 'readOnly' || derived !== undefined

/**
 * The attributes that the names of an object stand for, each with the name as it was sent. Two spellings of
 * one name are refused, for which of them counts would be chance (RFC 7643 §2.1 ignores case).
 */
export function namedAttributes(
  find: (name: string) => Attribute | undefined,
  object: JsonObject,
  reads: Reads,
  prefix: string,
): ReadonlyMap<Attribute, string> {
  const names = new Map<Attribute, string>()
  for (const name of Object.keys(object)) {
    const attribute = find(name)
    if (!attribute) {
      if (reads.unknownAttributes === 'ignore') continue
      throw errors.invalidSyntax(
        `No schema has the attribute "${prefix}${shown(name)}". Correct its name or leave it out.`,
      )
    }
    const other = names.get(attribute)
    if (other !== undefined) {
      throw errors.invalidSyntax(
        `"${prefix}${shown(other)}" and "${prefix}${shown(name)}" are the same attribute. Send it once.`,
      )
    }
    names.set(attribute, name)
  }
  return names
}
