import { findAttribute } from '../attribute.ts'
import { commonAttributes } from '../resource-types.ts'
import { excerpt } from '../text.ts'

// Names that every JavaScript object has (`constructor`) cannot be distinguished from attributes that a client sent.
const isObjectPrototypeName = (name: string) => name in Object.prototype

const reservedName = (name: string) => `"${name}" is reserved by this server. Choose another name.`

/** The error in an attribute's name, if any (RFC 7643 §2.1; the grammar omits the `$` of `$ref`, erratum 8924). */
export function attributeNameMistake(name: string): string | undefined {
  if (!/^(?:\$ref|[A-Za-z][\w$-]*)$/.test(name)) {
    return `"${excerpt(name)}" is not a valid attribute name: use an ASCII letter, followed by ASCII letters, digits, "-", "_" and "$".`
  }
  if (name.toLowerCase() === 'not') return '"not" starts a negation in filters. Choose another name.'
  return isObjectPrototypeName(name) ? reservedName(name) : undefined
}

/** RFC 7643 §3.1: common attributes cannot be declared again. */
export const commonAttributeMistake = (name: string): string | undefined =>
  findAttribute(commonAttributes, name)
    ? `"${name}" is a common attribute that every resource already has (RFC 7643 §3.1). Remove it.`
    : undefined

const messageUrn = /^urn:ietf:params:scim:api:/i
const discoveryUrn = /^urn:ietf:params:scim:schemas:core:2\.0:(?:Schema|ResourceType|ServiceProviderConfig)$/i
// RFC 8141, without the characters that end a name in a filter, in a path or in a list of names.
const urn = /^urn:[a-z0-9][a-z0-9-]{1,31}(?::[\w~.-]*\w)+$/i

export function schemaUrnMistake(id: string): string | undefined {
  if (messageUrn.test(id)) {
    return `"${excerpt(id)}" is the URN of a message, not of a schema (RFC 7644 §3.1).`
  }
  if (discoveryUrn.test(id))
    return `"${excerpt(id)}" is the schema of a discovery resource (RFC 7643 §5 to §7).`
  if (urn.test(id)) return undefined
  return `"${excerpt(id)}" is not a valid URN. Use the format "urn:example:scim:schemas:Device" with letters, digits, "-", "_", ".", "~" and ":".`
}

const discoveryTypes = ['schema', 'resourcetype', 'serviceproviderconfig']

export function typeNameMistake(name: string): string | undefined {
  if (!/^[A-Za-z][\w-]*$/.test(name)) {
    return `"${excerpt(name)}" is not a valid type name: use an ASCII letter, followed by ASCII letters, digits, "-" and "_".`
  }
  if (discoveryTypes.includes(name.toLowerCase())) return `"${name}" is the type of a discovery resource.`
  return isObjectPrototypeName(name) ? reservedName(name) : undefined
}

/** The endpoints of RFC 7644 §3.2, and another name that Microsoft's clients use for one of them. */
const reservedEndpoints = [
  '/me',
  '/bulk',
  '/.search',
  '/schemas',
  '/resourcetypes',
  '/serviceproviderconfig',
  '/serviceconfiguration',
]

export function endpointMistake(endpoint: string): string | undefined {
  const folded = endpoint.toLowerCase()
  if (reservedEndpoints.includes(folded)) return `"${endpoint}" is reserved (RFC 7644 §3.2).`
  if (/^\/v\d+$/.test(folded)) return `"${endpoint}" is reserved for protocol versions (RFC 7644 §3.13).`
  if (/^\/[A-Za-z][\w-]*$/.test(endpoint)) return undefined
  return `"${excerpt(endpoint)}" is not a valid endpoint. Use a slash and one word, such as "/Devices".`
}
