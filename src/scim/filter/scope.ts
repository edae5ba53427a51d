import {
  type Attribute,
  type AttributePath,
  findAttribute,
  resolveAttribute,
  subAttributesOf,
} from '../attribute.ts'
import type { RequestPolicy } from '../request-policy.ts'
import type { ResourceType } from '../resource-types.ts'

/** Whose attributes the names of a filter are. */
export type Scope = {
  /** For people: "A User", "emails". */
  readonly owner: string
  /** Undefined when no schema has the name. */
  readonly find: (name: string) => ResolvedAttribute | undefined
  /** The attribute of whose values a bracket speaks; absent at the top of a resource. */
  readonly element?: Attribute
  /** What other types call so that are asked about too; where only they do, resources of this one have no value. */
  readonly findInOtherTypes?: (name: string) => ResolvedAttribute | undefined
}

/** An attribute that a filter names. The path is empty where the name is that of the element itself. */
export type ResolvedAttribute = { readonly attribute: Attribute; readonly path: AttributePath }

/** RFC 7643 §2.4: the sub-attribute that holds what a complex attribute is about. */
export const mainSubAttribute = 'value'

const named = (path: AttributePath | undefined): ResolvedAttribute | undefined => {
  const attribute = path?.at(-1)
  return path && attribute && { attribute, path }
}

export const scopeOfResource = (type: ResourceType, policy: RequestPolicy): Scope => ({
  owner: `A ${type.name}`,
  find: name => named(resolveAttribute(type, policy.fullAttributeName(type.name, name))),
})

/** The scope of one of several types that a filter asks about together. */
export function scopeOfTypes(
  type: ResourceType,
  types: readonly ResourceType[],
  policy: RequestPolicy,
): Scope {
  const scopes = types.map(each => scopeOfResource(each, policy))
  return {
    ...scopeOfResource(type, policy),
    owner: `A ${types.map(({ name }) => name).join(' or ')}`,
    findInOtherTypes: name => scopes.map(({ find }) => find(name)).find(found => found !== undefined),
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
