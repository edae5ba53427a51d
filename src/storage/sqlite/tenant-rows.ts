import type { NewSession } from '../../domain/ports/snapshots.ts'
import type { TenantSettings } from '../../domain/tenants/tenant.ts'
import type { RawRow } from '../common/held-tables.ts'
import type { Database } from './database.ts'

export type TenantRow = RawRow & { readonly key: number; readonly id: string }

export type UnlistedTenant = { readonly key: number; readonly id: string }

export type SessionTenant = Pick<NewSession, 'id' | 'settings' | 'declared' | 'session' | 'imported'> & {
  readonly created: number
}

const settingsColumns = (settings: TenantSettings) => ({
  profile: settings.profile,
  on_delete: settings.onDelete,
  throttle: settings.throttle,
  switches: JSON.stringify(settings.switches),
})

/** Credentials, muted findings, the state of indexes and the start of history: few rows, which are deleted with their tenant. */
const ownedTables = [
  ...['tokens', 'access_keys', 'oauth_clients', 'client_secrets', 'access_tokens', 'issuers'],
  ...['finding_mutes', 'indexed_attributes', 'history_starts'],
]

export function createTenantRows(db: Database) {
  const allTenants = db.prepare<[], TenantRow>('select * from tenants order by key')
  const insertSession = db.prepare<object, TenantRow>(`
    insert into tenants (key, id, profile, on_delete, throttle, switches, clock_offset, created, declared, session, imported)
    values (@key, @id, @profile, @on_delete, @throttle, @switches, @offset, @created, @declared, @session, @imported)
    returning *`)
  const resetClocks = db.prepare<object, TenantRow>(
    'update tenants set clock_offset = 0 where @id is null or id = @id returning *',
  )
  const withId = db.prepare<object>(
    'select 1 from tenants where id = @id union all select 1 from unlisted_tenants where id = @id',
  )
  const hasKey = db.prepare<[number]>('select 1 from tenants where key = ?')
  const deleteTenant = db.prepare<[string], number>('delete from tenants where id = ? returning key').pluck()
  const insertUnlisted = db.prepare<[number, string]>('insert into unlisted_tenants (key, id) values (?, ?)')
  const allUnlisted = db.prepare<[], UnlistedTenant>('select key, id from unlisted_tenants order by key')
  const forgetUnlisted = db.prepare<[number]>('delete from unlisted_tenants where key = ?')
  const deletesOfTenant = ownedTables.map(table =>
    db.prepare<[number]>(`delete from ${table} where tenant = ?`),
  )
  return {
    tenants: () => allTenants.all(),
    insertSession: ({ id, settings, declared, session, imported, created }: SessionTenant, key?: number) =>
      insertSession.get({
        ...{ key: key ?? null, id, created, ...settingsColumns(settings) },
        offset: session ? session.tenantTime - session.exported : 0,
        declared: JSON.stringify(declared),
        session: session ? JSON.stringify(session) : null,
        imported: imported ? JSON.stringify(imported) : null,
      }),
    isTaken: (id: string) => withId.get({ id }) !== undefined,
    has: (key: number) => hasKey.get(key) !== undefined,
    resetClocks: (id: string | undefined) =>
      resetClocks.all({ id: id ?? null }).sort((one, other) => one.key - other.key),
    /**
     * Deletes a tenant with its credentials, its muted findings and the state of its indexes. Its data is yet to be deleted, and its
     * ID stays taken until `forget`. Returns its key; undefined if there is none.
     */
    unlist(id: string): number | undefined {
      const key = deleteTenant.get(id)
      if (key === undefined) return undefined
      insertUnlisted.run(key, id)
      for (const deleteOf of deletesOfTenant) deleteOf.run(key)
      return key
    },
    unlisted: () => allUnlisted.all(),
    forget: (key: number): void => void forgetUnlisted.run(key),
  }
}

const tablesOfResources = [
  ['versions', 'resource_key'],
  ['membership_events', 'group_key'],
  ['memberships', 'group_key'],
  ['last_seen', 'key'],
] as const

const resourceTables = ['resources', 'deleted_resources'] as const

const tenantTables = [
  'keys',
  'indexed_texts',
  'counts',
  'permission_sets',
  'account_assignments',
  'assignment_requests',
  'identity_center_instances',
] as const

