import { compact } from '../../scim/json.ts'
import type { AppRole, SourceGroup, SourceUser, SourceValue } from '../directory/source-directory.ts'

/** Roles of the application, which have a shape of their own on the wire. */
export type MappedRoles = {
  /** The function that gave them: one role, several that are added, or several that replace what is there. */
  readonly kind: 'singleRole' | 'roles' | 'assertiveRoles'
  readonly roles: readonly AppRole[]
}

/** What an expression can give. */
export type MappedValue = SourceValue | MappedRoles

export const isRoles = (value: unknown): value is MappedRoles =>
  typeof value === 'object' && value !== null && 'roles' in value

/** A value as text, as functions take it: booleans as Entra writes them, a list's values one after the other. */
export function toText(value: MappedValue): string {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return isRoles(value) ? value.roles.map(role => role.value).join(',') : value.join(',')
}

/** A user or group as mappings and scoping filters see it. */
export type ExpressionContext = {
  /** `objectId` among them, a user's `manager`, and `members` where they are to be mapped. */
  readonly attributes: Readonly<Record<string, SourceValue>>
  readonly accountEnabled?: boolean
  /** Entra's `IsSoftDeleted`: soft-deleted, disabled, unassigned or filtered out of scope. It drives `active`. */
  readonly isSoftDeleted: boolean
  /** Roles of the application that are assigned to the user, in the directory's order. */
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

/** Without the members: they are provisioned by requests of their own, and can be many. */
export const groupExpressionContext = (group: SourceGroup): ExpressionContext => ({
  attributes: { ...group.attributes, objectId: group.objectId },
  isSoftDeleted: group.deletedAt !== undefined,
  appRoles: [],
})

/** The value of a source attribute, whatever the case of its name; undefined when it is empty. */
export function attributeOf(context: ExpressionContext, name: string): SourceValue | undefined {
  const lower = name.toLowerCase()
  if (lower === 'issoftdeleted') return context.isSoftDeleted
  if (lower === 'accountenabled') return context.accountEnabled
  const { attributes } = context
  const value = Object.hasOwn(attributes, name) ? attributes[name] : findIgnoringCase(attributes, lower)
  return value === '' || (Array.isArray(value) && value.length === 0) ? undefined : value
}

const findIgnoringCase = (attributes: ExpressionContext['attributes'], lower: string) =>
  Object.entries(attributes).find(([known]) => known.toLowerCase() === lower)?.[1]
