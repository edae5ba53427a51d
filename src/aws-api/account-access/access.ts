import type {
  AccountAssignment,
  AccountAssignments,
  AssignmentQuery,
  Principal,
} from '../../domain/ports/account-assignments.ts'
import type { Directory, Identity, Page, PageRequest, PointInTime } from '../../domain/ports/directory.ts'
import { errors } from '../../scim/error.ts'
import { compact } from '../../scim/json.ts'
import type { RelatedResource } from '../../scim/resource.ts'
import { type DirectoryAt, readDirectory } from './directory-at.ts'

export type AccessQuery = PageRequest & {
  readonly user?: string
  readonly group?: string
  readonly account?: string
  readonly permissionSet?: string
  readonly asOf?: PointInTime
}

type AccountAccessDeps = {
  readonly assignments: Pick<AccountAssignments, 'assignments' | 'permissionSetsById'>
  readonly directory: Pick<Directory, 'identity' | 'members' | 'joined' | 'identities' | 'historyView'>
}

type Position = { readonly after: string; readonly within?: { readonly id: string; readonly cursor: string } }

const positionText = ({ after, within }: Position): string =>
  within ? `${after}:${within.id}:${within.cursor}` : after

function parsePosition(cursor: string | undefined): Position {
  if (cursor === undefined) return { after: '' }
  const [, after = '', id, members] = /^([\da-f-]{36})?(?::([\da-f-]{36}):(\d+))?$/.exec(cursor) ?? []
  if (cursor === '' || (after === '' && id === undefined)) {
    throw errors.invalidValue('The cursor was not issued by this list.')
  }
  return { after, ...(id !== undefined && members !== undefined && { within: { id, cursor: members } }) }
}

export const toUser = ({ id, label, display, status }: Identity): AccessUser => ({
  id,
  label,
  display,
  enabled: status === 'active',
})

/** The users and groups whose assignments give access to this user, or to members of this group; undefined for all. */
export async function principalsOf(
  reader: DirectoryAt,
  { user, group }: Pick<AccessQuery, 'user' | 'group'>,
) {
  if (user === undefined) return group === undefined ? undefined : [group]
  const groups = (await reader.identity('User', user))?.groups ?? []
  const ids = [user, ...groups.map(({ id }) => id)]
  return group === undefined ? ids : ids.filter(id => id === group)
}

type Ways = { readonly ways: readonly Way[]; readonly next?: string }
export type Way = Pick<AccessEntry, 'result' | 'user' | 'joined'> & { readonly principalName: string }

/**
 * Who has access to which account, through which group and assignment: a page of entries in order of the assignments. Each assignment
 * has an entry per user, or one without a user.
 */
export async function readAccess(
  { assignments, directory }: AccountAccessDeps,
  tenant: number,
  query: AccessQuery,
): Promise<Page<AccessEntry>> {
  const { limit, cursor, account, permissionSet, asOf } = query
  const reader = readDirectory(directory, tenant, asOf)
  const principals = await principalsOf(reader, query)
  const filter: AssignmentQuery = compact({ account, permissionSet, principals, at: asOf?.at })

  const found: { readonly assignment: AccountAssignment; readonly way: Way }[] = []
  let position = parsePosition(cursor)
  let hasMore = true
  while (hasMore && found.length < limit) {
    const rows = await assignments.assignments(tenant, { ...filter, after: position.after, limit: limit + 1 })
    for (const assignment of rows.slice(0, limit)) {
      const room = limit - found.length
      if (room === 0) break
      const { within } = position
      const start = within?.id === assignment.id ? within.cursor : undefined
      const { ways, next } = await waysThrough(reader, assignment, query.user, {
        limit: room,
        ...compact({ cursor: start }),
      })
      found.push(...ways.map(way => ({ assignment, way })))
      position =
        next === undefined
          ? { after: assignment.id }
          : { after: position.after, within: { id: assignment.id, cursor: next } }
      if (next !== undefined) break
    }
    hasMore = position.within !== undefined || rows.some(({ id }) => id > position.after)
  }

  const names = await assignments.permissionSetsById(tenant, [
    ...new Set(found.map(({ assignment }) => assignment.permissionSet)),
  ])
  return {
    items: found.map(({ assignment, way }) => toEntry(assignment, way, names)),
    ...(hasMore && { next: positionText(position) }),
  }
}

