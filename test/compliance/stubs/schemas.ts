import { isDeepStrictEqual } from 'node:util'
import { isObject, type Json, type JsonObject } from '../../../scim-compliance/scim.ts'

export type Attribute = {
  readonly name: string
  readonly type: string
  readonly description: string
  readonly multiValued: boolean
  readonly caseExact: boolean
  readonly required: boolean
  readonly mutability: string
  readonly returned: string
  readonly uniqueness: string
  readonly subAttributes?: readonly Attribute[]
}

/** An error that the stub returns. */
export class Refused extends Error {
  readonly status: number
  readonly scimType: string | undefined
  constructor(status: number, detail: string, scimType?: string) {
    super(detail)
    this.status = status
    this.scimType = scimType
  }
}

const attribute = (name: string, more: object = {}): Attribute => ({
  name,
  type: 'string',
  multiValued: false,
  description: name,
  required: false,
  caseExact: false,
  mutability: 'readWrite',
  returned: 'default',
  uniqueness: 'none',
  ...more,
})

const texts = (names: string) => names.split(' ').map(name => attribute(name))

const complex = (name: string, subAttributes: readonly Attribute[], more: object = {}) =>
  attribute(name, { type: 'complex', subAttributes, ...more })

const listed = (name: string, ...parts: readonly Attribute[]) =>
  complex(name, [...parts, attribute('type'), attribute('primary', { type: 'boolean' })], {
    multiValued: true,
  })

const reference = (name: string, types: readonly string[], more: object = {}) =>
  attribute(name, { type: 'reference', referenceTypes: types, caseExact: true, ...more })

const immutable = { mutability: 'immutable' }
const readOnly = { mutability: 'readOnly' }

const urns = 'urn:ietf:params:scim:schemas'
export const enterprise = `${urns}:extension:enterprise:2.0:User`

export type Type = {
  readonly name: 'User' | 'Group'
  readonly endpoint: '/Users' | '/Groups'
  readonly schema: string
  readonly attributes: readonly Attribute[]
  readonly extension: readonly Attribute[]
}

export const userType: Type = {
  name: 'User',
  endpoint: '/Users',
  schema: `${urns}:core:2.0:User`,
  attributes: [
    attribute('userName', { required: true, uniqueness: 'server' }),
    complex('name', texts('formatted familyName givenName')),
    ...texts('displayName title preferredLanguage'),
    attribute('active', { type: 'boolean' }),
    listed('emails', attribute('value')),
    listed('phoneNumbers', attribute('value')),
    listed('addresses', ...texts('formatted streetAddress locality region postalCode country')),
    complex('groups', [attribute('value', readOnly), attribute('display', readOnly)], {
      ...readOnly,
      multiValued: true,
    }),
  ],
  extension: [
    ...texts('employeeNumber department'),
    complex('manager', [attribute('value'), attribute('displayName', readOnly)]),
  ],
}

export const groupType: Type = {
  name: 'Group',
  endpoint: '/Groups',
  schema: `${urns}:core:2.0:Group`,
  attributes: [
    attribute('displayName', { required: true }),
    complex(
      'members',
      [
        attribute('value', { ...immutable, caseExact: true }),
        reference('$ref', ['User'], immutable),
        attribute('type', immutable),
        attribute('display', readOnly),
      ],
      { multiValued: true },
    ),
  ],
  extension: [],
}

export const types: readonly Type[] = [userType, groupType]

export const isNamed = (name: string) => (one: { readonly name: string }) =>
  one.name.toLowerCase() === name.toLowerCase()

/** A value as it is stored: writable attributes in the spelling of the schema. Undefined: unassigned. */
export function readValue(attribute: Attribute, value: Json | undefined): Json | undefined {
  if (value === undefined || value === null) return undefined
  if (!attribute.multiValued) return readOne(attribute, value)
  if (!Array.isArray(value)) throw new Refused(400, `${attribute.name} is a list.`, 'invalidValue')
  const read: readonly Json[] = value.flatMap((one: Json) => readOne(attribute, one) ?? [])
  const isRepeated = (one: Json, at: number) => read.findIndex(other => isDeepStrictEqual(one, other)) < at
  const last = read.findLastIndex(one => isObject(one) && one.primary === true)
  const values = read
    .map((one, at) =>
      isObject(one) && one.primary === true && at !== last ? { ...one, primary: false } : one,
    )
    .filter((one, at) => !isRepeated(one, at))
  return values.length === 0 ? undefined : values
}

function readOne({ name, type, subAttributes = [] }: Attribute, value: Json): Json | undefined {
  if (type === 'complex') {
    if (!isObject(value)) throw new Refused(400, `${name} is complex.`, 'invalidValue')
    const found = readAttributes(subAttributes, value)
    return Object.keys(found).length === 0 ? undefined : found
  }
  // Entra ID sends booleans as text.
  if (type === 'boolean' && typeof value === 'string' && /^(true|false)$/i.test(value))
    return value.toLowerCase() === 'true'
  if (typeof value !== (type === 'boolean' ? 'boolean' : 'string'))
    throw new Refused(400, `${name} is of type ${type}.`, 'invalidValue')
  return value
}

export function readAttributes(attributes: readonly Attribute[], given: JsonObject): JsonObject {
  const found: Record<string, Json> = {}
  for (const [key, value] of Object.entries(given)) {
    const one = attributes.find(isNamed(key))
    if (!one || one.mutability === 'readOnly') continue
    const read = readValue(one, value)
    if (read !== undefined) found[one.name] = read
  }
  return found
}

/** What a client sends of a resource. */
export function readResource({ attributes, extension, name, schema }: Type, given: JsonObject): JsonObject {
  const schemas = Array.isArray(given.schemas) ? given.schemas : []
  const named = schemas.map(urn => `${urn}`.toLowerCase())
  if (!named.includes(schema.toLowerCase()))
    throw new Refused(400, `schemas lacks ${schema}.`, 'invalidValue')
  const { externalId, [enterprise]: extended } = given
  const kept = isObject(extended) ? readAttributes(extension, extended) : {}
  const read: JsonObject = {
    ...(typeof externalId === 'string' && { externalId }),
    ...readAttributes(attributes, given),
    ...(Object.keys(kept).length > 0 && { [enterprise]: kept }),
  }
  const missing = attributes.find(one => one.required && !read[one.name])
  if (missing) throw new Refused(400, `${name} needs ${missing.name}.`, 'invalidValue')
  return read
}
