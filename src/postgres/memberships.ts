import { type MembershipRow, toMembership } from '../persistence/memberships.ts'
import type { Memberships } from '../ports/memberships.ts'
import type { Reads } from './connect.ts'
import { canStore } from './dialect.ts'
import { prepared } from './statement.ts'

/** Reads memberships by the indexes on groups and members. */
export function createMemberships(reads: Reads): Memberships {
  const columns = 'm.key, g.id as "group", u.id as member, m.at, m.via'
  const joined = `
    join resources g on g.tenant = m.tenant and g.key = m.group_key
    join resources u on u.tenant = m.tenant and u.key = m.member_key
    where g.tenant = $1 and (g.type = $2) is true and (u.type = $3) is true`
  // Limited before the joins, unless members of other types have to be left out: then it reads on.
  const pageOf = (side: 'group_key' | 'member_key') =>
    prepared(`
      select ${columns} from memberships m ${joined} and m.${side} = $4 and m.key > $5 order by m.key limit $6`)
  const pages = { group: pageOf('group_key'), member: pageOf('member_key') }
  // Neither ids of groups nor of users are long enough to be cut.
  const ofPairs = prepared(`
    select x.nth, j.* from unnest($4::text[], $5::text[]) with ordinality x ("group", member, nth) cross join lateral (
      select ${columns} from resources o
        join memberships m on m.tenant = o.tenant and m.group_key = o.key and m.member_id = x.member
        ${joined} and o.tenant = $1 and o.id = x."group") j`)
  const withKey = prepared(`
    select ${columns} from resources o join memberships m on m.tenant = o.tenant and m.group_key = o.key and m.key = $6
      ${joined} and o.tenant = $1 and o.id >= $4 and o.id < $5`)

  return {
    page: async ({ tenant, groupType, memberType }, side, resource, after, limit) => {
      const values = [tenant, groupType, memberType, resource, after, limit]
      return (await reads.query<MembershipRow>(pages[side], values)).map(toMembership)
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
