import { type Attribute, type AttributePath, findAttribute, subAttributesOf } from '../../scim/attribute.ts'
import { isObject, type Json, type JsonObject } from '../../scim/json.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import type { OperationSubject, Rule } from '../profile.ts'

/** A body as it was sent, or the resource that a request makes. */
export type DocumentSubject = OperationSubject & { readonly document: JsonObject }
export type DocumentRule = Rule<DocumentSubject>

/** The member of an object with this name, whatever its case (RFC 7643 §2.1). */
export const memberOf = (object: JsonObject, name: string): Json | undefined => {
  if (Object.hasOwn(object, name)) return object[name]
  const found = Object.keys(object).find(key => key.toLowerCase() === name.toLowerCase())
  return found === undefined ? undefined : object[found]
}

/** The values of a list; a single object counts as a list of one. */
export const listed = (value: Json | undefined): readonly Json[] => {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value as Json]
}

/** A place in a document with what stands there. */
export type Leaf = { readonly path: AttributePath; readonly value: Json | undefined }

/**
 * All simple values that a client may write, and the empty places of those that the schema requires. The
 * document may be a body as it was sent or a resource as it is stored.
 */
export const leavesOf = (type: ResourceType, document: JsonObject): readonly Leaf[] =>
  leavesBelow(type.attributes, document, [])

function leavesBelow(
  attributes: readonly Attribute[],
  object: JsonObject,
  above: AttributePath,
): readonly Leaf[] {
  return attributes
    .filter(({ mutability, relation, name }) => mutability !== 'readOnly' && !relation && name !== 'schemas')
    .flatMap(attribute => leavesAt([...above, attribute], attribute, memberOf(object, attribute.name)))
}

function leavesAt(path: AttributePath, attribute: Attribute, value: Json | undefined): readonly Leaf[] {
  if (attribute.type !== 'complex') return [{ path, value }]
  const subs = subAttributesOf(attribute)
  if (attribute.multiValued) {
    const values = listed(value)
    return values.length === 0
      ? [{ path, value: undefined }]
      : values.flatMap(one => inElement(path, subs, one))
  }
  return value === undefined || value === null ? absent(path, attribute) : inElement(path, subs, value)
}

/** A bare text stands for the element's `value`, as Entra sends a manager. */
function inElement(path: AttributePath, subs: readonly Attribute[], value: Json): readonly Leaf[] {
  if (isObject(value)) return leavesBelow(subs, value, path)
  const sub = typeof value === 'string' ? findAttribute(subs, 'value') : undefined
  return sub ? [{ path: [...path, sub], value }] : []
}

/** A required complex attribute that is missing lacks all that is required in it. */
const absent = (path: AttributePath, attribute: Attribute): readonly Leaf[] =>
  attribute.required ? leavesBelow(subAttributesOf(attribute), {}, path) : []

/** AWS joins the parts of a place by dots, also after an extension's URN. */
export const placeText = (path: AttributePath): string => path.map(({ name }) => name).join('.')
