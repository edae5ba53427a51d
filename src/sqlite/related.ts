import {
  findOuterGroups,
  type GroupRow,
  type GroupsOfMembers,
  keysOfGroups,
  type MemberOfGroup,
  type RelatedRow,
  toNestedGroups,
  toRelated,
} from '../persistence/related.ts'
import type { RelatedResource } from '../scim/resource.ts'
import type { Database } from './database.ts'

/** Reads the groups that contain a resource, in order of joining. */
export function createGroupReader(db: Database): (member: number) => readonly GroupRow[] {
  const groups = db.prepare<[number], GroupRow>(`
    select r.key, r.id, r.type, r.display
    from memberships m join resources r on r.key = m.group_key
    where m.member_key = ? order by m.key`)
  return member => groups.all(member)
}

/** Reads the groups that contain each of some resources, in order of joining; a group of several members once. */
export function createGroupsOfMembers(db: Database): (members: readonly number[]) => GroupsOfMembers {
  const groupsOf = createGroupReader(db)
  // The cross joins keep SQLite from reading the memberships or the groups first.
  const memberships = db.prepare<[string], { readonly member: number; readonly group: number }>(`
    select m.member_key as member, m.group_key as "group"
    from json_each(?) k cross join memberships m on m.member_key = k.value
    order by m.key`)
  const groupsWithKeys = db.prepare<[string], GroupRow>(`
    select r.key, r.id, r.type, r.display from json_each(?) k cross join resources r on r.key = k.value`)
  return members => {
    const [only] = members
    if (only !== undefined && members.length === 1) return new Map([[only, groupsOf(only)]])
    const groups = new Map(members.map((member): [number, GroupRow[]] => [member, []]))
    if (members.length === 0) return groups
    const found = memberships.all(JSON.stringify(members))
    const keys = new Set(found.map(({ group }) => group))
    if (keys.size === 0) return groups
    const rows = new Map(groupsWithKeys.all(JSON.stringify([...keys])).map(row => [row.key, row]))
    for (const { member, group } of found) {
      const row = rows.get(group)
      if (row) groups.get(member)?.push(row)
    }
    return groups
  }
}

/** Reads the resources with certain ids. */
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
