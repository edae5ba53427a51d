import type { Authors, Member, Membership } from '../../domain/ports/directory.ts'
import type { Via } from '../../domain/ports/resources.ts'
import { maxIndirectGroups, type RelatedResource, type ResourceId } from '../../scim/resource.ts'
import type { Dialect } from './dialect.ts'

export type RelatedRow = {
  readonly id: string
  readonly type: string | null
  readonly display: string | null
}

export const toRelated = ({ id, type, display }: RelatedRow): RelatedResource =>
  type !== null && display !== null
    ? { id: id as ResourceId, type, display }
    : { id: id as ResourceId, ...(type !== null && { type }), ...(display !== null && { display }) }

export type MemberRow = RelatedRow & {
  readonly joined: number
  readonly exchange: string | null
  readonly via: string | null
}

export const toMember = (
  { joined, exchange, via }: Pick<MemberRow, 'joined' | 'exchange' | 'via'>,
  related: RelatedResource,
): Member => ({ ...related, joined, ...(exchange !== null && { exchange }), ...readVia(via) })

/**
 * The exchange that added a member, for rows of `memberships` with the alias `m`: that of its last joining. The events of a member
 * are few, and those of an id without a resource have an index of their own.
 */
export function joiningExchangeSql({ sameTenant }: Dialect): string {
  const last = (member: string) => `(
    select e.exchange from membership_events e
    where ${member} and e.group_key = m.group_key and e.event = 'added'${sameTenant('e.tenant', 'm.tenant')}
    order by e.moment desc limit 1)`
  return `case when m.member_key is null then ${last('e.member_key is null and e.member_id = m.member_id')}
    else ${last('e.member_key = m.member_key')} end`
}

export type GroupRow = RelatedRow & { readonly key: number }

export type MemberOfGroup = GroupRow & { readonly member: number }

export type GroupsOfMembers = ReadonlyMap<number, readonly GroupRow[]>

export const maxNestings = 5_000

export type NestingsQuery = { readonly groups: readonly number[]; readonly most: number }

/** Each group is looked up once, so cycles end, and several paths to it cost nothing. */
export function* findOuterGroups(
  groups: readonly number[],
): Generator<NestingsQuery, GroupsOfMembers, readonly MemberOfGroup[]> {
  const outerGroups = new Map<number, GroupRow[]>()
  const seen = new Set(groups)
  let level = [...seen]
  let left = maxNestings
  // Each level adds at least one group to the result, so deeper levels than the maximum are never shown.
  for (let depth = 0; depth < maxIndirectGroups && level.length > 0 && left > 0; depth++) {
    const found = yield { groups: level, most: left }
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

/** Direct groups come first, in order, then the nearest. Members that share a list still do. */
export function toNestedGroups(
  direct: GroupsOfMembers,
  outerGroups: GroupsOfMembers,
): ReadonlyMap<number, readonly RelatedResource[]> {
  const shared = new Map<number, RelatedResource>()
  const toShared = (row: GroupRow): RelatedResource => {
    const known = shared.get(row.key)
    if (known) return known
    const related = toRelated(row)
    shared.set(row.key, related)
    return related
  }
  const lists = new Map<readonly GroupRow[], readonly RelatedResource[]>()
  for (const rows of new Set(direct.values())) {
    const related = rows.map(toShared)
    lists.set(rows, outerGroups.size === 0 ? related : [...related, ...indirectGroups(rows, outerGroups)])
  }
  return new Map(Array.from(direct, ([key, rows]) => [key, lists.get(rows) ?? []]))
}

export const keysOfGroups = (groups: GroupsOfMembers): readonly number[] =>
  [...new Set(groups.values())].flatMap(rows => rows.map(({ key }) => key))

function indirectGroups(
  direct: readonly GroupRow[],
  outerGroups: GroupsOfMembers,
): readonly RelatedResource[] {
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

/** `via` is JSON text, as in `CauseColumns`. */
export type MembershipRow = {
  readonly key: number
  readonly group: string
  readonly member: string
  readonly at: number
  readonly via: string | null
}

export const toMembership = ({ key, group, member, at, via }: MembershipRow): Membership => ({
  key,
  group: group as ResourceId,
  member: member as ResourceId,
  at,
  ...readVia(via),
})

export const readVia = (text: string | null): { readonly via?: Via } =>
  text === null ? nothing : { via: JSON.parse(text) }

const nothing = {}

export type AuthorsRow = {
  readonly key: number
  readonly created: string | null
  readonly changed: string | null
}

export const toAuthors = ({ created, changed }: AuthorsRow): Authors => ({
  ...(created !== null && { created: JSON.parse(created) }),
  ...(changed !== null && { changed: JSON.parse(changed) }),
})
