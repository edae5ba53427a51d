import { isObject, type Json, type JsonObject } from '../json.ts'
import type { AttributeAtHand, TypeAtHand } from '../stage.ts'
import { type FindReferent, pointsToResources, referring } from './references.ts'
import { valueFor } from './values.ts'

export type Made = {
  /** Everything that can be written, or only what has to be. */
  readonly full: boolean
  readonly unique: () => string
  /** Attributes that are wanted in any case, with all their parts: `title`, `urn:…:User:department`. */
  readonly needed?: readonly string[]
  /** For references that are required. */
  readonly referent?: FindReferent
}

/** A valid body for a type; what is given stands in place of what is made. */
export function bodyFor(type: TypeAtHand, how: Made, ...given: readonly JsonObject[]): JsonObject {
  const extensions = type.extensions.flatMap(({ schema, required, attributes }) => {
    const value = {
      ...objectFor(attributes, schema.toLowerCase(), how),
      ...neededOf(attributes, schema, how),
    }
    const asked = given.some(one => one[schema] !== undefined)
    const wanted = required || how.full || how.needed?.some(name => name.startsWith(`${schema}:`)) === true
    // An extension may be required, and none of its attributes.
    const some = Object.keys(value).length > 0 || !required ? value : anyOf(attributes, how)
    return asked || (wanted && Object.keys(some).length > 0) ? [[schema, some] as const] : []
  })
  const made: JsonObject = {
    schemas: [type.schema, ...extensions.map(([schema]) => schema)],
    ...(how.full && { externalId: how.unique() }),
    ...objectFor(type.attributes, '', how),
    ...neededOf(type.attributes, '', how),
    ...Object.fromEntries(extensions),
  }
  return given.reduce((body, more) => over(body, more, type), made)
}

const neededOf = (attributes: readonly AttributeAtHand[], schema: string, how: Made): JsonObject =>
  objectFor(
    attributes.filter(({ name }) => how.needed?.includes(schema === '' ? name : `${schema}:${name}`)),
    schema.toLowerCase(),
    { ...how, full: true },
  )

const over = (body: JsonObject, more: JsonObject, type: TypeAtHand): JsonObject => {
  const inExtensions = type.extensions.flatMap(({ schema }) => {
    const [mine, theirs] = [body[schema], more[schema]]
    return isObject(mine) && isObject(theirs) ? [[schema, { ...mine, ...theirs }] as const] : []
  })
  // Names are the same in whatever case they are written (RFC 7643 §2.1).
  const replaced = new Set(Object.keys(more).map(name => name.toLowerCase()))
  const kept = Object.entries(body).filter(([name]) => !replaced.has(name.toLowerCase()))
  return { ...Object.fromEntries(kept), ...more, ...Object.fromEntries(inExtensions) }
}

function objectFor(attributes: readonly AttributeAtHand[], path: string, how: Made): JsonObject {
  const made = attributes
    .filter(attribute => isWritable(attribute) && (how.full || attribute.required))
    .map(attribute => [attribute.name, madeFor(attribute, path, how)] as const)
  return Object.fromEntries(made.filter(pair => pair[1] !== undefined)) as JsonObject
}

const isWritable = ({ mutability }: AttributeAtHand): boolean => mutability.toLowerCase() !== 'readonly'

function madeFor(attribute: AttributeAtHand, above: string, how: Made): Json | undefined {
  const path =
    above === '' || above.startsWith('urn:') ? attribute.name.toLowerCase() : `${above}.${attribute.name}`
  const value =
    attribute.type.toLowerCase() === 'complex'
      ? complexFor(attribute, path, how)
      : valueFor(attribute, { path: path.toLowerCase(), unique: how.unique, referent: how.referent })
  return attribute.multiValued && value !== undefined ? [value] : value
}

/** Of a required one whose parts may all be missing, one part at least. */
function complexFor(attribute: AttributeAtHand, path: string, how: Made): JsonObject | undefined {
  if (refersToResources(attribute)) return attribute.required ? referring(attribute, how.referent) : undefined
  const parts = objectFor(attribute.subAttributes, path, how)
  const value = Object.keys(parts).length > 0 ? parts : anyOf(attribute.subAttributes, how, path)
  return Object.keys(value).length > 0 ? value : undefined
}

function anyOf(attributes: readonly AttributeAtHand[], how: Made, path = 'urn:'): JsonObject {
  const all = objectFor(attributes, path, { ...how, full: true })
  const [[name, value] = []] = Object.entries(all.value === undefined ? all : { value: all.value })
  return name === undefined || value === undefined ? {} : { [name]: value }
}

/** Members, a manager and the like: their value is the id of something on the server. */
export function refersToResources({ name, required, subAttributes }: AttributeAtHand): boolean {
  const reference = subAttributes.find(sub => sub.name === '$ref')
  const pointsAway = reference !== undefined && pointsToResources(reference.referenceTypes)
  return pointsAway || (!required && /^(members|manager)$/i.test(name))
}
