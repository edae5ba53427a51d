import type { ComparisonOperator, Expression } from './expression-tree.ts'
import { type MappedValue, textOf } from './mapped-value.ts'
import { attributeOf, type ExpressionContext } from './source-object.ts'

export { parseExpression } from './parse-expression.ts'
export type { ExpressionContext } from './source-object.ts'

/** What an expression gives for an object; undefined for what Entra calls null. */
export function evaluate(expression: Expression, context: ExpressionContext): MappedValue | undefined {
  switch (expression.kind) {
    case 'attribute':
      return sourceValueOf(expression.name, context)
    case 'constant':
      return expression.value
    case 'call':
      return expression.called.apply(
        expression.arguments.map(argument => argument && evaluate(argument, context)),
        expression.arguments,
      )
    case 'comparison':
      return compare(
        evaluate(expression.left, context),
        expression.operator,
        evaluate(expression.right, context),
      )
  }
}

/** `[appRoleAssignments]` is no attribute of the directory: it stands for the roles of this application. */
const sourceValueOf = (name: string, context: ExpressionContext): MappedValue | undefined =>
  name.toLowerCase() === 'approleassignments'
    ? context.appRoles.length === 0
      ? undefined
      : { kind: 'roles', roles: context.appRoles }
    : attributeOf(context, name)

/** A comparison with null holds for none of them, as the limits of IIF in Microsoft's reference have it. */
function compare(
  one: MappedValue | undefined,
  operator: ComparisonOperator,
  other: MappedValue | undefined,
): boolean {
  if (one === undefined || other === undefined) return false
  const order = orderOf(textOf(one), textOf(other))
  switch (operator) {
    case '=':
      return order === 0
    case '<>':
      return order !== 0
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
  }
}

const isNumber = (text: string) => /^-?\d+(\.\d+)?$/.test(text)

function orderOf(one: string, other: string): number {
  if (isNumber(one) && isNumber(other)) return Number(one) - Number(other)
  return one === other ? 0 : one < other ? -1 : 1
}
