import { type Attribute, type AttributePath, findAttribute, subAttributesOf } from '../attribute.ts'
import { resolveName } from '../attribute-name.ts'
import type { Reads } from '../reads.ts'
import type { ResourceType } from '../resource-types.ts'

/** Whose attributes the names of a filter are. */
export type Scope = {
  /** For people: "A User", "emails". */
  readonly owner: string
  /** Undefined when no schema has the name. */
  readonly find: (name: string) => NamedAttribute | undefined
  /** The attribute of whose values a bracket speaks; absent at the top of a resource. */
  readonly element?: Attribute
  /** What other types call so that are asked about too; where only they do, resources of this one have no value. */
  readonly elsewhere?: (name: string) => NamedAttribute | undefined
}

/** An attribute that a filter names. The path is empty where the name is that of the element itself. */
export type NamedAttribute = { readonly attribute: Attribute; readonly path: AttributePath }

/** RFC 7643 §2.4: the sub-attribute that holds what a complex attribute is about. */
export const mainSubAttribute = 'value'

const named = (path: AttributePath | undefined): NamedAttribute | undefined => {
  const attribute = path?.at(-1)
  return path && attribute && { attribute, path }
}

export const scopeOfResource = (type: ResourceType, reads: Reads): Scope => ({
  owner: `A ${type.name}`,
  find: name => named(resolveName(type, reads.attributeName(type.name, name))),
})

/** The scope of one of several types that a filter asks about together. */
export function scopeAmong(type: ResourceType, types: readonly ResourceType[], reads: Reads): Scope {
  const scopes = types.map(each => scopeOfResource(each, reads))
  return {
    ...scopeOfResource(type, reads),
    owner: `A ${types.map(({ name }) => name).join(' or ')}`,
    elsewhere: name => scopes.map(({ find }) => find(name)).find(found => found !== undefined),
  }
}

export const scopeOfElement = (attribute: Attribute): Scope => ({
  owner: attribute.name,
  element: attribute,
  find: name => {
    if (attribute.type !== 'complex') {
      return name.toLowerCase() === mainSubAttribute ? { attribute, path: [] } : undefined
    }
    const sub = findAttribute(subAttributesOf(attribute), name)
    return sub && { attribute: sub, path: [sub] }
  },
})
