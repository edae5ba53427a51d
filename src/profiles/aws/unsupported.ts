import { type Attribute, findAttribute, pathText, subAttributesOf } from '../../scim/attribute.ts'
import { resolveName } from '../../scim/attribute-name.ts'
import { groupType, userType } from '../../scim/core-types.ts'
import { isObject, isUnassigned, type JsonObject } from '../../scim/json.ts'
import { type ResourceType, typeNamed } from '../../scim/resource-types.ts'
import { listed, memberOf } from './document.ts'

const rfcType = ({ name }: ResourceType) => typeNamed([userType, groupType], name)

/** The first attribute in a document that the RFC has and AWS hasn't. */
export const unsupportedIn = (type: ResourceType, document: JsonObject): string | undefined =>
  firstUnsupported(rfcType(type)?.attributes ?? [], type.attributes, document, [])

function firstUnsupported(
  known: readonly Attribute[],
  supported: readonly Attribute[],
  object: JsonObject,
  above: readonly Attribute[],
): string | undefined {
  for (const attribute of known) {
    // AWS takes `$ref` and forgets it.
    if (attribute.derived === 'uri') continue
    const value = memberOf(object, attribute.name)
    if (isUnassigned(value)) continue
    const path = [...above, attribute]
    const counterpart = findAttribute(supported, attribute.name)
    if (!counterpart) return pathText(path)
    for (const element of listed(value).filter(isObject)) {
      const found = firstUnsupported(subAttributesOf(attribute), subAttributesOf(counterpart), element, path)
      if (found) return found
    }
  }
  return undefined
}

/** The same for a path of a PATCH, with or without a filter in brackets. */
export function unsupportedPath(type: ResourceType, text: string): string | undefined {
  const base = rfcType(type)
  const name = text.replace(/\[.*\]/, '')
  return base && resolveName(base, name) && !resolveName(type, name) ? name : undefined
}
