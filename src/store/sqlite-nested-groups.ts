import type { Database } from '../database/sqlite.ts'
import { mostIndirectGroups, type Related } from '../scim/resource.ts'
import { createGroupRows, type GroupRow, toRelated } from './sqlite-related.ts'

/** The most memberships of groups in groups that are read for one page; beyond the nearest, the rest is left out. */
const mostNestings = 5_000

/** That a group is a member of another one, whose row it is. */
type Nesting = GroupRow & { readonly member: number }

/** By the key of a group, those that it is a member of. */
type OuterGroups = ReadonlyMap<number, readonly GroupRow[]>

/**
 * Reads the groups of members: those that have them as members in order of joining, then those that they are in through
 * other groups, the nearest first. Beside the direct groups, a page of members takes one query for each level of nesting.
 */
export function createNestedGroups(db: Database) {
  const groupRows = createGroupRows(db)
  const outerGroupsOf = createOuterGroups(db)
  return (keys: readonly number[]): ReadonlyMap<number, readonly Related[]> => {
    const direct = new Map(keys.map(key => [key, groupRows(key)]))
    const outerGroups = outerGroupsOf([...direct.values()].flatMap(rows => rows.map(({ key }) => key)))
    return new Map(
      [...direct].map(([key, rows]) => [key, [...rows.map(toRelated), ...indirectGroups(rows, outerGroups)]]),
    )
  }
}

/** Reads level by level what groups are in. Each group is looked up once, so cycles end and many ways to it cost nothing. */
function createOuterGroups(db: Database): (groups: readonly number[]) => OuterGroups {
  // The cross joins keep SQLite from reading the memberships first.
  const nestings = db.prepare<[{ groups: string; most: number }], Nesting>(`
    select m.member_key as member, r.key, r.id, r.type, r.display
    from json_each(@groups) as g cross join memberships m on m.member_key = g.value
      cross join resources r on r.key = m.group_key
    limit @most`)

  return groups => {
    const outerGroups = new Map<number, GroupRow[]>()
    const seen = new Set(groups)
    let level = [...seen]
    let left = mostNestings
    // Each level has a group that is shown, so that more of them would be for nobody.
    for (let depth = 0; depth < mostIndirectGroups && level.length > 0 && left > 0; depth++) {
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

function indirectGroups(direct: readonly GroupRow[], outerGroups: OuterGroups): readonly Related[] {
  if (outerGroups.size === 0) return []
  const seen = new Set(direct.map(({ key }) => key))
  const found: Related[] = []
  // A set grows while it is walked, so that the groups that are found are walked in turn, the nearest first.
  for (const key of seen) {
    for (const group of outerGroups.get(key) ?? []) {
      if (seen.has(group.key)) continue
      if (found.length === mostIndirectGroups) return found
      seen.add(group.key)
      found.push({ ...toRelated(group), indirect: true })
    }
  }
  return found
}
