import type { CurrentResource, KeyPair, ListedMember, RetainedRecord } from '../common/plans/plan.ts'
import { countedTypes } from './counts.ts'
import type { Database } from './database.ts'
import { createGroupReader } from './related.ts'
import { storedColumns } from './resource-rows.ts'
import type { QueryRunners } from './run-plan.ts'

type CurrentRow = Omit<CurrentResource, 'keys'> & { readonly keys: string }

/** Queries whose results are in memory. */
type QueriesInMemory = Pick<QueryRunners, 'tenant' | 'room' | 'newKey'>

/** The queries of plans for resources. To be used inside a transaction. */
export function createResourceQueries(db: Database, inMemory: QueriesInMemory) {
  const currentColumns = `${storedColumns}, r.secrets, r.keys`
  const withId = db.prepare<[number, string, string], CurrentRow>(
    `select ${currentColumns} from resources r where r.tenant = ? and r.id = ? and r.type = ?`,
  )
  const withKey = db.prepare<[number], CurrentRow>(
    `select ${currentColumns} from resources r where r.key = ?`,
  )
  const deletedWithLabel = db.prepare<[number, string, string], { key: number; id: string }>(`
    select key, id from deleted_resources
    where tenant = ? and type = ? and folded_label = ? and successor is null`)
  const holder = db
    .prepare<[number, string, string, string], number>(
      'select resource from keys where tenant = ? and type = ? and attribute = ? and value = ?',
    )
    .pluck()
  const member = db.prepare<[number, string], { key: number; type: string; display: string }>(
    'select key, type, display from resources where tenant = ? and id = ?',
  )
  const membership = db.prepare<[number, string], Omit<ListedMember, 'memberId' | 'type' | 'display'>>(`
    select key, member_key as memberKey, sent_display as sentDisplay from memberships
    where group_key = ? and member_id = ?`)
  const membersAfter = db.prepare<[number, number, number], ListedMember>(`
    select m.key, m.member_id as memberId, m.member_key as memberKey, m.sent_display as sentDisplay, r.type, r.display
    from memberships m left join resources r on r.key = m.member_key
    where m.group_key = ? and m.key > ? order by m.key limit ?`)
  const groupsOf = createGroupReader(db)
  const types = db.prepare<[{ tenant: number }], string>(`select type from ${countedTypes}`).pluck()
  const referrersAfter = db
    .prepare<[number, string, string, string, number, number], number>(`
      select resource from keys
      where tenant = ? and type = ? and attribute = ? and value = ? and resource > ?
      order by resource limit ?`)
    .pluck()
  const lastWhole = db
    .prepare<[number], string>(`
      select document from versions where resource_key = ? and document is not null order by moment desc limit 1`)
    .pluck()

  return {
    ...inMemory,
    current: (tenant, type, id) => toCurrent(withId.get(tenant, id, type)),
    resources: (_tenant, keys) => keys.flatMap(key => toCurrent(withKey.get(key)) ?? []),
    // The index order puts the newest last; ORDER BY and LIMIT would cost more than the look-up.
    predecessor: (tenant, type, foldedLabel) => deletedWithLabel.all(tenant, type, foldedLabel).at(-1),
    holder: (tenant, type, attribute, value) => holder.get(tenant, type, attribute, value),
    member: (tenant, id) => member.get(tenant, id),
    membership: (_tenant, group, memberId) => {
      const found = membership.get(group, memberId)
      return found && { memberId, ...found }
    },
    membersAfter: (_tenant, group, after, limit) => membersAfter.all(group, after, limit),
    groupsOf: (_tenant, key) => groupsOf(key),
    types: tenant => types.all({ tenant }),
    referrersAfter: (...of) => referrersAfter.all(...of),
    lastWhole: (_tenant, key) => lastWhole.get(key),
  } satisfies Partial<QueryRunners>
}

const toCurrent = (row: CurrentRow | undefined): CurrentResource | undefined =>
  row && Object.assign(row, { keys: JSON.parse(row.keys) as readonly KeyPair[] })

/** The queries of plans for retained records. To be used inside a transaction. */
export function createRetainedQueries(db: Database) {
  const typeAfter = db
    .prepare<[number, string], string | null>(
      'select min(type) from deleted_resources where tenant = ? and type > ?',
    )
    .pluck()
  const retainedAfter = db.prepare<[number, string, number, number], RetainedRecord>(`
    select key, id, version from deleted_resources
    where tenant = ? and type = ? and state = 'retained' and key > ? order by key limit ?`)
  const retained = db.prepare<[number, string], RetainedRecord>(
    `select key, id, version from deleted_resources where tenant = ? and id = ? and state = 'retained'`,
  )

  const deletedTypes = (tenant: number): readonly string[] => {
    const types: string[] = []
    for (let type = typeAfter.get(tenant, ''); typeof type === 'string'; type = typeAfter.get(tenant, type)) {
      types.push(type)
    }
    return types
  }

  return {
    deletedTypes,
    retainedAfter: (...of) => retainedAfter.all(...of),
    retained: (tenant, id) => retained.all(tenant, id),
  } satisfies Partial<QueryRunners>
}
