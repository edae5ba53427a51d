import type { CheckContext, CreatedResource, SupportedAttribute, SupportedType } from '../../check.ts'
import { Failure, skip } from '../../expect.ts'
import { isObject, type Json, type JsonObject } from '../../scim.ts'

const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()

const findIn = (attributes: readonly SupportedAttribute[], path: string): SupportedAttribute | undefined => {
  const [name = '', ...rest] = path.split('.')
  const found = attributes.find(attribute => same(attribute.name, name))
  return found && rest.length > 0 ? findIn(found.subAttributes, rest.join('.')) : found
}

/** Finds an attribute of a type by its path: `title`, `name.givenName`; in an extension if its schema is given. */
export const findAttribute = (
  type: SupportedType,
  path: string,
  schema?: string,
): SupportedAttribute | undefined =>
  findIn(
    schema === undefined
      ? type.attributes
      : (type.extensions.find(extension => same(extension.schema, schema))?.attributes ?? []),
    path,
  )

/** The same by a path as Entra writes it: `emails[type eq "work"].value`, `urn:…:User:department`. */
function attributeAtPath(type: SupportedType, path: string): SupportedAttribute | undefined {
  const schema = type.extensions.find(extension =>
    same(path.slice(0, extension.schema.length + 1), `${extension.schema}:`),
  )?.schema
  if (schema === undefined && path.startsWith('urn:')) return undefined
  const within = schema === undefined ? path : path.slice(schema.length + 1)
  return findAttribute(type, within.replace(/\[[^\]]*\]/, ''), schema)
}

/** Whether an attribute is returned by default. */
export const isReturned = ({ returned }: SupportedAttribute): boolean =>
  returned === 'default' || returned === 'always'

/** Writable, and returned by default. */
export const isKept = (attribute: SupportedAttribute): boolean =>
  attribute.mutability === 'readWrite' && isReturned(attribute)

/** Whether these can be changed is the subject of checks, which have to fail. */
const subjects = new Set(['active', 'userName', 'members'])

/** Skips if the server accepts values of the attribute and doesn't return them. */
const requireKept = (attribute: SupportedAttribute, path: string): SupportedAttribute =>
  attribute.stored === false && !subjects.has(path.split('.')[0] ?? '')
    ? skip(`The server doesn’t store ${path}.`, 'probe/stored')
    : attribute

/** Some types don't describe the common attributes of all resources. */
const commonAttributes = new Set(['externalId', 'id'])

export const hasAttribute = (type: SupportedType, path: string): boolean =>
  commonAttributes.has(path) || (attributeAtPath(type, path)?.mutability ?? 'readOnly') !== 'readOnly'

/** Those of the values, by attribute or path, that the type has. */
export const known = <Value>(type: SupportedType, values: Readonly<Record<string, Value>>) =>
  Object.fromEntries(Object.entries(values).filter(([path]) => hasAttribute(type, path)))

/** Skips the check unless the type has all of these as writable attributes. */
export function requireAttributes(type: SupportedType, ...paths: readonly string[]): void {
  const missing = paths.find(path => !hasAttribute(type, path))
  if (missing !== undefined)
    skip(`The server's ${type.name} has no writable ${missing}.`, undefined, 'attribute')
  for (const path of paths) {
    const found = attributeAtPath(type, path)
    if (found) requireKept(found, path)
  }
}

/** A writable attribute that is returned; skips the check if the type has none. */
export const requireWritableAttribute = (
  type: SupportedType,
  path: string,
  schema?: string,
): SupportedAttribute => {
  const found = findAttribute(type, path, schema)
  if (found === undefined || !isKept(found))
    return skip(`${type.name} has no writable ${path} that is returned.`)
  return requireKept(found, path)
}

/** Skips the check unless all of these are writable and returned. */
export const requireWritable = (type: SupportedType, ...paths: readonly string[]): void => {
  for (const path of paths) requireWritableAttribute(type, path)
}

/** A string with any text as its only value. */
export const isPlainText = ({ type, multiValued, canonicalValues }: SupportedAttribute): boolean =>
  type === 'string' && !multiValued && canonicalValues.length === 0

const textAttributes = ['title', 'nickName', 'userType', 'displayName', 'profileUrl']
/** The name of an optional string that is writable and returned, preferably one to which servers attach no meaning. */
export const textAttributeName = (type: SupportedType, except: readonly string[] = []): string => {
  const fits = (one: SupportedAttribute): boolean =>
    one.stored !== false && !one.required && isKept(one) && isPlainText(one)
  const found = textAttributes.find(name => {
    const attribute = findAttribute(type, name)
    return !except.includes(name) && attribute && fits(attribute)
  })
  if (found !== undefined) return found
  const isLost = textAttributes.some(name => findAttribute(type, name)?.stored === false)
  return skip(`${type.name} has no other optional writable string.`, isLost ? 'probe/stored' : undefined)
}

