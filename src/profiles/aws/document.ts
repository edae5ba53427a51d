import { type Attribute, type AttributePath, findAttribute, subAttributesOf } from '../../scim/attribute.ts'
import { isObject, isUnassigned, type Json, type JsonObject } from '../../scim/json.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import type { OperationSubject, Rule } from '../profile.ts'

/** A body as it was sent, or the resource that a request makes. */
export type DocumentSubject = OperationSubject & { readonly document: JsonObject }
export type DocumentRule = Rule<DocumentSubject>

/** The member of an object with this name, whatever its case (RFC 7643 §2.1). */
export const memberOf = (object: JsonObject, name: string): Json | undefined => {
  if (Object.hasOwn(object, name)) return object[name]
  for (const key in object) {
    if (key.length === name.length && key.toLowerCase() === name.toLowerCase()) return object[key]
  }
  return undefined
}

/** The values of a list; a single object counts as a list of one. */
export const listed = (value: Json | undefined): readonly Json[] => {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value as Json]
}

/** A place in a document with what stands there. */
export type Leaf = { readonly path: AttributePath; readonly value: Json | undefined }

/**
 * All simple values that a client may write, and after them the empty places that the schema requires. The
 * document may be a body as it was sent or a resource as it is stored.
 */
export const leavesOf = (type: ResourceType, document: JsonObject): readonly Leaf[] =>
  leavesBelow(type.attributes, document, [])

function leavesBelow(
  attributes: readonly Attribute[],
  object: JsonObject,
  above: AttributePath,
): readonly Leaf[] {
  const leaves: Leaf[] = []
  const given = new Set<Attribute>()
  for (const name of Object.keys(object)) {
    const attribute = findAttribute(attributes, name)
    if (!attribute || !isWritten(attribute) || isUnassigned(object[name])) continue
    given.add(attribute)
    leaves.push(...leavesAt([...above, attribute], attribute, object[name]))
  }
  for (const attribute of attributes) {
    if (attribute.required && !given.has(attribute) && isWritten(attribute)) {
      leaves.push(...missing([...above, attribute], attribute))
    }
  }
  return leaves
}

const isWritten = ({ mutability, relation, name }: Attribute) =>
  mutability !== 'readOnly' && !relation && name !== 'schemas'

function leavesAt(path: AttributePath, attribute: Attribute, value: Json | undefined): readonly Leaf[] {
  if (attribute.type !== 'complex') return [{ path, value }]
  return listed(value).flatMap(element => inElement(path, subAttributesOf(attribute), element))
}

/** Where nothing is, all that is required in it is missing; else the attribute itself. */
function missing(path: AttributePath, attribute: Attribute): readonly Leaf[] {
  const below = attribute.multiValued ? [] : leavesBelow(subAttributesOf(attribute), {}, path)
  return below.length > 0 ? below : [{ path, value: undefined }]
}

/** A bare text stands for the element's `value`, as Entra sends a manager. */
function inElement(path: AttributePath, subs: readonly Attribute[], value: Json): readonly Leaf[] {
  if (isObject(value)) return leavesBelow(subs, value, path)
  const sub = typeof value === 'string' ? findAttribute(subs, 'value') : undefined
  return sub ? [{ path: [...path, sub], value }] : []
}

/** AWS joins the parts of a place by dots, also after an extension's URN. */
export const placeText = (path: AttributePath): string => path.map(({ name }) => name).join('.')