export function toEntry(
  { id, account, permissionSet, principal, created, exchange }: AccountAssignment,
  { principalName, ...way }: Way,
  permissionSets: ReadonlyMap<string, { readonly name: string }>,
): AccessEntry {
  return {
    ...way,
    account,
    permissionSet: { id: permissionSet, name: permissionSets.get(permissionSet)?.name ?? permissionSet },
    principal: { ...principal, name: principalName },
    assignment: { id, created, ...compact({ exchange }) },
  }
}

async function waysThrough(
  reader: DirectoryAt,
  { principal, principalName }: AccountAssignment,
  user: string | undefined,
  page: PageRequest,
): Promise<Ways> {
  const found = await reader.identity(principal.type, principal.id)
  if (!found) return { ways: [{ result: 'no-principal', principalName }] }
  const name = found.label
  const wayOf = (identity: Identity): Way => ({
    result: resultOf(toUser(identity)),
    user: toUser(identity),
    principalName: name,
  })
  const memberWays = async (members: readonly Identity[]): Promise<readonly Way[]> => {
    const joined = await reader.joined(found, members)
    return members.map(member => ({ ...wayOf(member), ...compact({ joined: joined.get(member.key) }) }))
  }
  if (principal.type === 'User') return { ways: [wayOf(found)] }
  if (user !== undefined) {
    const identity = await reader.identity('User', user)
    return { ways: identity ? await memberWays([identity]) : [] }
  }
  const members = await reader.members(principal.id, page)
  const users = await Promise.all(
    (members?.items ?? []).filter(isUser).map(({ id }) => reader.identity('User', id)),
  )
  const ways = await memberWays(users.filter(identity => identity !== undefined))
  const isEmpty = page.cursor === undefined && members?.next === undefined && ways.length === 0
  return {
    ways: isEmpty ? [{ result: 'no-members', principalName: name }] : ways,
    ...compact({ next: members?.next }),
  }
}

const isUser = ({ type }: RelatedResource): boolean => type === 'User'

export type AccessUser = {
  readonly id: string
  readonly label: string
  readonly display: string
  readonly enabled: boolean
}

/**
 * Why an assignment gives access or does not. `disabled`: the user is disabled. `no-principal`: the user or group that was
 * assigned does not exist. `no-members`: the group has no members.
 */
export type AccessResult = 'access' | 'disabled' | 'no-principal' | 'no-members'

export type AccessEntry = {
  readonly result: AccessResult
  readonly account: string
  readonly permissionSet: { readonly id: string; readonly name: string }
  readonly principal: Principal & { readonly name: string }
  readonly user?: AccessUser
  /** When the user joined the group, in milliseconds since 1970 by the tenant's clock. */
  readonly joined?: number
  /** The id of the assignment, when it was created by the tenant's clock, and by which exchange. */
  readonly assignment: { readonly id: string; readonly created: number; readonly exchange?: string }
}

const resultOf = (user: AccessUser): AccessResult => (user.enabled ? 'access' : 'disabled')

export function describeEntry(entry: AccessEntry, isPast = false): string {
  const { result, account, permissionSet, principal, user, joined } = entry
  const way = `account ${account} with ${permissionSet.name}`
  const group = `the group ${principal.name}`
  const since = joined === undefined ? '' : ` since ${new Date(joined).toISOString()}`
  const through = principal.type === 'Group' ? `through ${group}${since}` : 'by a direct assignment'
  switch (result) {
    case 'access':
      return `${user?.label} ${isPast ? 'had' : 'has'} access to ${way} ${through}.`
    case 'disabled':
      return `${user?.label} ${isPast ? 'was' : 'is'} disabled, and would otherwise have access to ${way} ${through}.`
    case 'no-members':
      return `No user ${isPast ? 'had' : 'has'} access to ${way} through ${group}, which ${isPast ? 'had' : 'has'} no members.`
    case 'no-principal': {
      const noun = principal.type === 'Group' ? 'group' : 'user'
      return `No user ${isPast ? 'had' : 'has'} access to ${way}: the ${noun} ${principal.name} ${isPast ? 'did' : 'does'} not exist.`
    }
  }
}