/** A type and its first integer that is writable and returned; skips if no type has one. */
export const integerAttribute = (context: CheckContext) => {
  for (const type of context.types) {
    const found = type.attributes.find(
      one =>
        one.type === 'integer' &&
        !one.multiValued &&
        one.uniqueness === 'none' &&
        one.canonicalValues.length === 0 &&
        isKept(one),
    )
    if (found) return { type, name: found.name }
  }
  return skip('No type has a writable integer.')
}

/** Reduces a body to what the schemas of its type require, without optional or discovered values. */
export function requiredAttributes({ attributes, extensions }: SupportedType, body: JsonObject): JsonObject {
  const extended = extensions.flatMap(({ schema, required, attributes }) => {
    const value = body[schema]
    if (!required || !isObject(value)) return []
    const least = onlyRequired(attributes, value)
    return [[schema, Object.keys(least).length > 0 ? least : value] as const]
  })
  const { schemas = [] } = body
  return { schemas, ...onlyRequired(attributes, body), ...Object.fromEntries(extended) }
}

const onlyRequired = (attributes: readonly SupportedAttribute[], body: JsonObject): JsonObject => {
  const names = new Set(attributes.filter(({ required }) => required).map(({ name }) => name.toLowerCase()))
  return Object.fromEntries(Object.entries(body).filter(([name]) => names.has(name.toLowerCase())))
}

export const extensionValues = (
  context: CheckContext,
  type: SupportedType,
  schema: string,
  values: JsonObject,
): JsonObject => {
  const sample = context.sample(type)
  const schemas = Array.isArray(sample.schemas) ? sample.schemas : [type.schema]
  const before = sample[schema]
  return {
    ...sample,
    schemas: [...new Set([...schemas, schema])],
    [schema]: { ...(isObject(before) ? before : {}), ...values },
  }
}

/** The value at a path of names, in any case; undefined if there is none. */
export const valueIn = (value: Json | undefined, ...path: readonly string[]): Json | undefined => {
  const [name, ...rest] = path
  if (name === undefined) return value
  if (!isObject(value)) return undefined
  const key = Object.keys(value).find(one => same(one, name))
  return key === undefined ? undefined : valueIn(value[key], ...rest)
}

/** No value in any representation: omitted, null, or an empty list (RFC 7643 §2.5). */
export const isUnassigned = (value: Json | undefined): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0)

/** The objects of a multi-valued attribute; none if it is unassigned. */
export const objectsIn = (value: Json | undefined, ...path: readonly string[]): readonly JsonObject[] => {
  const found = valueIn(value, ...path)
  return Array.isArray(found) ? found.filter(isObject) : []
}

/** Their `value`, sorted. */
export const sortedValues = (value: Json | undefined, ...path: readonly string[]): readonly string[] =>
  objectsIn(value, ...path)
    .map(one => String(one.value))
    .sort()

/** Creates a user with several email addresses; skips if the server accepts or stores only one. */
export async function createWithEmails(context: CheckContext, given: JsonObject & { readonly emails: Json }) {
  const only = 'The server doesn’t store two email addresses of a user.'
  const made = await context.create(context.users, given).catch((error: unknown) => {
    if (error instanceof Failure && error.got.startsWith('400')) return skip(only)
    throw error
  })
  const { emails } = made.body
  return Array.isArray(emails) && emails.length > 1 ? made : skip(only)
}

type UserWithAddresses = { readonly made: CreatedResource; readonly address: (name: string) => string }

async function addressee(
  context: CheckContext,
  emailsOf: (address: UserWithAddresses['address']) => readonly JsonObject[],
): Promise<UserWithAddresses> {
  const mark = context.unique()
  const address = (name: string) => `${name}-${mark}@example.com`
  return { made: await createWithEmails(context, { emails: emailsOf(address) }), address }
}

export function createWithAddresses(
  context: CheckContext,
  ...types: readonly string[]
): Promise<UserWithAddresses> {
  requireWritable(context.users, 'emails.value', 'emails.type')
  return addressee(context, address => types.map(type => ({ type, value: address(type) })))
}

export function createWithPrimary(context: CheckContext, other: string): Promise<UserWithAddresses> {
  requireWritable(context.users, 'emails.value', 'emails.type', 'emails.primary')
  return addressee(context, (address): readonly JsonObject[] => [
    { type: 'work', value: address('work'), primary: true },
    { type: other, value: address(other) },
  ])
}
