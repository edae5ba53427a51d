import { compact } from '../../../scim/json.ts'
import type { AppRole, SourceGroup, SourceUser, SourceValue } from '../../kit/directory/source-directory.ts'

export type MappedRoles = {
  readonly kind: 'singleRole' | 'roles' | 'assertiveRoles'
  readonly roles: readonly AppRole[]
}

export type MappedValue = SourceValue | MappedRoles

export const isRoles = (value: unknown): value is MappedRoles =>
  typeof value === 'object' && value !== null && 'roles' in value

export function toText(value: MappedValue): string {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return isRoles(value) ? value.roles.map(role => role.value).join(',') : value.join(',')
}

export type ExpressionContext = {
  readonly attributes: Readonly<Record<string, SourceValue>>
  readonly accountEnabled?: boolean
  /** Entra's `IsSoftDeleted`: soft-deleted, disabled, unassigned or filtered out of scope. It drives `active`. */
  readonly isSoftDeleted: boolean
  readonly appRoles: readonly AppRole[]
}

export const userExpressionContext = (
  user: SourceUser,
  { isSoftDeleted, appRoles }: Pick<ExpressionContext, 'isSoftDeleted' | 'appRoles'>,
): ExpressionContext => ({
  attributes: {
    ...user.attributes,
    objectId: user.objectId,
    ...compact({ manager: user.manager }),
  },
  accountEnabled: user.accountEnabled,
  isSoftDeleted,
  appRoles,
})

/** Omits members: separate requests provision them, and there can be many. */
export const groupExpressionContext = (group: SourceGroup): ExpressionContext => ({
  attributes: { ...group.attributes, objectId: group.objectId },
  isSoftDeleted: group.deletedAt !== undefined,
  appRoles: [],
})

export function attributeOf(context: ExpressionContext, name: string): SourceValue | undefined {
  const lower = name.toLowerCase()
  if (lower === 'issoftdeleted') return context.isSoftDeleted
  if (lower === 'accountenabled') return context.accountEnabled
  const { attributes } = context
  const value = Object.hasOwn(attributes, name) ? attributes[name] : findIgnoringCase(attributes, lower)
  return value === '' || (Array.isArray(value) && value.length === 0) ? undefined : value
}

function findIgnoringCase(attributes: ExpressionContext['attributes'], lower: string) {
  for (const known in attributes) if (known.toLowerCase() === lower) return attributes[known]
  return undefined
}

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
