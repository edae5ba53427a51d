import type { Database } from 'better-sqlite3'
import type { NewSession } from '../../domain/ports/opened-sessions.ts'
import type { TenantSettings } from '../../domain/tenants/tenant.ts'
import type { RawRow } from '../common/held-table.ts'

export type TenantRow = RawRow & { readonly key: number; readonly id: string }

export type UnlistedTenant = { readonly key: number; readonly id: string }

export type SessionTenant = Pick<NewSession, 'id' | 'settings' | 'declared' | 'session'> & {
  readonly created: number
}

const settingsColumns = (settings: TenantSettings) => ({
  profile: settings.profile,
  on_delete: settings.onDelete,
  throttle: settings.throttle,
  switches: JSON.stringify(settings.switches),
})

/** Credentials, muted findings and the state of indexes: few rows, which are deleted with their tenant. */
const ownedTables = [
  ...['tokens', 'access_keys', 'oauth_clients', 'client_secrets', 'access_tokens', 'issuers'],
  ...['finding_mutes', 'indexed_attributes'],
]

export function createTenantRows(db: Database) {
  const allTenants = db.prepare<[], TenantRow>('select * from tenants order by key')
  const insertSession = db.prepare<object, TenantRow>(`
    insert into tenants (key, id, profile, on_delete, throttle, switches, clock_offset, created, declared, session)
    values (@key, @id, @profile, @on_delete, @throttle, @switches, @offset, @created, @declared, @session)
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
    insertSession: ({ id, settings, declared, session, created }: SessionTenant, key?: number) =>
      insertSession.get({
        ...{ key: key ?? null, id, created, ...settingsColumns(settings) },
        offset: session.tenantTime - session.exported,
        declared: JSON.stringify(declared),
        session: JSON.stringify(session),
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
