import type { Compare } from 'scim2-parse-filter'
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

export type CompareOperator = Compare['op']

/**
 * A filter whose attribute names have been resolved by the schema (RFC 7644 §3.4.2.2).
 * Paths start at the resource, and inside `some` at its element. An empty path is the element itself, as in the filter of a
 * multi-valued attribute without sub-attributes. String values are folded if the attribute ignores case, dateTime values
 * are milliseconds since 1970, and binary values are unchanged.
 *
 * A path through a multi-valued attribute has each of its values, or one absent value if there is none. A comparison is
 * true if it is true for any of them. So `ne` is true for an absent attribute, and for a multi-valued one as soon as one
 * value differs. `null` is an absent value (RFC 7643 §2.5).
 */
export type BoundFilter =
  /** Without operands, `and` is always true and `or` never. */
  | { readonly kind: 'and' | 'or'; readonly operands: readonly BoundFilter[] }
  | { readonly kind: 'not'; readonly operand: BoundFilter }
  /** A value that is not empty. Empty strings, and objects without other values, are empty. */
  | { readonly kind: 'present'; readonly path: AttributePath }
  | {
      readonly kind: 'compare'
      readonly path: AttributePath
      readonly operator: CompareOperator
      readonly value: string | number | boolean | null
    }
  /** One value of a multi-valued attribute satisfies `where`, whose paths start at that value. */
  | { readonly kind: 'some'; readonly path: AttributePath; readonly where: BoundFilter }
  | {
      readonly kind: 'related'
      readonly relation: 'members' | 'groups'
      readonly id: string
      /** `members eq "…"`, `members.value eq "…"` or `members[value eq "…"]`. */
      readonly form: 'attribute' | 'sub-attribute' | 'brackets'
    }
  | { readonly kind: 'any-related'; readonly relation: 'members' | 'groups' }
  /** One related resource satisfies `where`, whose paths start at the relation's value: `members[type eq "User"]`. */
  | { readonly kind: 'some-related'; readonly relation: 'members' | 'groups'; readonly where: BoundFilter }

export const matchAll: BoundFilter = { kind: 'and', operands: [] }
export const matchNone: BoundFilter = { kind: 'or', operands: [] }

export const isConstant = (filter: BoundFilter): boolean =>
  (filter.kind === 'and' || filter.kind === 'or') && filter.operands.length === 0

/** The number of tests that no index answers, whatever the engine: all but those for an ID or a lookup key. */
export function countUnindexedTests(filter: BoundFilter): number {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.operands.reduce((sum, operand) => sum + countUnindexedTests(operand), 0)
    case 'not':
      return countUnindexedTests(filter.operand)
    case 'some':
    case 'some-related':
      return countUnindexedTests(filter.where)
    case 'compare':
      return isLookup(filter) ? 0 : 1
    case 'related':
      return 0
    case 'present':
    case 'any-related':
      return 1
  }
}

const isLookup = ({ path, operator, value }: Extract<BoundFilter, { kind: 'compare' }>): boolean =>
  operator === 'eq' &&
  typeof value === 'string' &&
  (path.at(-1)?.lookup === true || (path.length === 1 && path[0]?.name === 'id'))

/** The paths of all tests in the filter of a PATCH path, starting at one value. */
export function comparedPaths(where: BoundFilter): readonly AttributePath[] {
  switch (where.kind) {
    case 'and':
    case 'or':
      return where.operands.flatMap(comparedPaths)
    case 'not':
      return comparedPaths(where.operand)
    case 'present':
    case 'compare':
      return [where.path]
    default:
      throw new Error(`The filter of a path contains "${where.kind}", a test of a whole resource.`)
  }
}

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
