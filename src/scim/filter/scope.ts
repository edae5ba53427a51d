import {
  type Attribute,
  type AttributePath,
  findAttribute,
  resolveAttribute,
  subAttributesOf,
} from '../attribute.ts'
import { memoize } from '../memoize.ts'
import type { RequestPolicy } from '../request-policy.ts'
import type { ResourceType } from '../resource-types.ts'

export type Scope = {
  readonly owner: string
  readonly find: (name: string) => ResolvedAttribute | undefined
  readonly element?: Attribute
  /** Resolves names of the other types in a query. Resources of this type have no value for such names. */
  readonly findInOtherTypes?: (name: string) => ResolvedAttribute | undefined
}

/** An attribute in a filter. The path is empty if the name refers to the element itself. */
export type ResolvedAttribute = { readonly attribute: Attribute; readonly path: AttributePath }

/** RFC 7643 §2.4: the sub-attribute with the significant value of a complex attribute. */
export const mainSubAttribute = 'value'

const named = (path: AttributePath | undefined): ResolvedAttribute | undefined => {
  const attribute = path?.at(-1)
  return path && attribute && { attribute, path }
}

export const scopeOfResource = (type: ResourceType, policy: RequestPolicy): Scope =>
  scopesByType(policy)(type)

const scopesByType = memoize((policy: RequestPolicy) =>
  memoize((type: ResourceType): Scope => {
    const known = new Map<string, ResolvedAttribute>()
    return {
      owner: `A ${type.name}`,
      find: name => {
        const found = known.get(name)
        if (found) return found
        const resolved = named(resolveAttribute(type, policy.fullAttributeName(type.name, name)))
        if (resolved && known.size < maxKnownNames) known.set(name, resolved)
        return resolved
      },
    }
  }),
)

/** Clients choose among a few names, but may spell each of them in thousands of ways. */
const maxKnownNames = 200

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
