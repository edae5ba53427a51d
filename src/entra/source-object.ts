import type { AppRole, SourceGroup, SourceUser, SourceValue } from './source-directory.ts'

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

export const contextOfUser = (
  user: SourceUser,
  { isSoftDeleted, appRoles }: Pick<ExpressionContext, 'isSoftDeleted' | 'appRoles'>,
): ExpressionContext => ({
  attributes: {
    ...user.attributes,
    objectId: user.objectId,
    ...(user.manager !== undefined && { manager: user.manager }),
  },
  accountEnabled: user.accountEnabled,
  isSoftDeleted,
  appRoles,
})

/** Without the members: they are provisioned by requests of their own, and can be many. */
export const contextOfGroup = (group: SourceGroup): ExpressionContext => ({
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
  const value = Object.hasOwn(attributes, name) ? attributes[name] : spelledOtherwise(attributes, lower)
  return value === '' || (Array.isArray(value) && value.length === 0) ? undefined : value
}

const spelledOtherwise = (attributes: ExpressionContext['attributes'], lower: string) =>
  Object.entries(attributes).find(([known]) => known.toLowerCase() === lower)?.[1]
