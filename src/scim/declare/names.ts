import { findAttribute } from '../attribute.ts'
import { excerpt } from '../error.ts'
import { commonAttributes } from '../resource-types.ts'

// What every JavaScript object has already (`constructor`) can't be told from what a client sent.
const isObjectPrototypeName = (name: string) => name in Object.prototype

const reservedName = (name: string) =>
  `"${name}" has a meaning of its own in this server. Choose another name.`

/** What is wrong with an attribute's name (RFC 7643 §2.1; the grammar forgets the `$` of `$ref`, erratum 8924). */
export function attributeNameMistake(name: string): string | undefined {
  if (!/^(?:\$ref|[A-Za-z][\w$-]*)$/.test(name)) {
    return `"${excerpt(name)}" is no name of an attribute: it starts with a letter, and goes on with letters, digits, "-", "_" and "$" of ASCII.`
  }
  if (name.toLowerCase() === 'not') return '"not" starts a negation in filters. Choose another name.'
  return isObjectPrototypeName(name) ? reservedName(name) : undefined
}

/** RFC 7643 §3.1: what every resource has can't be declared once more. */
export const commonAttributeMistake = (name: string): string | undefined =>
  findAttribute(commonAttributes, name)
    ? `Every resource has "${name}" already, whatever its schema (RFC 7643 §3.1). Leave it out.`
    : undefined

const messageUrn = /^urn:ietf:params:scim:api:/i
const discoveryUrn = /^urn:ietf:params:scim:schemas:core:2\.0:(?:Schema|ResourceType|ServiceProviderConfig)$/i
// RFC 8141, without the characters that end a name in a filter, in a path or in a list of names.
const urn = /^urn:[a-z0-9][a-z0-9-]{1,31}(?::[\w~.-]*\w)+$/i

/** What is wrong with a schema's id. */
export function schemaUrnMistake(id: string): string | undefined {
  if (messageUrn.test(id)) {
    return `"${excerpt(id)}" is the URN of a message, and messages are no schemas (RFC 7644 §3.1).`
  }
  if (discoveryUrn.test(id)) return `"${excerpt(id)}" is the schema of what describes schemas and types.`
  if (urn.test(id)) return undefined
  return `"${excerpt(id)}" is no URN: write it like "urn:example:scim:schemas:Device", of letters, digits, "-", "_", ".", "~" and ":".`
}

const discoveryTypes = ['schema', 'resourcetype', 'serviceproviderconfig']

/** What is wrong with a resource type's name, by which it also stands in addresses. */
export function typeNameMistake(name: string): string | undefined {
  if (!/^[A-Za-z][\w-]*$/.test(name)) {
    return `"${excerpt(name)}" is no name of a type: it starts with a letter, and goes on with letters, digits, "-" and "_" of ASCII.`
  }
  if (discoveryTypes.includes(name.toLowerCase())) return `"${name}" is what discovery answers with.`
  return isObjectPrototypeName(name) ? reservedName(name) : undefined
}

/** What RFC 7644 §3.2 has at these addresses; Microsoft's clients call one of them by another name. */
const reservedEndpoints = [
  '/me',
  '/bulk',
  '/.search',
  '/schemas',
  '/resourcetypes',
  '/serviceproviderconfig',
  '/serviceconfiguration',
]

/** What is wrong with the address of a type's resources. */
export function endpointMistake(endpoint: string): string | undefined {
  const folded = endpoint.toLowerCase()
  if (reservedEndpoints.includes(folded))
    return `"${endpoint}" is the address of something else (RFC 7644 §3.2).`
  if (/^\/v\d+$/.test(folded))
    return `"${endpoint}" is how a version is written in addresses (RFC 7644 §3.13).`
  if (/^\/[A-Za-z][\w-]*$/.test(endpoint)) return undefined
  return `"${excerpt(endpoint)}" is no endpoint: write a slash and one word, such as "/Devices".`
}
