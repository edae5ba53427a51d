import type { DriftItem } from '../../domain/contract/drift.ts'
import type { AssignmentTarget } from '../../domain/ports/account-assignments.ts'
import { enterpriseUserSchema } from '../../scim/core-schemas.ts'
import { compact } from '../../scim/json.ts'
import type { Audit, AwsDirectory, DirectoryMembership } from '../../traffic/aws-directory/directory.ts'
import { foreignExternalIds, scimAuthorOf, unknownOf } from '../../traffic/aws-directory/evidence.ts'
import { sides } from '../rehearsal/outcomes.ts'
import { nameOf, type Type, type Wanted } from './wanted.ts'

/** A difference, before it is compared with ignore rules and the previous report. */
export type Found = Pick<DriftItem, 'category' | 'object'> &
  Partial<Omit<DriftItem, 'id' | 'state' | 'since'>> & {
    /** When AWS changed it, in milliseconds since 1970. */
    readonly at?: number
  }

/** Statements about an export that leave something out of the comparison. */
const limits = ['status', 'times', 'members', 'assignments', 'orphans'].map(name => `${name}-unknown`)

/** How the directory differs from another side, and what is wrong with it alone. */
export function createFinder(directory: AwsDirectory) {
  const { users, groups, memberships, membersUnknown, assignments, instance } = directory
  const unknown = new Map(unknownOf(directory).map(({ id, text }) => [id, text]))
  const members = new Map([...groups.keys()].map(id => [id, new Map<string, DirectoryMembership>()]))
  for (const one of memberships) members.get(one.group)?.set(one.user, one)
  const groupsOf = Map.groupBy(memberships, ({ user }) => user)
  const ofPrincipal = Map.groupBy(assignments, ({ principal }) => principal.id)
  const foreign = foreignExternalIds(directory)
  const disabled = new Set<string>()
  for (const { id, document } of users.values()) if (JSON.parse(document).active === false) disabled.add(id)

  const nameOfId = (type: Type, id: string): string => {
    const record = directory[sides[type]].get(id)
    return record ? nameOf(type, record.document) : id
  }
  const changed = (audit: Audit | undefined) => compact({ at: audit?.updatedAt, by: audit?.updatedBy })
  const object = (type: Type, id: string) => ({
    object: { type, id, name: nameOfId(type, id) },
    ...changed(directory[sides[type]].get(id)?.audit),
  })
  const membership = (group: string, user: string) => ({
    object: {
      type: 'Membership' as const,
      id: `${group}/${user}`,
      name: `${nameOfId('Group', group)}/${nameOfId('User', user)}`,
    },
    ...changed(members.get(group)?.get(user)?.audit),
  })
  const assignment = ({ account, permissionSet, principal: { type, id } }: AssignmentTarget) => {
    const names = [
      directory.accounts.get(account) ?? account,
      directory.permissionSets.get(permissionSet)?.name ?? permissionSet,
      nameOfId(type as Type, id),
    ]
    const object = { type: 'Assignment' as const, id: `${account}/${permissionSet}/${id}` }
    return { object: { ...object, name: names.join('/') }, accounts: [account] }
  }
  /** What the principals give access to. */
  const access = (principals: readonly string[]) => {
    const accounts = new Set(principals.flatMap(id => ofPrincipal.get(id)?.map(one => one.account) ?? []))
    const withoutAccounts = unknown.has('assignments-unknown') ? 'error' : 'warning'
    return {
      severity: accounts.size > 0 ? ('critical' as const) : (withoutAccounts as 'error' | 'warning'),
      accounts: [...accounts].sort(),
    }
  }

  function extra(type: Type, id: string): Found {
    if (type === 'Group') return { category: 'group-extra', ...object(type, id), ...access([id]) }
    const found = { category: 'user-extra' as const, ...object(type, id) }
    if (disabled.has(id)) return { ...found, severity: 'note' }
    return { ...found, ...access([id, ...(groupsOf.get(id)?.map(({ group }) => group) ?? [])]) }
  }

  function* changes(type: Type, id: string, { differences, refused }: Wanted): Generator<Found> {
    const differs = type === 'User' ? 'user-differs' : 'group-differs'
    const reason = refused.get(id)
    if (reason !== undefined) yield { category: differs, severity: 'error', ...object(type, id), reason }
    for (const { path, before: aws, after: source } of differences.get(id) ?? []) {
      const found = { ...object(type, id), path, ...compact({ source, aws }) }
      const isUnknown =
        (unknown.has('enterprise-unknown') && path.startsWith(enterpriseUserSchema.id)) ||
        (path === 'active' && users.get(id)?.statusUnknown)
      if (isUnknown || (path === 'externalId' && foreign.has(id))) continue
      if (type === 'Group' && path === 'displayName') yield { category: 'group-renamed', ...found }
      else if (path === 'active') {
        const severity = source === false ? 'critical' : 'error'
        yield { category: 'user-disabled-differs', severity, ...found }
      } else {
        const severity = path === 'userName' || path === 'externalId' ? 'error' : 'warning'
        yield { category: differs, severity, ...found }
      }
    }
  }

  function* memberChanges(wanted: Wanted): Generator<Found> {
    for (const [group, present] of members) {
      const expected = wanted.members.get(group)
      if (!expected || membersUnknown.has(group)) continue
      for (const [user, { id }] of present) {
        if (expected.has(user) || !wanted.differences.has(user)) continue
        const command = `aws identitystore delete-group-membership --identity-store-id ${instance.store} --membership-id ${id}`
        yield {
          ...{ category: 'member-extra', ...membership(group, user) },
          ...access(disabled.has(user) ? [] : [group]),
          ...(id !== undefined && { remedy: `Add the user to the group in the source, or: ${command}` }),
        }
      }
      for (const user of expected) {
        if (users.has(user) && !present.has(user)) {
          yield { category: 'member-missing', ...membership(group, user) }
        }
      }
    }
  }

  /** Objects with another difference are left out: that item has the author. */
  function* changedOutsideScim(isFound: (object: string) => boolean): Generator<Found> {
    const category = 'changed-outside-scim'
    const author = scimAuthorOf(directory)
    const isOther = (by: string | undefined) => author !== undefined && by !== undefined && by !== author
    for (const type of ['User', 'Group'] as const) {
      for (const { id, audit } of directory[sides[type]].values()) {
        const isChanged = audit && isOther(audit.updatedBy) && audit.updatedAt > audit.at
        if (isChanged && !isFound(id)) yield { category, ...object(type, id) }
      }
    }
    for (const { group, user, audit } of memberships) {
      const isKnown = [group, user, `${group}/${user}`].some(isFound)
      if (isOther(audit?.by) && !isKnown) yield { category, ...membership(group, user) }
    }
  }

  return {
    *against(wanted: Wanted): Generator<Found> {
      for (const { type, reason, ...missing } of wanted.missing) {
        const category = type === 'User' ? 'user-missing' : 'group-missing'
        yield { category, object: { type, ...missing }, ...compact({ reason }) }
      }
      for (const type of ['User', 'Group'] as const) {
        for (const id of directory[sides[type]].keys()) {
          const former = wanted.recreated.get(id)
          const category = type === 'User' ? 'user-recreated' : 'group-recreated'
          if (former) yield { category, ...object(type, id), reason: `The former ID is ${former}.` }
          if (wanted.differences.has(id)) yield* changes(type, id, wanted)
          else yield extra(type, id)
        }
      }
      yield* memberChanges(wanted)
    },

    *alone(isFound: (object: string) => boolean): Generator<Found> {
      for (const one of assignments) {
        const { type, id } = one.principal
        const exists = (type === 'User' ? users : groups).has(id)
        if (!exists) yield { category: 'assignment-orphaned', ...assignment(one) }
        else if (disabled.has(id)) yield { category: 'assignment-of-disabled', ...assignment(one) }
      }
      for (const [id, { size }] of members) {
        const isUsed = size > 0 || ofPrincipal.has(id) || membersUnknown.has(id)
        const isStale = !isUsed && !unknown.has('assignments-unknown')
        if (isStale && !isFound(id)) yield { category: 'stale-group', ...object('Group', id) }
      }
      for (const id of foreign) {
        yield { category: 'external-id-foreign', ...object(users.has(id) ? 'User' : 'Group', id) }
      }
      yield* changedOutsideScim(isFound)
      for (const path of limits) {
        const reason = unknown.get(path)
        const { store } = instance
        const object = { type: 'Directory' as const, id: store, name: store }
        if (reason !== undefined) yield { category: 'unknown', object, path, reason }
      }
    },
  }
}
