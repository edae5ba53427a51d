import type { MappedValue } from './values.ts'

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
  readonly validate?: (written: readonly (Expression | undefined)[]) => string | undefined
  /** `undefined` is Entra's null, and what was left out. */
  readonly apply: (
    values: readonly (MappedValue | undefined)[],
    written: readonly (Expression | undefined)[],
  ) => MappedValue | undefined
}

/**
 * The source attributes that an expression reads, in lower case. `IsSoftDeleted` is read off `accountEnabled`, as far
 * as an account by itself can tell.
 */
export function sourceAttributes(expression: Expression): readonly string[] {
  switch (expression.kind) {
    case 'attribute': {
      const name = expression.name.toLowerCase()
      return [name === 'issoftdeleted' ? 'accountenabled' : name]
    }
    case 'constant':
      return []
    case 'call':
      return expression.arguments.flatMap(argument => (argument ? sourceAttributes(argument) : []))
    case 'comparison':
      return [...sourceAttributes(expression.left), ...sourceAttributes(expression.right)]
  }
}
