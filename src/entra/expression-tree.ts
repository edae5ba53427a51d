import type { MappedValue } from './mapped-value.ts'

/** The source of a mapping: `[mail]`, `"constant"`, `Join(" ", [givenName], [surname])`. */
export type Expression =
  | { readonly kind: 'attribute'; readonly name: string }
  | { readonly kind: 'constant'; readonly value: string }
  /** Arguments may be left out: `Switch([IsSoftDeleted], , "False", "True")`. */
  | {
      readonly kind: 'call'
      readonly called: EntraFunction
      readonly arguments: readonly (Expression | undefined)[]
    }
  | {
      readonly kind: 'comparison'
      readonly operator: ComparisonOperator
      readonly left: Expression
      readonly right: Expression
    }

export type ComparisonOperator = '=' | '<>' | '<' | '<=' | '>' | '>='

/** A function of Entra's mapping expressions. */
export type EntraFunction = {
  readonly name: string
  /** How it is written, for messages: `Join(separator, source1, source2, …)`. */
  readonly usage: string
  readonly fewest: number
  readonly most: number
  /** What is wrong with arguments as they were written, beside their number. */
  readonly wrong?: (written: readonly (Expression | undefined)[]) => string | undefined
  /** `undefined` is Entra's null, and what was left out. */
  readonly apply: (
    values: readonly (MappedValue | undefined)[],
    written: readonly (Expression | undefined)[],
  ) => MappedValue | undefined
}
