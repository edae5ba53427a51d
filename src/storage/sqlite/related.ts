import { sharedSlices } from '../../domain/event-loop/slices.ts'
import type { MembershipScope, Memberships } from '../../domain/ports/directory.ts'
import type { RelatedResource } from '../../scim/resource.ts'
import {
  findOuterGroups,
  type GroupRow,
  type GroupsOfMembers,
  keysOfGroups,
  type MemberOfGroup,
  type MembershipRow,
  type RelatedRow,
  toMembership,
  toNestedGroups,
  toRelated,
} from '../common/related.ts'
import type { Database } from './database.ts'

/** In order of joining. */
export function createGroupReader(db: Database): (member: number) => readonly GroupRow[] {
  const groups = db.prepare<[number], GroupRow>(`
    select r.key, r.id, r.type, r.display
    from memberships m join resources r on r.key = m.group_key
    where m.member_key = ? order by m.key`)
  return member => groups.all(member)
}

/** In order of joining. Members of the same groups share a list. */
export function createGroupsOfMembers(db: Database): (members: readonly number[]) => GroupsOfMembers {
  const groupsOf = createGroupReader(db)
  const memberships = db.prepare<[string], { readonly member: number; readonly groups: string | null }>(`
    select k.value as member, (
      select group_concat(one) from (
        select m.group_key as one from memberships m where m.member_key = k.value order by m.key)) as groups
    from json_each(?) k`)
  // The cross join keeps SQLite from reading the groups first.
  const groupsWithKeys = db.prepare<[string], GroupRow>(`
    select r.key, r.id, r.type, r.display from json_each(?) k cross join resources r on r.key = k.value`)

  const readLists = (texts: Iterable<string>): ReadonlyMap<string, readonly GroupRow[]> => {
    const keysOf = new Map(Array.from(texts, text => [text, text.split(',').map(Number)]))
    if (keysOf.size === 0) return new Map()
    const keys = new Set([...keysOf.values()].flat())
    const rows = new Map(groupsWithKeys.all(JSON.stringify([...keys])).map(row => [row.key, row]))
    return new Map(
      Array.from(keysOf, ([text, keys]) => [text, keys.flatMap(key => rows.get(key) ?? [])] as const),
    )
  }

  return members => {
    const [only] = members
    if (only !== undefined && members.length === 1) return new Map([[only, groupsOf(only)]])
    if (members.length === 0) return new Map()
    const found = memberships.all(JSON.stringify(members))
    const lists = readLists(new Set(found.flatMap(({ groups }) => groups ?? [])))
    return new Map(found.map(({ member, groups }) => [member, lists.get(groups ?? '') ?? []]))
  }
}

export function createNameReader(db: Database) {
  const resourceWithId = db.prepare<[number, string], RelatedRow>(
    'select id, type, display from resources where tenant = ? and id = ?',
  )
  // The cross join keeps SQLite from reading the tenant's resources first.
  const resourcesWithIds = db.prepare<[string, number], RelatedRow>(`
    select r.id, r.type, r.display
    from json_each(?) i cross join resources r on r.tenant = ? and r.id = i.value`)
  return (tenant: number, ids: readonly string[]): ReadonlyMap<string, RelatedResource> => {
    const [only] = ids
    const rows =
      only !== undefined && ids.length === 1
        ? resourceWithId.all(tenant, only)
        : resourcesWithIds.all(JSON.stringify(ids), tenant)
    return new Map(rows.map(row => [row.id, toRelated(row)]))
  }
}

/**
 * Reads the groups of members: direct ones in order of joining, then those that contain them through other
 * groups, nearest first. A page of members takes one query, and one per level of nesting.
 */
export function createNestedGroups(db: Database) {
  const groupsOf = createGroupsOfMembers(db)
  // The cross joins keep SQLite from reading the memberships first.
  const nestings = db.prepare<[{ groups: string; most: number }], MemberOfGroup>(`
    select m.member_key as member, r.key, r.id, r.type, r.display
    from json_each(@groups) as g cross join memberships m on m.member_key = g.value
      cross join resources r on r.key = m.group_key
    limit @most`)

  return (keys: readonly number[]): ReadonlyMap<number, readonly RelatedResource[]> => {
    const direct = groupsOf(keys)
    const search = findOuterGroups(keysOfGroups(direct))
    let step = search.next()
    while (!step.done) {
      const { groups, most } = step.value
      step = search.next(nestings.all({ groups: JSON.stringify(groups), most }))
    }
    return toNestedGroups(direct, step.value)
  }
}

/** Outer groups are looked for only if a group is itself a member, which the same statement reads. */
export function createGroupsOfOne(db: Database, nestedGroups: ReturnType<typeof createNestedGroups>) {
  const groups = db.prepare<[number], GroupRow & { readonly isMember: 0 | 1 }>(`
    select r.key, r.id, r.type, r.display,
      exists (select 1 from memberships o where o.member_key = r.key) as isMember
    from memberships m join resources r on r.key = m.group_key
    where m.member_key = ? order by m.key`)
  return (member: number, reach: 'direct' | 'nested'): readonly RelatedResource[] => {
    const rows = groups.all(member)
    return reach === 'nested' && rows.some(({ isMember }) => isMember === 1)
      ? (nestedGroups([member]).get(member) ?? [])
      : rows.map(toRelated)
  }
}

/** Read by one statement: about 2 ms. */
const rowsPerRead = 1_000
/** After this many, a group whose members are being removed is read at once. */
const maxAttempts = 3

