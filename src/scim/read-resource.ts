import { type Attribute, findAttribute } from './attribute.ts'
import { resolveName } from './attribute-name.ts'
import { missingAttributes } from './characteristics.ts'
import { errors } from './error.ts'
import { isObject, type Json, type JsonObject } from './json.ts'
import { checkSchemas } from './read-schemas.ts'
import { namedAttributes, readValue } from './read-value.ts'
import type { Reads } from './reads.ts'
import type { Resource } from './resource.ts'
import type { ResourceType } from './resource-types.ts'

export { checkImmutable, checkRequired } from './characteristics.ts'

/** What a POST or PUT says a resource is to be. */
export type Described = {
  /** Without `id`, `meta`, `schemas` and related resources. */
  readonly resource: Resource
  /** The ids of the members; undefined when the body doesn't speak of them. */
  readonly members: readonly string[] | undefined
}

/**
 * Reads the body of a POST or PUT (RFC 7644 §3.3, §3.5.1): names in any case, types checked, what only the
 * provider sets left out, defaults put in, required attributes demanded.
 */
export function readResource(body: unknown, type: ResourceType, reads: Reads): Described {
  if (!isObject(body))
    throw errors.invalidSyntax(`The body must be a JSON object that describes a ${type.name}.`)
  const sent = namedAttributes(name => topAttribute(type, name), body, reads, '')
  checkSchemas(statedSchemas(sent, body), type, reads)
  const resource: Record<string, Json> = {}
  let members: readonly string[] | undefined
  for (const [attribute, name] of sent) {
    if (attribute.mutability === 'readOnly' || attribute.name === 'schemas') continue
    const given = attribute.relation ? withoutEmpty(body[name]) : body[name]
    const value = readValue(attribute, given, reads, attribute.name)
    if (attribute.relation === 'members') members = idsOf(value)
    else if (value !== undefined) resource[attribute.name] = value
  }
  const described = withDefaults(type, resource)
  demandRequired(type, described)
  return { resource: described, members }
}

/** `userName`, `urn:…:core:2.0:User:userName`, or an extension's URN. Paths below these belong to PATCH. */
function topAttribute(type: ResourceType, name: string): Attribute | undefined {
  const plain = findAttribute(type.attributes, name)
  if (plain) return plain
  const path = resolveName(type, name)
  return path?.length === 1 ? path[0] : undefined
}

function statedSchemas(sent: ReadonlyMap<Attribute, string>, body: JsonObject): Json | undefined {
  for (const [{ name }, asSent] of sent) if (name === 'schemas') return body[asSent]
  return undefined
}

/**
 * RFC 7643 §2.5: a member of which nothing is said is none. Clients that leave out what is immutable send such. In a
 * PATCH it is a mistake: to remove `[{}]` isn't to remove all.
 */
const withoutEmpty = (value: Json | undefined): Json | undefined =>
  Array.isArray(value) && value.some(isEmpty)
    ? value.map((element: Json) => (isEmpty(element) ? null : element))
    : value

const isEmpty = (element: Json) => isObject(element) && Object.keys(element).length === 0

const idsOf = (value: Json | undefined): readonly string[] =>
  Array.isArray(value)
    ? value.map((element: Json) => String(isObject(element) ? element.value : element))
    : []

/** RFC 7643 §2.2: a default is for a single-valued attribute; an attribute set to null gets it as well. */
function withDefaults(type: ResourceType, resource: JsonObject): Resource {
  const defaults: Record<string, Json> = {}
  for (const { name, default: value } of type.attributes) {
    if (value !== undefined && resource[name] === undefined) defaults[name] = value
  }
  return { ...resource, ...defaults }
}

function demandRequired(type: ResourceType, resource: Resource) {
  const missing = missingAttributes(type, resource)
  if (missing.length === 0) return
  throw errors.invalidValue(
    `A ${type.name} needs ${missing.join(', ')}: ${missing.length === 1 ? 'it is' : 'they are'} missing or empty.`,
  )
}
