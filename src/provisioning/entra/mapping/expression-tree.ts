import type { MappedValue } from './values.ts'

/** The source of a mapping: `[mail]`, `"constant"`, `Join(" ", [givenName], [surname])`. */
export type Expression =
  | { readonly kind: 'attribute'; readonly name: string }
  | { readonly kind: 'constant'; readonly value: string }
  /** Arguments can be omitted: `Switch([IsSoftDeleted], , "False", "True")`. */
  | {
      readonly kind: 'call'
      readonly callee: EntraFunction
      readonly arguments: readonly (Expression | undefined)[]
    }
  | {
      readonly kind: 'comparison'
      readonly operator: ComparisonOperator
      readonly left: Expression
      readonly right: Expression
    }

export type ComparisonOperator = '=' | '<>' | '<' | '<=' | '>' | '>='

export type EntraFunction = {
  readonly name: string
  readonly usage: string
  readonly minArguments: number
  readonly maxArguments: number
  readonly validate?: (written: readonly (Expression | undefined)[]) => string | undefined
  /** `undefined` is Entra's null, or an omitted argument. */
  readonly apply: (
    values: readonly (MappedValue | undefined)[],
    written: readonly (Expression | undefined)[],
  ) => MappedValue | undefined
}

/** Names are in lower case. `IsSoftDeleted` is listed as `accountEnabled`, the part that the account determines. */
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