const tables = [...tablesOfResources.map(([table]) => table), ...tenantTables, ...resourceTables]

function clearAllTenants(db: Database): void {
  // SQLite empties a whole table without reading its rows.
  for (const table of tables) db.exec(`delete from main.${table}`)
}

const hasUnlisted = 'exists (select 1 from unlisted_tenants)'

/** Must be used inside a transaction. Tenants that are not listed are kept. */
export function clearListedTenants(db: Database): void {
  if (db.prepare<[], number>(`select ${hasUnlisted}`).pluck().get() === 0) clearAllTenants(db)
  else clearTenants(db, 'tenant not in (select key from unlisted_tenants)')
}

/** `condition` is an SQL condition on a column `tenant`. Must be used inside a transaction. */
export function clearTenants(db: Database, condition: string): void {
  const hasOthers = db
    .prepare<[], number>(`
      select ${hasUnlisted}
        or exists (select 1 from resources where not (${condition}))
        or exists (select 1 from deleted_resources where not (${condition}))
        or exists (select 1 from permission_sets where not (${condition}))
        or exists (select 1 from identity_center_instances where not (${condition}))`)
    .pluck()
  if (hasOthers.get() === 0) {
    clearAllTenants(db)
    return
  }
  const theirs = `
    select key from resources where ${condition} union all select key from deleted_resources where ${condition}`
  for (const [table, column] of tablesOfResources) {
    db.exec(`delete from ${table} where ${column} in (${theirs})`)
  }
  for (const table of [...tenantTables, ...resourceTables]) db.exec(`delete from ${table} where ${condition}`)
}

/** Rows that one transaction deletes: some 10 ms of work. */
const rowsPerPortion = 400

export function createPortionClearing(db: Database): (tenant: number) => boolean {
  const isAlone = db
    .prepare<[], number>(
      'select not exists (select 1 from tenants) and (select count(*) from unlisted_tenants) = 1',
    )
    .pluck()
  const isUnlisted = db.prepare<[number]>('select 1 from unlisted_tenants where key = ?')
  const resourcesOf = db
    .prepare<[number, number], number>(`
      select key from (select key from resources where tenant = ? limit ${rowsPerPortion})
      union all select key from (select key from deleted_resources where tenant = ? limit ${rowsPerPortion})
      limit ${rowsPerPortion}`)
    .pluck()
  const ofKeys = 'in (select value from json_each(?))'
  const deleteParts = tablesOfResources.map(([table, column]) =>
    db.prepare<[string, number]>(`delete from ${table} where ${column} ${ofKeys} limit ?`),
  )
  // An interrupted import can have written parts of resources that it had not written yet.
  const deleteReserved = tablesOfResources.map(([table, column]) =>
    db.prepare<[number, number, number]>(`
      delete from ${table} where ${column} between
        (select first_resource from unlisted_tenants where key = ?) and
        (select last_resource from unlisted_tenants where key = ?) limit ?`),
  )
  const deleteResources = resourceTables.map(table =>
    db.prepare<[string]>(`delete from ${table} where key ${ofKeys}`),
  )
  const deleteRest = tenantTables.map(table =>
    db.prepare<[number, number]>(`delete from ${table} where tenant = ? limit ?`),
  )

  /** The rows of resources are the last of their own: those that belong to them are found by them. */
  const deleteWithParts = (keys: readonly number[]): void => {
    const list = JSON.stringify(keys)
    let left = rowsPerPortion
    for (const statement of deleteParts) {
      left -= statement.run(list, left).changes
      if (left === 0) return
    }
    const deletable = JSON.stringify(keys.slice(0, left))
    for (const statement of deleteResources) statement.run(deletable)
  }

  return tenant => {
    // Its last write may have listed it without an acknowledgement.
    if (isUnlisted.get(tenant) === undefined) return false
    if (isAlone.get() === 1) {
      clearAllTenants(db)
      return false
    }
    const keys = resourcesOf.all(tenant, tenant)
    if (keys.length > 0) {
      deleteWithParts(keys)
      return true
    }
    let left = rowsPerPortion
    for (const statement of deleteReserved) {
      left -= statement.run(tenant, tenant, left).changes
      if (left === 0) return true
    }
    for (const statement of deleteRest) {
      left -= statement.run(tenant, left).changes
      if (left === 0) return true
    }
    return false
  }
}
