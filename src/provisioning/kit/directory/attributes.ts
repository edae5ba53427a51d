import { isObject, type Json, type JsonObject } from '../../../scim/json.ts'
import { entraName, type PropertyKind, propertyOf } from './attribute-names.ts'
import type { ReadingProblems } from './problems.ts'
import type { SourceValue } from './source-directory.ts'

export type Entry = { readonly place: string; readonly value: JsonObject }

export const structuralProperties = new Set([
  'objectId',
  'accountEnabled',
  'deletedDateTime',
  'manager',
  'members',
])

/**
 * The attributes of a user or group under Entra's names, without empty ones. Objects are flattened one level deep
 * (`employeeOrgData.division`). Lists of objects (licenses, identities) are ignored, because mappings can't read them.
 */
export function readAttributes(
  { place, value }: Entry,
  problems: ReadingProblems,
): Record<string, SourceValue> {
  const attributes = new Map<string, SourceValue>()
  for (const [name, written] of propertiesOf(value)) {
    const property = propertyOf(name)
    const attribute = property?.name ?? name
    if (structuralProperties.has(attribute) || isEmpty(written)) continue
    const read = property ? readKnown(property.kind, name, written) : readUnknown(written)
    if (read instanceof WrongType) problems.error(place, read.message)
    else if (read === undefined) problems.leftOut.add(name)
    else if (!isEmpty(read) && !attributes.has(attribute)) attributes.set(attribute, first(property, read))
  }
  return Object.fromEntries(attributes)
}

export const attributesNamedIn = (value: JsonObject): ReadonlySet<string> =>
  new Set([...propertiesOf(value)].map(([name]) => entraName(name)))

/** A required string: an id, a userPrincipalName. Reports an error and returns undefined if it is missing. */
export function readRequired(entry: Entry, attribute: string, problems: ReadingProblems): string | undefined {
  const written = find(entry.value, attribute)
  if (typeof written === 'string' && written !== '') return written
  if (isEmpty(written)) problems.error(entry.place, `${displayNameOf(attribute)} is missing.`)
  else problems.error(entry.place, `${displayNameOf(attribute)} must be a string, not ${kindOf(written)}.`)
  return undefined
}

/** A boolean, or `true` or `false` as a string, as in CSV files. */
export function readBoolean(entry: Entry, attribute: string, problems: ReadingProblems): boolean | undefined {
  const written = find(entry.value, attribute)
  if (isEmpty(written)) return undefined
  const read = readKnown('boolean', attribute, written ?? null)
  if (read instanceof WrongType) problems.error(entry.place, read.message)
  return typeof read === 'boolean' ? read : undefined
}

/** Milliseconds since 1970 of a Graph timestamp: `2026-11-24T20:00:00Z`. */
export function readTime(entry: Entry, attribute: string, problems: ReadingProblems): number | undefined {
  const written = find(entry.value, attribute)
  if (isEmpty(written)) return undefined
  const time = typeof written === 'string' && /^\d{4}-\d\d-\d\d/.test(written) ? Date.parse(written) : NaN
  if (!Number.isNaN(time)) return time
  problems.error(
    entry.place,
    `${attribute} must be a time such as 2026-11-24T20:00:00Z, not ${kindOf(written)}.`,
  )
  return undefined
}

export function find(value: JsonObject, attribute: string): Json | undefined {
  for (const [name, written] of Object.entries(value)) {
    if (!isEmpty(written) && (name === attribute || propertyOf(name)?.name === attribute)) return written
  }
  return undefined
}

export function findFirst(value: JsonObject, names: readonly string[]): Json | undefined {
  const given = new Map(Object.entries(value).map(([name, written]) => [name.toLowerCase(), written]))
  return names.map(name => given.get(name.toLowerCase())).find(written => !isEmpty(written))
}

function* propertiesOf(value: JsonObject): Generator<readonly [name: string, value: Json]> {
  for (const [name, written] of Object.entries(value)) {
    if (name.includes('@odata.')) continue
    if (!isObject(written) || propertyOf(name)?.kind === 'text') yield [name, written]
    else if (propertyOf(name)?.name === 'onPremisesExtensionAttributes') yield* Object.entries(written)
    else if (propertyOf(name)?.kind !== 'reference') yield* flattened(name, written)
  }
}

const flattened = (name: string, value: JsonObject): readonly (readonly [string, Json])[] =>
  Object.entries(value).map(([sub, written]) => [`${name}.${sub}`, written] as const)

class WrongType {
  readonly message: string
  constructor(name: string, expected: string, written: Json | undefined) {
    this.message = `${name} must be ${expected}, not ${kindOf(written)}.`
  }
}

function readKnown(kind: PropertyKind, name: string, written: Json): SourceValue | WrongType {
  switch (kind) {
    case 'boolean': {
      const text = String(written).toLowerCase()
      return text === 'true' || text === 'false'
        ? text === 'true'
        : new WrongType(name, 'true or false', written)
    }
    case 'list': {
      const list = typeof written === 'string' ? [written] : stringsIn(written)
      return list ?? new WrongType(name, 'a list of strings', written)
    }
    default: {
      const text = typeof written === 'string' ? written : isListed(name) ? stringsIn(written) : undefined
      return (
        text ?? new WrongType(name, isListed(name) ? 'a string or a list of strings' : 'a string', written)
      )
    }
  }
}

function readUnknown(written: Json): SourceValue | undefined {
  if (typeof written === 'string' || typeof written === 'boolean') return written
  return typeof written === 'number' ? String(written) : stringsIn(written)
}

const isListed = (name: string): boolean => propertyOf(name)?.usesFirstValue === true

function stringsIn(written: Json): readonly string[] | undefined {
  if (!Array.isArray(written)) return undefined
  const strings = written.filter((each): each is string => typeof each === 'string' && each !== '')
  return strings.length === written.filter(each => !isEmpty(each)).length ? strings : undefined
}

const first = (property: { readonly usesFirstValue: boolean } | undefined, read: SourceValue): SourceValue =>
  property?.usesFirstValue && typeof read === 'object' ? (read[0] ?? '') : read

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)

const displayNameOf = (attribute: string): string => (attribute === 'objectId' ? 'id' : attribute)

export function kindOf(value: Json | undefined): string {
  if (value === null || value === undefined) return 'nothing'
  if (typeof value === 'object') return Array.isArray(value) ? 'a list' : 'an object'
  return typeof value === 'string' ? `the string ${quoted(value)}` : `the ${typeof value} ${String(value)}`
}

export const quoted = (value: Json | undefined): string => {
  const text = typeof value === 'string' ? value : String(JSON.stringify(value))
  return `"${text.length > maxQuoteLength ? `${text.slice(0, maxQuoteLength)}…` : text}"`
}
const maxQuoteLength = 60
