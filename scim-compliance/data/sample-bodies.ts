import { createHash } from 'node:crypto'
import type { SupportedAttribute, SupportedType } from '../check.ts'
import { isObject, type Json, type JsonObject } from '../scim.ts'

export type ReferenceTarget = { readonly id: string; readonly url: string; readonly type: string }

/** By the names of their types in lower case. */
type ReferenceTargets = ReadonlyMap<string, ReferenceTarget>

/** Of the first of these types of which a resource exists. */
export const findReferent = (referents: ReferenceTargets | undefined, referenceTypes: readonly string[]) =>
  referenceTypes.map(name => referents?.get(name.toLowerCase())).find(one => one !== undefined)

const isResourceReference = (referenceTypes: readonly string[]): boolean =>
  referenceTypes.length > 0 && !referenceTypes.some(type => /^(external|uri)$/i.test(type))

/** The types of resources that the sub-attributes of members, managers and the like identify. */
const referredTypes = ({ subAttributes }: SupportedAttribute): readonly string[] =>
  subAttributes.find(({ name }) => name === '$ref')?.referenceTypes ?? []

const isWritable = ({ mutability }: SupportedAttribute): boolean => mutability.toLowerCase() !== 'readonly'

/** The sub-attributes of an attribute such as members that identify a resource; undefined if there are none. */
function createReference(attribute: SupportedAttribute, { referents }: BodyOptions): JsonObject | undefined {
  const found = findReferent(referents, referredTypes(attribute))
  if (found === undefined) return undefined
  const named: JsonObject = { value: found.id, $ref: found.url, type: found.type }
  const parts = attribute.subAttributes.filter(part => part.name in named && isWritable(part))
  return Object.fromEntries(parts.map(({ name }) => [name, named[name] ?? null]))
}

export const requiredReferences = ({ attributes, extensions }: SupportedType) =>
  [attributes, ...extensions.filter(({ required }) => required).map(({ attributes }) => attributes)]
    .flat()
    .filter(attribute => attribute.required && isWritable(attribute))
    .flatMap(attribute =>
      [attribute.referenceTypes, referredTypes(attribute)]
        .filter(isResourceReference)
        .map(referenceTypes => ({ name: attribute.name, referenceTypes })),
    )

/** A self-signed certificate for `CN=scim-check`, for servers that parse certificates. */
const certificate =
  'MIIBgjCCASegAwIBAgIUMqqw3WeuOwLl1Mz8rfDucXR0VMIwCgYIKoZIzj0EAwIwFTETMBEGA1UEAwwKc2NpbS1jaGVjazAgFw0yNjExMjQy' +
  'MzA0MjdaGA8yMTI2MTAzMTIzMDQyN1owFTETMBEGA1UEAwwKc2NpbS1jaGVjazBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABCPFETR+tObv' +
  'VohM73yfGqQTGmyYmQk4h7AgM0Aasw3G/ndBuNTPj9c6euiHOAo7cInzsQLtayPU2u3KUE5c70mjUzBRMB0GA1UdDgQWBBSbo7SqV4EelBfj' +
  'F6SSJDCN9sTJOTAfBgNVHSMEGDAWgBSbo7SqV4EelBfjF6SSJDCN9sTJOTAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQC6' +
  'SC9WKM6VSpoAhLmFq3iobQEYQK2cqW+wfAkiChDZZQIhANeSzoJGHXuNT0s/skiN9d75gT1a1IcXaYME9J8kTPd1'

const knownValues: readonly (readonly [path: RegExp, value: (text: string) => string])[] = [
  [/(^|\.)e?mails?(\.value)?$/, text => `${text}@scim-check.example`],
  [/^phonenumbers(\.value)?$/, () => 'tel:+1-201-555-0123'],
  [/(^|\.)country$/, () => 'US'],
  [/^(locale|preferredlanguage)$/, () => 'en-US'],
  [/^timezone$/, () => 'Europe/Berlin'],
  [/^(photos\.value|profileurl)$/, text => `https://scim-check.example/${text}.png`],
  [/^password$/, text => `${text}-Aa9!`],
]

/** A valid value of a simple attribute; undefined if only IDs of the server are valid. */
function createValue(attribute: SupportedAttribute, path: string, how: BodyOptions): Json | undefined {
  const { unique, isAddress = false } = how
  // The few suggested values would soon be used up if each must be unique.
  const [canonical] = attribute.uniqueness.toLowerCase() === 'none' ? attribute.canonicalValues : []
  switch (attribute.type.toLowerCase()) {
    case 'boolean':
      return true
    case 'integer':
      return canonical === undefined ? numberFor(attribute, unique) : Number(canonical)
    case 'decimal':
      return canonical === undefined ? numberFor(attribute, unique) + 0.5 : Number(canonical)
    case 'datetime':
      return canonical ?? '2024-02-29T12:34:56Z'
    case 'binary':
      return (
        canonical ??
        (path.startsWith('x509certificates') ? certificate : Buffer.from(unique()).toString('base64'))
      )
    case 'reference':
      return canonical ?? referenceFor(attribute, how)
    default:
      return canonical ?? textFor(path, unique, isAddress)
  }
}

/** Small for any number; if it must be unique, one that is unlikely to exist. */
const numberFor = ({ uniqueness }: SupportedAttribute, unique: () => string): number =>
  uniqueness.toLowerCase() === 'none' ? 7 : createHash('sha256').update(unique()).digest().readUIntBE(0, 3)

