import { findAttribute, subAttributesOf } from '../scim/attribute.ts'
import { type ResourceType, typeNamed } from '../scim/resource-types.ts'

/**
 * Names an extension's attribute in full that a client wrote without its URN: `manager` and `department` as
 * Microsoft's tutorial and AWS's filters have them. The type's own attributes come first.
 */
export const inFull =
  (types: readonly ResourceType[]) =>
  (resourceType: string, name: string): string => {
    const type = typeNamed(types, resourceType)
    const [first = name] = name.split(/[.[]/, 1)
    if (!type || first.includes(':') || findAttribute(type.attributes, first)) return name
    const extension = type.attributes.find(
      attribute => attribute.extension && findAttribute(subAttributesOf(attribute), first),
    )
    return extension ? `${extension.name}:${name}` : name
  }
