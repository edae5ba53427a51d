import { enterpriseUserSchema } from '../../scim/core-schemas.ts'
import { isObject, type Json, type JsonObject } from '../../scim/json.ts'
import type { Resource } from '../../scim/resource.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { ApiError } from '../api-error.ts'
import { optional, readInput, type Shape, structure } from '../shape.ts'
import { errors } from './errors.ts'
import { enterprise, userMembers } from './shapes.ts'

// A user or group as the API has it, and as it is stored: the same names in Pascal and in lower camel case.

export const extensionName = 'aws:identitystore:enterprise'

export const lowerCamel = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1)

/** The attributes that SCIM does not have, in lower camel case. */
const onlyInApi: ReadonlySet<string> = new Set(['photos', 'website', 'birthdate', 'description'])

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
