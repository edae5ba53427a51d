import type { SessionCounts, SessionRow, SessionRows, SessionTable } from '../../domain/ports/snapshots.ts'
import { type SessionSequence, sequenceOf } from '../common/session-numbers.ts'
import { createCounts } from './counts.ts'
import type { Database } from './database.ts'
import { nextMomentSql } from './run-plan.ts'
import { createTenantRows, type SessionTenant, type TenantRow } from './tenant-rows.ts'

const columnsOf = {
  resources: [
    ...['tenant', 'key', 'type', 'id', 'document', 'search', 'keys', 'secrets', 'version', 'era', 'created'],
    ...['last_modified', 'label', 'display', 'names', 'enabled', 'predecessor'],
  ],
  keys: ['tenant', 'type', 'attribute', 'value', 'resource'],
  memberships: ['tenant', 'key', 'group_key', 'member_id', 'member_key', 'at', 'via'],
  versions: [
    ...['resource_key', 'moment', 'version', 'at', 'exchange', 'via', 'action'],
    ...['document', 'difference', 'previous_document'],
  ],
  membership_events: ['group_key', 'moment', 'event', 'at', 'exchange', 'via', 'member_id', 'member_key'],
  deleted_resources: [
    ...['tenant', 'key', 'type', 'id', 'label', 'folded_label', 'display', 'names', 'document', 'groups'],
    ...['version', 'created', 'last_written', 'deleted_at', 'exchange', 'state', 'predecessor', 'successor'],
  ],
  last_seen: ['key', 'at'],
  permission_sets: [
    'tenant',
    'id',
    'name',
    'content',
    'created_at',
    'exchange',
    'deleted_at',
    'deletion_exchange',
  ],
  account_assignments: [
    ...['tenant', 'id', 'account', 'permission_set', 'principal_type', 'principal_id', 'principal_name'],
    ...['created_at', 'exchange', 'deleted_at', 'deletion_exchange'],
  ],
} as const satisfies Partial<Record<SessionTable, readonly string[]>>

type DirectoryTable = keyof typeof columnsOf

export const isDirectoryTable = (table: SessionTable): table is DirectoryTable =>
  Object.hasOwn(columnsOf, table)

type Bases = Readonly<Record<SessionSequence, number>>

export type SessionPlace = { readonly tenant: number; readonly bases: Bases }

/** Each method runs inside a transaction of its own. */
export function createSessionDirectory(db: Database) {
  const tenants = createTenantRows(db)
  const counts = createCounts(db)
  const inserts = new Map(
    Object.entries(columnsOf).map(([table, columns]) => {
      const values = columns.map(column => (column === 'search' ? 'jsonb(?)' : '?'))
      return [table, db.prepare(`insert into ${table} (${columns.join(', ')}) values (${values.join(', ')})`)]
    }),
  )
  const reserve = db.prepare(`
    update unlisted_tenants set first_resource = @base + 1, last_resource = @base + @resources, last_moment = @moments
    where key = @key`)
  const nextMoment = db.prepare<[], number>(`select ${nextMomentSql}`).pluck()

  return {
    /** No other resource gets the reserved keys after `base`. Undefined if the ID is taken. */
    start(
      session: SessionTenant,
      { resources, moments }: SessionCounts,
      base: number,
    ): SessionPlace | undefined {
      if (tenants.isTaken(session.id)) return undefined
      tenants.insertSession(session)
      const key = tenants.unlist(session.id)
      if (key === undefined) return undefined
      const moment = (nextMoment.get() ?? 1) - 1
      reserve.run({ key, base, resources, moments: moment + moments })
      return { tenant: key, bases: { resource: base, moment, membership: moment } }
    },
    add({ tenant, bases }: SessionPlace, { table, rows }: SessionRows): void {
      if (!isDirectoryTable(table)) throw new Error(`${table} is no table of the directory.`)
      const columns = columnsOf[table]
      const insert = inserts.get(table)
      for (const row of rows) {
        insert?.run(columns.map(column => toValue(table, column, row, tenant, bases)))
        if (table === 'resources') {
          counts.note(tenant, String(row.type), Number(row.key) + bases.resource, 1)
        }
      }
    },
    end({ tenant }: SessionPlace, session: SessionTenant): TenantRow | undefined {
      tenants.forget(tenant)
      return tenants.insertSession(session, tenant)
    },
  }
}

function toValue(table: DirectoryTable, column: string, row: SessionRow, tenant: number, bases: Bases) {
  if (column === 'tenant') return tenant
  const value = row[column] ?? null
  const sequence = sequenceOf(table, column)
  return sequence !== undefined && typeof value === 'number' ? value + bases[sequence] : value
}
