import { enterpriseUserSchema } from '../../scim/core-schemas.ts'
import { isObject, type Json, type JsonObject } from '../../scim/json.ts'
import type { Resource } from '../../scim/resource.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { ApiError } from '../api-error.ts'
import { optional, readInput, type Shape, structure } from '../shape.ts'
import { errors } from './errors.ts'
import { enterprise, groupName, sensitiveText, userMembers } from './shapes.ts'

type Requirement = { readonly path: readonly string[]; readonly name: string }

const userRequirements: readonly Requirement[] = [
  { path: ['userName'], name: 'username' },
  { path: ['displayName'], name: 'displayname' },
  { path: ['name', 'givenName'], name: 'givenname' },
  { path: ['name', 'familyName'], name: 'familyname' },
]
const groupRequirements: readonly Requirement[] = [{ path: ['displayName'], name: 'displayname' }]

const requirementsOf = ({ labelAttribute }: ResourceType) =>
  labelAttribute === 'userName' ? userRequirements : groupRequirements

const missingIn = (type: ResourceType, resource: Resource): readonly string[] => {
  const missing = requirementsOf(type).filter(({ path }) => valueAt(resource, path) === undefined)
  const hasName = Object.keys(resource.name ?? {}).length > 0
  return [...new Set(missing.map(({ path, name }) => (path[0] === 'name' && !hasName ? 'name' : name)))]
}

/** Names that users and groups may not have, in lower case. */
const reserved: ReadonlySet<string> = new Set(['administrator', 'awsadministrators'])

const datePattern = /^\d{4}-\d{2}-\d{2}$/

const isDate = (text: string): boolean => {
  const date = new Date(`${text}T00:00:00Z`)
  return datePattern.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}

/**
 * Checks what the model does not say about a new user or group, or a changed one. SCIM may have stored a resource that this API
 * would reject: only what a change adds or removes counts.
 */
export function checkAttributes(type: ResourceType, resource: Resource, before: Resource = {}): void {
  const isNew = Object.keys(before).length === 0
  const missing = missingIn(type, resource)
  const missingBefore = isNew ? [] : missingIn(type, before)
  if (missing.some(name => !missingBefore.includes(name))) throw errors.required(missing)
  const label = resource[type.labelAttribute]
  if (
    typeof label === 'string' &&
    label !== before[type.labelAttribute] &&
    reserved.has(label.toLowerCase())
  ) {
    throw errors.reservedName(label)
  }
  const birthdate = valueAt(resource, placeOf(type, ['birthdate']))
  if (typeof birthdate === 'string' && !isDate(birthdate)) throw errors.birthdate()
}

// A user or group as the API has it, and as it is stored: the same names in Pascal and in lower camel case.

export const extensionName = 'aws:identitystore:enterprise'

export const lowerCamel = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1)

/** The attributes that SCIM does not have, in lower camel case. The API does not update the last two. */
const onlyInApi: ReadonlySet<string> = new Set([
  ...['photos', 'website', 'birthdate', 'description', 'externalIds', 'unknownMembers'],
])

export function placeOf({ nonScim }: ResourceType, path: readonly string[]): readonly string[] {
  const [first = '', ...below] = path
  if (first === extensionName) return [enterpriseUserSchema.id, ...below]
  return nonScim && onlyInApi.has(first) ? [nonScim.name, ...path] : path
}

export const valueAt = (resource: Resource, place: readonly string[]): Json | undefined =>
  place.reduce<Json | undefined>(
    (value, name) => (isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined),
    resource,
  )

export function withValue(
  resource: JsonObject,
  place: readonly string[],
  value: Json | undefined,
): JsonObject {
  const [name = '', ...below] = place
  const { [name]: current, ...others } = resource
  const next = below.length === 0 ? value : withValue(isObject(current) ? current : {}, below, value)
  return next === undefined ? others : { ...resource, [name]: next }
}

export function toStored(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(toStored)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [lowerCamel(name), toStored(member)]),
  )
}

export function fromStored(shape: Shape, value: Json | undefined): Json | undefined {
  if (value === undefined || value === null) return undefined
  if (shape.kind === 'list') {
    const items = Array.isArray(value)
      ? (value as readonly Json[]).flatMap(item => fromStored(shape.of, item) ?? [])
      : []
    return items.length === 0 ? undefined : items
  }
  if (shape.kind !== 'structure') return value
  const members = Object.entries(shape.members).flatMap(([name, { shape }]) => {
    const member = isObject(value) ? fromStored(shape, value[lowerCamel(name)]) : undefined
    return member === undefined ? [] : [[name, member] as const]
  })
  return members.length === 0 ? undefined : Object.fromEntries(members)
}

