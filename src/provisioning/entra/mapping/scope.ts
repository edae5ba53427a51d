import { day } from '../../../domain/duration.ts'
import type {
  AppRole,
  SourceDirectory,
  SourceGroup,
  SourceUser,
} from '../../kit/directory/source-directory.ts'
import type { Mapping } from './mapping.ts'
import { isInScope } from './scoping-filter.ts'
import { type ExpressionContext, groupExpressionContext, userExpressionContext } from './values.ts'

export type Scope = {
  isEntitled(objectId: string): boolean
  has(object: SourceUser | SourceGroup): boolean
  rolesOf(objectId: string): readonly AppRole[]
}

/** An assigned group entitles its direct members, but not members of nested groups. */
export function evaluateScope(
  directory: SourceDirectory,
  mapping: Mapping,
  scope: 'assigned' | 'all',
): Scope {
  const roles = new Map<string, AppRole[]>()
  const groups = new Map(directory.groups.map(group => [group.objectId, group]))
  const entitle = (objectId: string, role: AppRole | undefined) => {
    const held = roles.get(objectId) ?? []
    roles.set(objectId, held)
    if (role && !held.some(({ id }) => id === role.id)) held.push(role)
  }
  for (const { principal, appRole } of directory.assignments) {
    const group = groups.get(principal)
    if (group?.deletedAt !== undefined) continue
    entitle(principal, appRole)
    for (const member of group?.members ?? []) if (!groups.has(member)) entitle(member, appRole)
  }
  const isEntitled = (objectId: string) => scope === 'all' || roles.has(objectId)
  const rolesOf = (objectId: string): readonly AppRole[] => roles.get(objectId) ?? []
  return {
    isEntitled,
    rolesOf,
    has: object =>
      isEntitled(object.objectId) &&
      (isGroup(object)
        ? mapping.groups.enabled && isInScope(mapping.groups.scope, groupExpressionContext(object))
        : mapping.users.enabled &&
          isInScope(mapping.users.scope, scopedUserContext(object, true, rolesOf(object.objectId)))),
  }
}

export const isGroup = (object: SourceUser | SourceGroup): object is SourceGroup => 'members' in object

/** A user's values for the mapping. `IsSoftDeleted` is true for disabled, deleted and out-of-scope users. */
export const scopedUserContext = (
  user: SourceUser,
  inScope: boolean,
  appRoles: readonly AppRole[],
): ExpressionContext =>
  userExpressionContext(user, {
    isSoftDeleted: !inScope || !user.accountEnabled || user.deletedAt !== undefined,
    appRoles,
  })

/** Milliseconds from soft deletion to purge. */
export const recycleBinRetention = 30 * day

export const isPurged = ({ deletedAt }: { readonly deletedAt?: number }, now: number): boolean =>
  deletedAt !== undefined && now - deletedAt >= recycleBinRetention