type MemberRow = RelatedRow & { readonly key: number }
type GroupState = {
  readonly version: number
  readonly era: string | null
  readonly moment: number | null
}

export function createMemberReader(db: Database) {
  const membersAfter = db.prepare<[number, number, number], MemberRow>(`
    select m.key, m.member_id as id, r.type, coalesce(m.sent_display, r.display) as display
    from memberships m left join resources r on r.key = m.member_key
    where m.group_key = ? and m.key > ? order by m.key limit ?`)
  const stateOf = db.prepare<[number], GroupState>(`
    select version, era,
      (select max(moment) from membership_events where group_key = resources.key) as moment
    from resources where key = ?`)
  const removalAfter = db
    .prepare<[number, number], number>(`
      select 1 from membership_events where group_key = ? and moment > ? and event = 'removed' limit 1`)
    .pluck()
  const memberAt = db
    .prepare<[number, number], number>('select 1 from memberships where group_key = ? limit 1 offset ?')
    .pluck()

  /** Whether members that were read since then still are the group's: added ones follow the others. */
  const isStillTrue = (group: number, before: GroupState | undefined): boolean => {
    const now = stateOf.get(group)
    if (before?.era !== now?.era) return false
    return before?.version === now?.version || removalAfter.get(group, before?.moment ?? 0) === undefined
  }

  const membersOf = async (
    groups: readonly number[],
  ): Promise<ReadonlyMap<number, readonly RelatedResource[]>> => {
    let rowsRead = 0

    const endSlice = async (): Promise<void> => {
      if (rowsRead < rowsPerRead) return
      rowsRead = 0
      if (sharedSlices.isOver()) await sharedSlices.next()
    }

    const readPortions = async (group: number): Promise<readonly RelatedResource[]> => {
      const members: RelatedResource[] = []
      for (let after = 0; ; ) {
        const rows = membersAfter.all(group, after, rowsPerRead)
        rowsRead += rows.length
        for (const row of rows) members.push(toRelated(row))
        const last = rows.at(-1)
        if (!last || rows.length < rowsPerRead) return members
        after = last.key
        await endSlice()
      }
    }

    const read = async (group: number): Promise<readonly RelatedResource[]> => {
      for (let attempt = 0; attempt < maxAttempts; attempt++) {
        const before = stateOf.get(group)
        const members = await readPortions(group)
        if (members.length < rowsPerRead || isStillTrue(group, before)) return members
      }
      return membersAfter.all(group, 0, -1).map(toRelated)
    }

    const members = new Map<number, readonly RelatedResource[]>()
    for (const group of groups) {
      await endSlice()
      members.set(group, await read(group))
    }
    return members
  }

  return {
    membersOf,
    membersOfOne: async (group: number) => (await membersOf([group])).get(group) ?? [],
    hasMore: (group: number, members: number): boolean => memberAt.get(group, members) !== undefined,
  }
}

type PageParameters = MembershipScope & { resource: number; after: number; limit: number }
type PairParameters = MembershipScope & { group: string; member: string }
type ImportedIdParameters = MembershipScope & { id: string }
type KeyParameters = MembershipScope & { from: string; before: string; key: number }

export function createMemberships(db: Database): Memberships {
  // The cross joins keep the order in which the tables are read.
  const columns = 'm.key, g.id as "group", m.member_id as member, m.at, m.via'
  const ofTypes = 'g.tenant = @tenant and g.type = @groupType and u.type = @memberType'
  const pageOf = (side: 'group_key' | 'member_key') =>
    db.prepare<[PageParameters], MembershipRow>(`
      select ${columns} from memberships m cross join resources g on g.key = m.group_key
        cross join resources u on u.key = m.member_key
      where m.${side} = @resource and m.key > @after and ${ofTypes} order by m.key limit @limit`)
  const pages = { group: pageOf('group_key'), member: pageOf('member_key') }
  const ofPair = db.prepare<[PairParameters], MembershipRow>(`
    select ${columns} from resources g cross join memberships m on m.group_key = g.key and m.member_id = @member
      cross join resources u on u.key = m.member_key
    where g.id = @group and ${ofTypes}`)
  const withKey = db.prepare<[KeyParameters], MembershipRow>(`
    select ${columns} from resources g cross join memberships m on m.group_key = g.key and m.key = @key
      cross join resources u on u.key = m.member_key
    where g.id >= @from and g.id < @before and ${ofTypes}`)
  const withImportedId = db.prepare<[ImportedIdParameters], MembershipRow>(`
    select ${columns} from memberships m cross join resources g on g.key = m.group_key
      cross join resources u on u.key = m.member_key
    where m.tenant = @tenant and m.via is not null and json_extract(m.via, '$.membership') = @id and ${ofTypes}`)

  return {
    page: async (scope, side, resource, after, limit) =>
      pages[side].all({ ...scope, resource, after, limit }).map(toMembership),
    between: async (scope, pairs) =>
      pairs.map(pair => {
        const row = ofPair.get({ ...scope, ...pair })
        return row && toMembership(row)
      }),
    withKey: async (scope, groupPrefix, key) =>
      withKey.all({ ...scope, from: groupPrefix, before: `${groupPrefix}\uffff`, key }).map(toMembership),
    withImportedId: async (scope, id) => {
      const row = withImportedId.get({ ...scope, id })
      return row && toMembership(row)
    },
  }
}
