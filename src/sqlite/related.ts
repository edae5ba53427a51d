import { maxIndirectGroups, type RelatedResource, type ResourceId } from '../scim/resource.ts'
import type { Database } from './database.ts'

export type RelatedRow = {
  readonly id: string
  readonly type: string | null
  readonly display: string | null
}

export const toRelated = ({ id, type, display }: RelatedRow): RelatedResource => ({
  id: id as ResourceId,
  ...(type !== null && { type }),
  ...(display !== null && { display }),
})

type GroupRow = RelatedRow & { readonly key: number }

/** Reads the groups that contain a resource, in order of joining. */
export function createGroupReader(db: Database): (member: number) => readonly GroupRow[] {
  const groups = db.prepare<[number], GroupRow>(`
    select r.key, r.id, r.type, r.display
    from memberships m join resources r on r.key = m.group_key
    where m.member_key = ? order by m.key`)
  return member => groups.all(member)
}

/** For each member, the groups that contain it. */
type GroupsOfMembers = ReadonlyMap<number, readonly GroupRow[]>

/** A group with one of its members. */
type MemberOfGroup = GroupRow & { readonly member: number }

/** Reads the groups that contain each of some resources, in order of joining, in one query. */
export function createGroupsOfMembers(db: Database): (members: readonly number[]) => GroupsOfMembers {
  const groupsOf = createGroupReader(db)
  // The cross joins keep SQLite from reading the memberships first.
  const groupsOfAll = db.prepare<[string], MemberOfGroup>(`
    select m.member_key as member, r.key, r.id, r.type, r.display
    from json_each(?) k cross join memberships m on m.member_key = k.value
      cross join resources r on r.key = m.group_key
    order by m.key`)
  return members => {
    const [only] = members
    if (only !== undefined && members.length === 1) return new Map([[only, groupsOf(only)]])
    const groups = new Map(members.map((member): [number, GroupRow[]] => [member, []]))
    if (members.length > 0) {
      for (const row of groupsOfAll.all(JSON.stringify(members))) groups.get(row.member)?.push(row)
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

/** Maximum number of nested memberships that are read for one page; the most distant ones are left out. */
const maxNestings = 5_000

/**
 * Reads the groups of members: direct ones in order of joining, then those that contain them through other
 * groups, nearest first. A page of members takes one query, and one per level of nesting.
 */
export function createNestedGroups(db: Database) {
  const groupsOf = createGroupsOfMembers(db)
  const outerGroupsOf = createOuterGroups(db)
  return (keys: readonly number[]): ReadonlyMap<number, readonly RelatedResource[]> => {
    const direct = groupsOf(keys)
    const outerGroups = outerGroupsOf([...direct.values()].flatMap(rows => rows.map(({ key }) => key)))
    return new Map(
      [...direct].map(([key, rows]) => [key, [...rows.map(toRelated), ...indirectGroups(rows, outerGroups)]]),
    )
  }
}

/**
 * Reads the containing groups level by level. Each group is looked up once, so cycles end, and several paths
 * to it cost nothing.
 */
function createOuterGroups(db: Database): (groups: readonly number[]) => GroupsOfMembers {
  // The cross joins keep SQLite from reading the memberships first.
  const nestings = db.prepare<[{ groups: string; most: number }], MemberOfGroup>(`
    select m.member_key as member, r.key, r.id, r.type, r.display
    from json_each(@groups) as g cross join memberships m on m.member_key = g.value
      cross join resources r on r.key = m.group_key
    limit @most`)

  return groups => {
    const outerGroups = new Map<number, GroupRow[]>()
    const seen = new Set(groups)
    let level = [...seen]
    let left = maxNestings
    // Each level adds at least one group to the result, so deeper levels than the maximum are never shown.
    for (let depth = 0; depth < maxIndirectGroups && level.length > 0 && left > 0; depth++) {
      const found = nestings.all({ groups: JSON.stringify(level), most: left })
      left -= found.length
      level = []
      for (const nesting of found) {
        const known = outerGroups.get(nesting.member)
        if (known) known.push(nesting)
        else outerGroups.set(nesting.member, [nesting])
        if (seen.has(nesting.key)) continue
        seen.add(nesting.key)
        level.push(nesting.key)
      }
    }
    return outerGroups
  }
}

function indirectGroups(
  direct: readonly GroupRow[],
  outerGroups: GroupsOfMembers,
): readonly RelatedResource[] {
  if (outerGroups.size === 0) return []
  const seen = new Set(direct.map(({ key }) => key))
  const found: RelatedResource[] = []
  // A set can grow while it is iterated, so found groups are visited in turn, nearest first.
  for (const key of seen) {
    for (const group of outerGroups.get(key) ?? []) {
      if (seen.has(group.key)) continue
      if (found.length === maxIndirectGroups) return found
      seen.add(group.key)
      found.push({ ...toRelated(group), indirect: true })
    }
  }
  return found
}
