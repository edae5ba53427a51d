import { type SessionSequence, sequenceOf } from '../persistence/session-numbers.ts'
import type { NewSession, SessionRow, SessionRows, SessionTable } from '../ports/opened-sessions.ts'
import type { Database } from './database.ts'
import type { TenantRow } from './tenant-rows.ts'
import { createTenantRows } from './tenant-rows.ts'

/** A tenant to be stored, whose rows follow. */
export type SessionTenant = Omit<NewSession, 'rows' | 'counts'> & { readonly created: number }

/** The tables of the database; those of the journal are in its own file. */
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
} as const satisfies Partial<Record<SessionTable, readonly string[]>>

type DirectoryTable = keyof typeof columnsOf

export const isDirectoryTable = (table: SessionTable): table is DirectoryTable =>
  Object.hasOwn(columnsOf, table)

/** The numbers that are added to those of a session. The key of a membership is a moment. */
type Bases = Readonly<Record<SessionSequence, number>>

/** Stores the tenant and the directory of a session, in a transaction. */
export function createSessionDirectory(db: Database) {
  const tenants = createTenantRows(db)
  const inserts = new Map(
    Object.entries(columnsOf).map(([table, columns]) => {
      const values = columns.map(column => (column === 'search' ? 'jsonb(?)' : '?'))
      return [table, db.prepare(`insert into ${table} (${columns.join(', ')}) values (${values.join(', ')})`)]
    }),
  )
  const highest = db.prepare<[], { key: number; moment: number }>(`
    select max(coalesce((select max(key) from resources), 0), coalesce((select max(key) from deleted_resources), 0)) as key,
      max(coalesce((select max(moment) from versions), 0), coalesce((select max(moment) from membership_events), 0)) as moment`)
  const count = db.prepare<[number]>(`
    insert into counts (tenant, type, block, n) select tenant, type, key >> 12, count(*) from resources
    where tenant = ? group by 1, 2, 3`)
  let current: { readonly row: TenantRow; readonly bases: Bases } | undefined

  const started = () => {
    if (!current) throw new Error('No session is being stored.')
    return current
  }

  return {
    /** Inserts the tenant. Undefined if the id is taken. */
    start({ id, settings, declared, session, created }: SessionTenant): TenantRow | undefined {
      if (tenants.tenant(id)) return undefined
      const row = tenants.insertSession(id, settings, declared, session, created)
      const { key = 0, moment = 0 } = highest.get() ?? {}
      if (row) current = { row, bases: { resource: key, moment, membership: moment } }
      return row
    },
    add({ table, rows }: SessionRows): void {
      const { row: tenant, bases } = started()
      if (!isDirectoryTable(table)) throw new Error(`${table} is no table of the directory.`)
      const columns = columnsOf[table]
      const insert = inserts.get(table)
      for (const row of rows)
        insert?.run(columns.map(column => toValue(table, column, row, tenant.key, bases)))
    },
    end(): void {
      count.run(started().row.key)
      current = undefined
    },
  }
}

function toValue(table: DirectoryTable, column: string, row: SessionRow, tenant: number, bases: Bases) {
  if (column === 'tenant') return tenant
  const value = row[column] ?? null
  const sequence = sequenceOf(table, column)
  return sequence !== undefined && typeof value === 'number' ? value + bases[sequence] : value
}
