import type { Membership, Memberships } from '../../domain/ports/directory.ts'
import type { Place, ResourceStore } from '../../domain/ports/resources.ts'
import { compact } from '../../scim/json.ts'
import type { RelatedResource } from '../../scim/resource.ts'
import { planRemoval } from '../common/plans/remove.ts'
import { planInsert, planUpdate } from '../common/plans/write.ts'
import {
  findOuterGroups,
  type GroupRow,
  type GroupsOfMembers,
  keysOfGroups,
  type MemberOfGroup,
  type MembershipRow,
  maxNestings,
  type NestingsQuery,
  type RelatedRow,
  toMembership,
  toNestedGroups,
  toRelated,
} from '../common/related.ts'
import type { Reads } from './connect.ts'
import { canStore } from './dialect.ts'
import type { Lanes } from './lanes.ts'
import { createListReads } from './list.ts'
import { type LongReads, readInPlace } from './long-reads.ts'
import { createCounts, createSharedRowsRead, createStoredResources } from './resource-rows.ts'
import { existenceOf } from './round.ts'
import { prepared } from './statement.ts'
import { createTextIndex, type TextIndex } from './text-index.ts'

export type ResourceReads = Omit<ResourceStore, 'insert' | 'update' | 'remove'>

export type ResourceStoreOptions = {
  /** `reads` by default. */
  readonly longReads?: LongReads
  readonly textIndex?: TextIndex
  readonly longWork?: number
}

export function createResourceReads(
  reads: Reads,
  { longReads = readInPlace(reads), textIndex = createTextIndex(reads), longWork }: ResourceStoreOptions = {},
): ResourceReads {
  const stored = createStoredResources(reads)
  return {
    find: stored.find,
    secrets: stored.secrets,
    findByKeys: stored.withKeys,
    ...createListReads(compact({ reads, longReads, textIndex, longWork }), createCounts(reads), stored),
    ...createRelatedReads(reads),
  }
}

export function createResourceStore(
  reads: Reads,
  lanes: Lanes,
  options?: ResourceStoreOptions,
): ResourceStore {
  return {
    ...createResourceReads(reads, options),
    insert: (place, cause, draft, limit) =>
      lanes.run({ ...existenceOfPlace(place), plan: () => planInsert(place, cause, draft, limit) }),
    update: (place, cause, change) =>
      lanes.run({ ...contentOf(place), plan: () => planUpdate(place, cause, change) }),
    remove: (place, cause, removal) =>
      lanes.run({ ...existenceOfPlace(place), plan: () => planRemoval(place, cause, removal) }),
  }
}

const contentOf = ({ tenant, id }: Place) => ({ tenant, changes: [`resource ${tenant} ${id}`] })

const existenceOfPlace = (place: Place) => {
  const { tenant, changes } = contentOf(place)
  return { tenant, changes: [...changes, existenceOf(tenant, place.id)] }
}

type RelatedReads = Pick<ResourceStore, 'related' | 'relatedOf' | 'hasMoreMembers' | 'relatedById'>
type Related = ReadonlyMap<number, readonly RelatedResource[]>

const maxSharedGroups = 8

function createRelatedReads(reads: Reads): RelatedReads {
  const members = prepared(`
    select m.group_key as group, coalesce(m.whole, m.member_id) as id, r.type,
      coalesce(m.sent_display, r.display) as display
    from memberships m left join resources r on r.tenant = $1 and r.key = m.member_key
    where m.tenant = $1 and m.group_key = any($2::bigint[]) order by m.key`)
  const membersToFind = 'unnest($1::bigint[], $2::bigint[]) x (tenant, key)'
  const memberOf = ({ member }: MemberOfGroup) => member
  const directGroups = createSharedRowsRead(
    reads,
    prepared(`
      select x.key as member, r.key, r.id, r.type, r.display
      from ${membersToFind} join memberships m on m.tenant = x.tenant and m.member_key = x.key
        join resources r on r.tenant = x.tenant and r.key = m.group_key
      order by m.key`),
    memberOf,
  )
  const someGroups = prepared(`
    select m.member_key as member, r.key, r.id, r.type, r.display
    from memberships m join resources r on r.tenant = $1 and r.key = m.group_key
    where m.tenant = $1 and m.member_key = any($2::bigint[]) limit $3`)
  const groupsOfEach = createSharedRowsRead(
    reads,
    prepared(`
      select x.key as member, g.key, g.id, g.type, g.display
      from ${membersToFind} cross join lateral (
        select r.key, r.id, r.type, r.display
        from memberships m join resources r on r.tenant = x.tenant and r.key = m.group_key
        where m.tenant = x.tenant and m.member_key = x.key limit ${maxNestings}) g`),
    memberOf,
  )
  const memberAt = prepared(
    'select 1 from memberships where tenant = $1 and group_key = $2 order by key limit 1 offset $3',
  )
  const withIds = prepared(
    'select id, type, display from resources where tenant = $1 and id = any($2::text[])',
  )

  const membersOf = async (tenant: number, keys: readonly number[]): Promise<Related> => {
    const rows = await reads.queryByKey<RelatedRow & { readonly group: number }>(members, [tenant, keys])
    const related = new Map(keys.map((key): [number, RelatedResource[]] => [key, []]))
    for (const row of rows) related.get(row.group)?.push(toRelated(row))
    return related
  }

  const groupsOf = async (tenant: number, keys: readonly number[]): Promise<GroupsOfMembers> => {
    const rows = await directGroups(tenant, keys)
    const groups = new Map(keys.map((key): [number, GroupRow[]] => [key, []]))
    for (const row of rows) groups.get(row.member)?.push(row)
    return groups
  }

  const nestingsOf = async (
    tenant: number,
    { groups, most }: NestingsQuery,
  ): Promise<readonly MemberOfGroup[]> =>
    groups.length <= maxSharedGroups
      ? (await groupsOfEach(tenant, groups)).slice(0, most)
      : reads.queryByKey<MemberOfGroup>(someGroups, [tenant, groups, most])

  const nestedGroupsOf = async (tenant: number, keys: readonly number[]): Promise<Related> => {
    const direct = await groupsOf(tenant, keys)
    const search = findOuterGroups(keysOfGroups(direct))
    let step = search.next()
    while (!step.done) {
      step = search.next(await nestingsOf(tenant, step.value))
    }
    return toNestedGroups(direct, step.value)
  }

  const related: RelatedReads['related'] = async (tenant, relation, keys, reach = 'direct') => {
    if (keys.length === 0) return new Map()
    if (relation === 'members') return membersOf(tenant, keys)
    if (reach === 'nested') return nestedGroupsOf(tenant, keys)
    return toNestedGroups(await groupsOf(tenant, keys), new Map())
  }

  return {
    related,
    relatedOf: async (tenant, relation, key, reach) =>
      (await related(tenant, relation, [key], reach)).get(key) ?? [],
    hasMoreMembers: async (tenant, group, count) =>
      (await reads.queryByKey(memberAt, [tenant, group, count])).length > 0,
    relatedById: async (tenant, ids) => {
      const rows = await reads.queryByKey<RelatedRow>(withIds, [tenant, ids.filter(canStore)])
      return new Map(rows.map(row => [row.id, toRelated(row)]))
    },
  }
}

