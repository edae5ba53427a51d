import type { AttributePath } from '../attribute.ts'

export type CompareOperator = 'eq' | 'ne' | 'co' | 'sw' | 'ew' | 'gt' | 'ge' | 'lt' | 'le'

/**
 * A filter whose attribute names have been looked up in the schema (RFC 7644 §3.4.2.2).
 * Paths start at the resource, and inside a `some` at its element; an empty path is the element itself, as in
 * the filter of a multi-valued attribute without sub-attributes. String values are folded when the attribute
 * ignores case; dateTime values are milliseconds since 1970; binary values are as they came.
 *
 * A path through a multi-valued attribute stands for each of its values, and for one absent value when there
 * is none; a comparison holds when it holds for any of these. So `ne` is true of an absent attribute, and of a
 * multi-valued one as soon as one value differs. `null` is an absent value (RFC 7643 §2.5).
 */
export type BoundFilter =
  /** Of nothing, `and` holds always and `or` never. */
  | { readonly kind: 'and' | 'or'; readonly operands: readonly BoundFilter[] }
  | { readonly kind: 'not'; readonly operand: BoundFilter }
  /** Some value that isn't empty: the empty string is no such value, nor is an object that holds nothing else. */
  | { readonly kind: 'present'; readonly path: AttributePath }
  | {
      readonly kind: 'compare'
      readonly path: AttributePath
      readonly operator: CompareOperator
      readonly value: string | number | boolean | null
    }
  /** One value of a multi-valued attribute satisfies `where`, whose paths start at that value. */
  | { readonly kind: 'some'; readonly path: AttributePath; readonly where: BoundFilter }
  /** The resource has this related resource: `members.value eq "…"`, `groups.value eq "…"`. */
  | { readonly kind: 'related'; readonly relation: 'members' | 'groups'; readonly id: string }
  /** The resource has any related resource: `members pr`. */
  | { readonly kind: 'any-related'; readonly relation: 'members' | 'groups' }
  /** One related resource satisfies `where`, whose paths start at the relation's value: `members[type eq "User"]`. */
  | { readonly kind: 'some-related'; readonly relation: 'members' | 'groups'; readonly where: BoundFilter }

/** What is decided before a resource is looked at. */
export const matchAll: BoundFilter = { kind: 'and', operands: [] }
export const matchNone: BoundFilter = { kind: 'or', operands: [] }

export const isConstant = (filter: BoundFilter): boolean =>
  (filter.kind === 'and' || filter.kind === 'or') && filter.operands.length === 0

/** The paths of the tests in the filter of a PATCH path, which start at one value. */
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
      throw new Error(`The filter of a path has the test "${where.kind}" of a whole resource.`)
  }
}
