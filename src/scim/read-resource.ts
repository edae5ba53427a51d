import { type Attribute, findAttribute, resolveAttribute } from './attribute.ts'
import { missingAttributes } from './characteristics.ts'
import { errors, excerpt } from './error.ts'
import { isObject, isUnassigned, type Json, type JsonObject } from './json.ts'
import { matchAttributes, readValue } from './read-value.ts'
import type { RequestPolicy } from './request-policy.ts'
import type { Resource } from './resource.ts'
import type { ResourceType } from './resource-types.ts'

/**
 * Checks what a body states in `schemas` (RFC 7643 §3); order and repetition mean nothing. Which extensions a
 * resource has is seen from its data, so that nothing is lost when a client forgets to list one.
 */
export function checkSchemas(stated: Json | undefined, type: ResourceType, policy: RequestPolicy): void {
  if (isUnassigned(stated) || stated === undefined) {
    if (policy.schemas === 'optional') return
    throw errors.invalidSyntax(`"schemas" is missing. A ${type.name} needs "schemas": ["${type.schema.id}"].`)
  }
  if (!Array.isArray(stated)) {
    throw errors.invalidSyntax(`"schemas" must be an array of URNs, such as ["${type.schema.id}"].`)
  }
  stated.forEach((urn: Json, index) => {
    checkUrn(urn, `schemas[${index}]`, type, policy)
  })
  if (policy.schemas === 'required' && !stated.some(urn => isUrn(urn, type.schema.id))) {
    throw errors.invalidSyntax(
      `"schemas" doesn't name the schema of a ${type.name}: add "${type.schema.id}".`,
    )
  }
}

function checkUrn(urn: Json, at: string, type: ResourceType, policy: RequestPolicy) {
  if (typeof urn !== 'string') throw errors.invalidSyntax(`${at} must be a URN in quotes.`)
  if (policy.unknownSchemas === 'ignore') return
  const known = [type.schema, ...type.extensions.map(({ schema }) => schema)]
  if (known.some(({ id }) => isUrn(urn, id))) return
  throw errors.invalidValue(
    `${at} is "${excerpt(urn)}", which is no schema of a ${type.name}. Known are: ${known.map(({ id }) => id).join(', ')}.`,
  )
}

/** RFC 7643 §2.1: schema URNs are compared without case. */
const isUrn = (stated: Json, urn: string) =>
  typeof stated === 'string' && stated.toLowerCase() === urn.toLowerCase()

export { checkImmutable, checkRequired } from './characteristics.ts'

/** What a POST or PUT says a resource is to be. */
export type ResourceBody = {
  /** Without `id`, `meta`, `schemas` and related resources. */
  readonly resource: Resource
  /** The ids of the members; undefined when the body doesn't speak of them. */
  readonly members: readonly string[] | undefined
}

/**
 * Reads the body of a POST or PUT (RFC 7644 §3.3, §3.5.1): names in any case, types checked, what only the
 * provider sets left out, defaults put in, required attributes demanded.
 */
export function readResource(body: unknown, type: ResourceType, policy: RequestPolicy): ResourceBody {
  if (!isObject(body))
    throw errors.invalidSyntax(`The body must be a JSON object that describes a ${type.name}.`)
  const sent = matchAttributes(name => topAttribute(type, name), body, policy, '')
  checkSchemas(statedSchemas(sent, body), type, policy)
  const resource: Record<string, Json> = {}
  let members: readonly string[] | undefined
  for (const [attribute, name] of sent) {
    if (attribute.mutability === 'readOnly' || attribute.name === 'schemas') continue
    const given = attribute.relation ? withoutEmpty(body[name]) : body[name]
    const value = readValue(attribute, given, policy, attribute.name)
    if (attribute.relation === 'members') members = idsOf(value)
    else if (value !== undefined) resource[attribute.name] = value
  }
  const described = withDefaults(type, resource)
  requireAttributes(type, described)
  return { resource: described, members }
}

/** `userName`, `urn:…:core:2.0:User:userName`, or an extension's URN. Paths below these belong to PATCH. */
function topAttribute(type: ResourceType, name: string): Attribute | undefined {
  const plain = findAttribute(type.attributes, name)
  if (plain) return plain
  const path = resolveAttribute(type, name)
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

function requireAttributes(type: ResourceType, resource: Resource) {
  const missing = missingAttributes(type, resource)
  if (missing.length === 0) return
  throw errors.invalidValue(
    `A ${type.name} needs ${missing.join(', ')}: ${missing.length === 1 ? 'it is' : 'they are'} missing or empty.`,
  )
}