const columns = 'm.key, g.id as "group", u.id as member, m.at, m.via'

/** One row by an index. The limit keeps the planner, which may have no statistics, from reading the other rows first. */
const oneOf = (table: string, condition: string) =>
  `lateral (select * from ${table} r where ${condition} limit 1)`

const groupOf = oneOf('resources', 'r.tenant = $1 and r.key = m.group_key')
const memberOf = oneOf('resources', 'r.tenant = $1 and r.key = m.member_key')

/** A membership; `fits` unless its ends have other types. */
type PageRow = MembershipRow & { readonly fits: boolean | null }

export function createMemberships(reads: Reads): Memberships {
  const pageOf = (side: 'group_key' | 'member_key') =>
    prepared(`
      select ${columns}, g.type = $2 and u.type = $3 as fits
      from (select * from memberships where tenant = $1 and ${side} = $4 and key > $5 order by key limit $6) m
        cross join ${groupOf} g left join ${memberOf} u on true
      order by m.key`)
  const pages = { group: pageOf('group_key'), member: pageOf('member_key') }
  // Ids of groups and users are too short to be cut.
  const ofPairs = prepared(`
    select x.nth, ${columns} from unnest($4::text[], $5::text[]) with ordinality x ("group", member, nth)
      cross join ${oneOf('resources', 'r.tenant = $1 and r.id = x."group"')} g
      cross join ${oneOf('memberships', 'r.tenant = $1 and r.group_key = g.key and r.member_id = x.member')} m
      cross join ${memberOf} u
    where g.type = $2 and u.type = $3`)
  const withKey = prepared(`
    select ${columns} from resources g cross join ${oneOf('memberships', 'r.tenant = $1 and r.group_key = g.key and r.key = $6')} m
      cross join ${memberOf} u
    where g.tenant = $1 and g.id >= $4 and g.id < $5 and (g.type = $2) is true and u.type = $3`)
  const ofImportedId = `r.tenant = $1 and r.via is not null and substring(r.via from '"membership":"([^"]*)"') collate "C" = $4`
  const withImportedId = prepared(`
    select ${columns} from ${oneOf('memberships', ofImportedId)} m cross join ${groupOf} g cross join ${memberOf} u
    where g.type = $2 and u.type = $3`)

  return {
    page: async ({ tenant, groupType, memberType }, side, resource, after, limit) => {
      const found: Membership[] = []
      for (let position = after; ; ) {
        const values = [tenant, groupType, memberType, resource, position, limit]
        const rows = await reads.query<PageRow>(pages[side], values)
        found.push(...rows.filter(({ fits }) => fits).map(toMembership))
        const last = rows.at(-1)
        if (!last || rows.length < limit || found.length >= limit) return found.slice(0, limit)
        position = last.key
      }
    },
    between: async ({ tenant, groupType, memberType }, pairs) => {
      const storable = pairs.map(({ group, member }) => (canStore(group + member) ? { group, member } : none))
      const rows = await reads.query<MembershipRow & { readonly nth: number }>(ofPairs, [
        tenant,
        groupType,
        memberType,
        storable.map(({ group }) => group),
        storable.map(({ member }) => member),
      ])
      const found = new Map(rows.map(row => [row.nth, toMembership(row)]))
      return pairs.map((_, at) => found.get(at + 1))
    },
    withKey: async ({ tenant, groupType, memberType }, groupPrefix, key) => {
      const values = [tenant, groupType, memberType, groupPrefix, `${groupPrefix}\uffff`, key]
      return (await reads.query<MembershipRow>(withKey, values)).map(toMembership)
    },
    withImportedId: async ({ tenant, groupType, memberType }, id) => {
      if (!canStore(id)) return undefined
      const [row] = await reads.query<MembershipRow>(withImportedId, [tenant, groupType, memberType, id])
      return row && toMembership(row)
    },
  }
}

/** No resource has an empty id. */
const none = { group: '', member: '' }
