import type { Membership, Memberships } from '../../domain/ports/memberships.ts'
import { type MembershipRow, toMembership } from '../common/memberships.ts'
import type { Reads } from './connect.ts'
import { canStore } from './dialect.ts'
import { prepared } from './statement.ts'

const columns = 'm.key, g.id as "group", u.id as member, m.at, m.via'

/** One row by an index. The limit keeps the planner, which may have no statistics, from reading the other rows first. */
const oneOf = (table: string, condition: string) =>
  `lateral (select * from ${table} r where ${condition} limit 1)`

const groupOf = oneOf('resources', 'r.tenant = m.tenant and r.key = m.group_key')
const memberOf = oneOf('resources', 'r.tenant = m.tenant and r.key = m.member_key')

/** A membership; `fits` unless its ends have other types, or belong to another tenant. */
type PageRow = MembershipRow & { readonly fits: boolean | null }

export function createMemberships(reads: Reads): Memberships {
  const pageOf = (side: 'group_key' | 'member_key') =>
    prepared(`
      select ${columns}, g.tenant = $1 and g.type = $2 and u.type = $3 as fits
      from (select * from memberships where ${side} = $4 and key > $5 order by key limit $6) m
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
    select ${columns} from resources g cross join ${oneOf('memberships', 'r.group_key = g.key and r.key = $6')} m
      cross join ${memberOf} u
    where g.tenant = $1 and g.id >= $4 and g.id < $5 and (g.type = $2) is true and u.type = $3`)

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
  }
}

/** No resource has an empty id. */
const none = { group: '', member: '' }