/** Members may be sent in lower camel case, too. `path` names the document in errors. */
export function readDocument(shape: Shape, document: Json, path: string): Json {
  const member = path === '' ? 'value' : path
  const value = toPascal(shape, document, path)
  try {
    return readInput(structure({ [member]: optional(shape) }), { [member]: value })[member] as Json
  } catch (error) {
    if (error instanceof ApiError && error.type === 'SerializationException') {
      throw errors.attributeValue(error.message)
    }
    throw error
  }
}

function toPascal(shape: Shape, value: Json, path: string): Json {
  if (shape.kind === 'list' && Array.isArray(value)) {
    return (value as readonly Json[]).map(item => toPascal(shape.of, item, path))
  }
  if (shape.kind !== 'structure' || !isObject(value)) return value
  const names = new Map(
    Object.keys(shape.members).flatMap(
      name =>
        [
          [name, name],
          [lowerCamel(name), name],
        ] as const,
    ),
  )
  return Object.fromEntries(
    Object.entries(value).map(([given, member]) => {
      const name = names.get(given)
      const below = `${path}.${given}`
      if (name === undefined) throw errors.unknownMember(below)
      return [name, toPascal((shape.members[name] as { shape: Shape }).shape, member, below)]
    }),
  )
}

export const enterpriseDocument = (resource: Resource): Json | undefined => {
  const document = fromStored(enterprise, resource[enterpriseUserSchema.id])
  return document === undefined ? undefined : toStored(document)
}

export const userAttributes = (type: ResourceType, resource: Resource): JsonObject =>
  Object.fromEntries(
    Object.entries(userMembers).flatMap(([name, { shape }]) => {
      const value = fromStored(shape, valueAt(resource, placeOf(type, [lowerCamel(name)])))
      return value === undefined ? [] : [[name, value] as const]
    }),
  )

export type AttributeOperation = { readonly AttributePath: string; readonly AttributeValue?: Json }

export type AttributeChange = { readonly path: readonly string[]; readonly value?: Json }

type Updatable = { readonly path: readonly string[]; readonly shape: Shape }

function withMembers(path: readonly string[], shape: Shape): readonly Updatable[] {
  if (shape.kind !== 'structure') return [{ path, shape }]
  const members = Object.entries(shape.members).flatMap(([name, member]) =>
    withMembers([...path, lowerCamel(name)], member.shape),
  )
  return [{ path, shape }, ...members]
}

const byText = (updatable: readonly Updatable[]): ReadonlyMap<string, Updatable> =>
  new Map(updatable.map(one => [one.path.join('.'), one]))

const ofUsers = byText([
  ...Object.entries(userMembers).flatMap(([name, { shape }]) => withMembers([lowerCamel(name)], shape)),
  ...withMembers([extensionName], enterprise),
])
const ofGroups = byText([
  { path: ['displayName'], shape: groupName },
  { path: ['description'], shape: sensitiveText },
])

/** Checks the paths, then the values. Throws ApiError. */
export function readChanges(
  type: 'User' | 'Group',
  operations: readonly AttributeOperation[],
): readonly AttributeChange[] {
  const known = type === 'User' ? ofUsers : ofGroups
  const updatable = operations.map(({ AttributePath }) => attributeAt(known, AttributePath))
  return operations.map(({ AttributeValue: value }, at) => toChange(updatable[at] as Updatable, value))
}

function attributeAt(known: ReadonlyMap<string, Updatable>, text: string): Updatable {
  const found = known.get(text)
  if (found) return found
  const [first = '', ...below] = text.split('.')
  throw below.length > 0 && known.get(first)?.shape.kind === 'list'
    ? errors.partOfList(first)
    : errors.attributePath(text)
}

function toChange({ path, shape }: Updatable, value: Json | undefined): AttributeChange {
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) {
    if (Array.isArray(value) && shape.kind !== 'list') throw errors.attributeValue(wrongList(path))
    return { path }
  }
  if (shape.kind === 'list' && Array.isArray(value) && value.length > (shape.max ?? value.length)) {
    throw errors.listLimit(path.join('.'), shape.max ?? value.length)
  }
  return { path, value: toStored(readDocument(shape, value, path.join('.'))) }
}

const wrongList = (path: readonly string[]) => `The value of '${path.join('.')}' must not be a list.`

export const applyChanges = (
  type: ResourceType,
  resource: Resource,
  changes: readonly AttributeChange[],
): Resource =>
  changes.reduce((next, { path, value }) => withValue(next, placeOf(type, path), value), resource)

export const nameOf = ({ path: [first = '', ...below] }: AttributeChange): string =>
  (first === extensionName && below.length > 0 ? below : [first, ...below]).join('.')
