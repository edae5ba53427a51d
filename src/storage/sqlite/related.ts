import type { RelatedResource } from '../../scim/resource.ts'
import {
  findOuterGroups,
  type GroupRow,
  type GroupsOfMembers,
  keysOfGroups,
  type MemberOfGroup,
  type RelatedRow,
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
