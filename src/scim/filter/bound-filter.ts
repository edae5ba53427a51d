import type { AttributePath } from '../attribute.ts'

export type CompareOperator = 'eq' | 'ne' | 'co' | 'sw' | 'ew' | 'gt' | 'ge' | 'lt' | 'le'

/**
 * A filter whose attribute names have been looked up in the schema (RFC 7644 §3.4.2.2).
 * Paths start at the resource, and inside a `some` at its element. String values are folded when the
 * attribute ignores case; dateTime values are milliseconds since 1970; binary values are as they came.
 */
export type BoundFilter =
  | { readonly kind: 'and' | 'or'; readonly operands: readonly BoundFilter[] }
  | { readonly kind: 'not'; readonly operand: BoundFilter }
  | { readonly kind: 'present'; readonly path: AttributePath }
  | {
      readonly kind: 'compare'
      readonly path: AttributePath
      readonly operator: CompareOperator
      readonly value: string | number | boolean | null
    }
  /** One value of a multi-valued complex attribute satisfies `where`, whose paths start at that value. */
  | { readonly kind: 'some'; readonly path: AttributePath; readonly where: BoundFilter }
  /** The resource has this related resource: `members.value eq "…"`, `groups.value eq "…"`. */
  | { readonly kind: 'related'; readonly relation: 'members' | 'groups'; readonly id: string }