function textFor(path: string, unique: () => string, isAddress: boolean): string {
  const kind = isAddress && path === 'username' ? 'email' : path
  const [, value = (text: string) => text] = knownValues.find(([ending]) => ending.test(kind)) ?? []
  return value(unique())
}

/** RFC 7643 §2.3.7: names of resource types are themselves reference types; other URIs are `external` or `uri`. */
function referenceFor(
  { referenceTypes, required }: SupportedAttribute,
  { unique, referents }: BodyOptions,
): string | undefined {
  if (isResourceReference(referenceTypes))
    return required ? findReferent(referents, referenceTypes)?.url : undefined
  return referenceTypes.includes('uri') && !referenceTypes.includes('external')
    ? `urn:${unique().replaceAll(/[^a-z0-9]/gi, '-')}:made`
    : `https://scim-check.example/${unique()}`
}

type BodyOptions = {
  /** All writable attributes, or only the required ones. */
  readonly full: boolean
  readonly unique: () => string
  /** Attributes that are required in any case, with all their sub-attributes: `title`, `urn:…:User:department`. */
  readonly needed?: readonly string[]
  /** Whether userName is an email address. */
  readonly isAddress?: boolean
  readonly referents?: ReferenceTargets
}

/** A valid body for a type; given values override generated ones. */
export function createBody(
  type: SupportedType,
  how: BodyOptions,
  ...given: readonly JsonObject[]
): JsonObject {
  const extensions = type.extensions.flatMap(({ schema, required, attributes }) => {
    const value = valuesFor(attributes, schema, how)
    const asked = given.some(one => one[schema] !== undefined)
    const wanted = required || how.full || how.needed?.some(name => name.startsWith(`${schema}:`)) === true
    // An extension may be required even if none of its attributes is.
    const some = Object.keys(value).length > 0 || !required ? value : anyOf(attributes, how)
    return asked || (wanted && Object.keys(some).length > 0) ? [[schema, some] as const] : []
  })
  const made: JsonObject = {
    schemas: [type.schema, ...extensions.map(([schema]) => schema)],
    ...(how.full && { externalId: how.unique() }),
    ...valuesFor(type.attributes, '', how),
    ...Object.fromEntries(extensions),
  }
  return given.reduce((body, more) => over(body, more, type), made)
}

/** Without the schema for the attributes of the type itself. */
function valuesFor(attributes: readonly SupportedAttribute[], schema: string, how: BodyOptions): JsonObject {
  const path = schema.toLowerCase()
  const isNeeded = ({ name }: SupportedAttribute) =>
    how.needed?.includes(schema === '' ? name : `${schema}:${name}`)
  const needed = objectFor(attributes.filter(isNeeded), path, { ...how, full: true })
  return { ...objectFor(attributes, path, how), ...needed }
}

const over = (body: JsonObject, more: JsonObject, type: SupportedType): JsonObject => {
  const inExtensions = type.extensions.flatMap(({ schema }) => {
    const [mine, theirs] = [body[schema], more[schema]]
    return isObject(mine) && isObject(theirs) ? [[schema, { ...mine, ...theirs }] as const] : []
  })
  // Names ignore case (RFC 7643 §2.1).
  const replaced = new Set(Object.keys(more).map(name => name.toLowerCase()))
  const kept = Object.entries(body).filter(([name]) => !replaced.has(name.toLowerCase()))
  return { ...Object.fromEntries(kept), ...more, ...Object.fromEntries(inExtensions) }
}

function objectFor(attributes: readonly SupportedAttribute[], path: string, how: BodyOptions): JsonObject {
  const made = attributes
    .filter(attribute => isWritable(attribute) && (how.full || attribute.required))
    .map(attribute => [attribute.name, madeFor(attribute, path, how)] as const)
  return Object.fromEntries(made.filter(pair => pair[1] !== undefined)) as JsonObject
}

function madeFor(attribute: SupportedAttribute, above: string, how: BodyOptions): Json | undefined {
  const path =
    above === '' || above.startsWith('urn:') ? attribute.name.toLowerCase() : `${above}.${attribute.name}`
  const value =
    attribute.type.toLowerCase() === 'complex'
      ? complexFor(attribute, path, how)
      : createValue(attribute, path.toLowerCase(), how)
  return attribute.multiValued && value !== undefined ? [value] : value
}

function complexFor(attribute: SupportedAttribute, path: string, how: BodyOptions): JsonObject | undefined {
  if (refersToResources(attribute)) return attribute.required ? createReference(attribute, how) : undefined
  const parts = objectFor(attribute.subAttributes, path, how)
  const value = Object.keys(parts).length > 0 ? parts : anyOf(attribute.subAttributes, how, path)
  return Object.keys(value).length > 0 ? value : undefined
}

function anyOf(attributes: readonly SupportedAttribute[], how: BodyOptions, path = 'urn:'): JsonObject {
  const all = objectFor(attributes, path, { ...how, full: true })
  const [[name, value] = []] = Object.entries(all.value === undefined ? all : { value: all.value })
  return name === undefined || value === undefined ? {} : { [name]: value }
}

/** Members, managers and similar attributes: their value is the ID of a resource on the server. */
export const refersToResources = (attribute: SupportedAttribute): boolean =>
  isResourceReference(referredTypes(attribute)) ||
  (!attribute.required && /^(members|manager)$/i.test(attribute.name))
