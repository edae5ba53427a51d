import { type Attribute, findAttribute, resolveAttribute, subAttributesOf } from './attribute.ts'
import { missingAttributes } from './document.ts'
import { errors } from './error.ts'
import { isObject, isUnassigned, type Json, type JsonObject } from './json.ts'
import { type SentMembers, toSentMembers } from './patch/elements.ts'
import { matchAttributes, readValue } from './read-value.ts'
import type { RequestPolicy } from './request-policy.ts'
import type { Resource } from './resource.ts'
import type { ResourceType } from './resource-types.ts'
import { excerpt } from './text.ts'

/**
 * Checks the `schemas` of a body (RFC 7643 §3), ignoring order and repetition. The extensions of a resource follow from
 * its data, so no data is lost if a client omits a URN.
 */
function checkSchemas(stated: Json | undefined, type: ResourceType, policy: RequestPolicy): void {
  if (isUnassigned(stated) || stated === undefined) {
    if (policy.schemas === 'optional') return
    throw errors.invalidSyntax(`"schemas" is missing. Send "schemas": ["${type.schema.id}"].`)
  }
  if (!Array.isArray(stated)) {
    throw errors.invalidSyntax(`"schemas" must be an array of URNs, such as ["${type.schema.id}"].`)
  }
  checkUrns(stated, 'schemas', type, policy)
  if (policy.schemas === 'required' && !stated.some(urn => isUrn(urn, type.schema.id))) {
    throw errors.invalidSyntax(
      `"schemas" does not contain the schema of a ${type.name}. Add "${type.schema.id}".`,
    )
  }
}

export function checkUrns(urns: readonly Json[], at: string, type: ResourceType, policy: RequestPolicy) {
  for (const [index, urn] of urns.entries()) checkUrn(urn, `${at}[${index}]`, type, policy)
}

export function checkUrn(urn: Json, at: string, type: ResourceType, policy: RequestPolicy) {
  if (typeof urn !== 'string') throw errors.invalidSyntax(`${at} must be a string with a URN.`)
  if (policy.unknownSchemas === 'ignore') return
  const known = [type.schema, ...type.extensions.map(({ schema }) => schema)]
  if (known.some(({ id }) => isUrn(urn, id))) return
  throw errors[policy.unknownSchemas](
    `${at} is "${excerpt(urn)}", which is not a schema of a ${type.name}. Its schemas are: ${known.map(({ id }) => id).join(', ')}.`,
  )
}

/** RFC 7643 §2.1: schema URNs are compared without case. */
const isUrn = (stated: Json, urn: string) =>
  typeof stated === 'string' && stated.toLowerCase() === urn.toLowerCase()

export { checkImmutable, checkRequired } from './document.ts'

type ResourceBody = {
  /** Without `id`, `meta`, `schemas` and related resources. */
  readonly resource: Resource
  readonly members: SentMembers | undefined
}

/** POST and PUT (RFC 7644 §3.3, §3.5.1): omits provider-set attributes, adds defaults, requires required ones. */
export function readResource(body: unknown, type: ResourceType, policy: RequestPolicy): ResourceBody {
  if (!isObject(body))
    throw errors.invalidSyntax(`The body must be a JSON object with the attributes of a ${type.name}.`)
  const sent = matchAttributes(name => topAttribute(type, name), body, policy, '')
  checkSchemas(statedSchemas(sent, body), type, policy)
  const resource: Record<string, Json> = {}
  let members: SentMembers | undefined
  for (const [attribute, name] of sent) {
    if (attribute.name === 'schemas') continue
    if (attribute.mutability === 'readOnly') {
      if (policy.unknownAttributes === 'refuse') checkNames(attribute, body[name], policy)
      continue
    }
    const given = attribute.relation ? withoutEmpty(body[name]) : body[name]
    const value = readValue(attribute, given, policy, attribute.name)
    if (attribute.relation === 'members') members = toSentMembers(Array.isArray(value) ? value : [])
    else if (value !== undefined) resource[attribute.name] = value
  }
  const described = withDefaults(type, resource)
  requireAttributes(type, described)
  return { resource: described, members }
}

/** The value itself is ignored (RFC 7643 §7). */
function checkNames(attribute: Attribute, value: Json | undefined, policy: RequestPolicy): void {
  const subs = subAttributesOf(attribute)
  for (const object of [value].flat().filter(isObject)) {
    matchAttributes(name => findAttribute(subs, name), object, policy, `${attribute.name}.`)
  }
}

/** `userName`, `urn:…:core:2.0:User:userName`, or an extension's URN. Only PATCH accepts paths to sub-attributes. */
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
 * RFC 7643 §2.5: an empty member is no member. Clients that omit immutable attributes send such members. In a PATCH it is
 * an error: removing `[{}]` does not mean removing all members.
 */
const withoutEmpty = (value: Json | undefined): Json | undefined =>
  Array.isArray(value) && value.some(isEmpty)
    ? value.map((element: Json) => (isEmpty(element) ? null : element))
    : value

const isEmpty = (element: Json) => isObject(element) && Object.keys(element).length === 0

/** RFC 7643 §2.2: single-valued attributes can have a default. It also replaces null. */
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
    `A ${type.name} requires ${missing.join(', ')}: ${missing.length === 1 ? 'it is' : 'they are'} missing or empty.`,
  )
}
