import type { ResourceStore } from '../../domain/ports/resources.ts'
import type { RelatedResource } from '../../scim/resource.ts'
import {
  findOuterGroups,
  type GroupRow,
  type GroupsOfMembers,
  keysOfGroups,
  type MemberOfGroup,
  maxNestings,
  type NestingsQuery,
  type RelatedRow,
  toNestedGroups,
  toRelated,
} from '../common/related.ts'
import type { Reads } from './connect.ts'
import { canStore } from './dialect.ts'
import { createSharedRowsRead } from './shared-reads.ts'
import { prepared } from './statement.ts'

type RelatedReads = Pick<ResourceStore, 'related' | 'relatedOf' | 'hasMoreMembers' | 'relatedById'>
type Related = ReadonlyMap<number, readonly RelatedResource[]>

const maxSharedGroups = 8

/** Keys of resources are unique over all tenants. */
export function createRelatedReads(reads: Reads): RelatedReads {
  const members = prepared(`
    select m.group_key as group, coalesce(m.whole, m.member_id) as id, r.type,
      coalesce(m.sent_display, r.display) as display
    from memberships m left join resources r on r.tenant = m.tenant and r.key = m.member_key
    where m.group_key = any($1::bigint[]) order by m.key`)
  const groups = `
    select m.member_key as member, r.key, r.id, r.type, r.display
    from memberships m join resources r on r.tenant = m.tenant and r.key = m.group_key
    where m.member_key = any($1::bigint[])`
  const memberOf = ({ member }: MemberOfGroup) => member
  const directGroups = createSharedRowsRead(reads, prepared(`${groups} order by m.key`), memberOf)
  const someGroups = prepared(`${groups} limit $2`)
  const groupsOfEach = createSharedRowsRead(
    reads,
    prepared(`
      select x.key as member, g.key, g.id, g.type, g.display
      from unnest($1::bigint[]) x (key) cross join lateral (
        select r.key, r.id, r.type, r.display
        from memberships m join resources r on r.tenant = m.tenant and r.key = m.group_key
        where m.member_key = x.key limit ${maxNestings}) g`),
    memberOf,
  )
  const memberAt = prepared('select 1 from memberships where group_key = $1 limit 1 offset $2')
  const withIds = prepared(
    'select id, type, display from resources where tenant = $1 and id = any($2::text[])',
  )

  const membersOf = async (keys: readonly number[]): Promise<Related> => {
    const rows = await reads.queryByKey<RelatedRow & { readonly group: number }>(members, [keys])
    const related = new Map(keys.map((key): [number, RelatedResource[]] => [key, []]))
    for (const row of rows) related.get(row.group)?.push(toRelated(row))
    return related
  }

  const groupsOf = async (keys: readonly number[]): Promise<GroupsOfMembers> => {
    const rows = await directGroups(keys)
    const groups = new Map(keys.map((key): [number, GroupRow[]] => [key, []]))
    for (const row of rows) groups.get(row.member)?.push(row)
    return groups
  }

  const nestingsOf = async ({ groups, most }: NestingsQuery): Promise<readonly MemberOfGroup[]> =>
    groups.length <= maxSharedGroups
      ? (await groupsOfEach(groups)).slice(0, most)
      : reads.queryByKey<MemberOfGroup>(someGroups, [groups, most])

  const nestedGroupsOf = async (keys: readonly number[]): Promise<Related> => {
    const direct = await groupsOf(keys)
    const search = findOuterGroups(keysOfGroups(direct))
    let step = search.next()
    while (!step.done) {
      step = search.next(await nestingsOf(step.value))
    }
    return toNestedGroups(direct, step.value)
  }

  const related: RelatedReads['related'] = async (relation, keys, reach = 'direct') => {
    if (keys.length === 0) return new Map()
    if (relation === 'members') return membersOf(keys)
    if (reach === 'nested') return nestedGroupsOf(keys)
    return toNestedGroups(await groupsOf(keys), new Map())
  }

  return {
    related,
    relatedOf: async (relation, key, reach) => (await related(relation, [key], reach)).get(key) ?? [],
    hasMoreMembers: async (group, count) => (await reads.queryByKey(memberAt, [group, count])).length > 0,
    relatedById: async (tenant, ids) => {
      const rows = await reads.queryByKey<RelatedRow>(withIds, [tenant, ids.filter(canStore)])
      return new Map(rows.map(row => [row.id, toRelated(row)]))
    },
  }
}
