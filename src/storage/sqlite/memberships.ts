import type { MembershipScope, Memberships } from '../../domain/ports/memberships.ts'
import { type MembershipRow, toMembership } from '../common/memberships.ts'
import type { Database } from './database.ts'

type PageParameters = MembershipScope & { resource: number; after: number; limit: number }
type PairParameters = MembershipScope & { group: string; member: string }
type KeyParameters = MembershipScope & { from: string; before: string; key: number }

export function createMemberships(db: Database): Memberships {
  // The cross joins keep the order in which the tables are read.
  const columns = 'm.key, g.id as "group", m.member_id as member, m.at, m.via'
  const ofTypes = 'g.tenant = @tenant and g.type = @groupType and u.type = @memberType'
  const pageOf = (side: 'group_key' | 'member_key') =>
    db.prepare<[PageParameters], MembershipRow>(`
      select ${columns} from memberships m cross join resources g on g.key = m.group_key
        cross join resources u on u.key = m.member_key
      where m.${side} = @resource and m.key > @after and ${ofTypes} order by m.key limit @limit`)
  const pages = { group: pageOf('group_key'), member: pageOf('member_key') }
  const ofPair = db.prepare<[PairParameters], MembershipRow>(`
    select ${columns} from resources g cross join memberships m on m.group_key = g.key and m.member_id = @member
      cross join resources u on u.key = m.member_key
    where g.id = @group and ${ofTypes}`)
  const withKey = db.prepare<[KeyParameters], MembershipRow>(`
    select ${columns} from resources g cross join memberships m on m.group_key = g.key and m.key = @key
      cross join resources u on u.key = m.member_key
    where g.id >= @from and g.id < @before and ${ofTypes}`)

  return {
    page: async (scope, side, resource, after, limit) =>
      pages[side].all({ ...scope, resource, after, limit }).map(toMembership),
    between: async (scope, pairs) =>
      pairs.map(pair => {
        const row = ofPair.get({ ...scope, ...pair })
        return row && toMembership(row)
      }),
    withKey: async (scope, groupPrefix, key) =>
      withKey.all({ ...scope, from: groupPrefix, before: `${groupPrefix}\uffff`, key }).map(toMembership),
  }
}
