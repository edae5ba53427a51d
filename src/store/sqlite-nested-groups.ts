import type { Database } from '../database/sqlite.ts'
import { mostIndirectGroups, type Related } from '../scim/resource.ts'
import { createGroupRows, type GroupRow, toRelated } from './sqlite-related.ts'

/** The most memberships of groups in groups that are read for one page; beyond the nearest, the rest is left out. */
const mostNestings = 5_000

/** That a group is a member of another one, whose row it is. */
type Nesting = GroupRow & { readonly member: number }

/**
 * Reads the groups of members: those that have them as members in order of joining, then those that they are in through
 * other groups, the nearest first. Beside the direct groups, a page of members takes one query, which ends at once where
 * none of these groups is a member of a group. Cycles end it, too, for each membership is followed once.
 */
export function createNestedGroups(db: Database) {
  const groupRows = createGroupRows(db)
  // The cross joins keep SQLite from reading the memberships first.
  const nestingsAbove = db.prepare<[{ groups: string; most: number }], Nesting>(`
    with recursive above (member, "group") as (
      select m.member_key, m.group_key
      from json_each(@groups) as g cross join memberships m on m.member_key = g.value
      union
      select m.member_key, m.group_key
      from above cross join memberships m on m.member_key = above."group"
      limit @most
    )
    select above.member, r.key, r.id, r.type, r.display from above cross join resources r on r.key = above."group"`)

  return (keys: readonly number[]): ReadonlyMap<number, readonly Related[]> => {
    const direct = new Map(keys.map(key => [key, groupRows(key)]))
    const groups = new Set([...direct.values()].flatMap(rows => rows.map(({ key }) => key)))
    const above =
      groups.size === 0 ? [] : nestingsAbove.all({ groups: JSON.stringify([...groups]), most: mostNestings })
    const outerGroups = byMember(above)
    return new Map(
      [...direct].map(([key, rows]) => [
        key,
        [...rows.map(toRelated), ...(above.length === 0 ? [] : indirectGroups(rows, outerGroups))],
      ]),
    )
  }
}

/** By the key of a group, those that it is a member of. */
type OuterGroups = ReadonlyMap<number, readonly GroupRow[]>

function byMember(nestings: readonly Nesting[]): OuterGroups {
  const groups = new Map<number, GroupRow[]>()
  for (const nesting of nestings) {
    const known = groups.get(nesting.member)
    if (known) known.push(nesting)
    else groups.set(nesting.member, [nesting])
  }
  return groups
}

function indirectGroups(direct: readonly GroupRow[], outerGroups: OuterGroups): readonly Related[] {
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
