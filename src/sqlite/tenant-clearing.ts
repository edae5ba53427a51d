import type { Database } from './database.ts'

/** The statements that delete all data of some tenants. `condition` follows the name of a column with a tenant's key. */
export function clearingStatements(condition: string): readonly string[] {
  const keysOfTenants = `
    select key from resources where tenant ${condition} union all select key from deleted_resources where tenant ${condition}`
  return [
    `delete from versions where resource_key in (${keysOfTenants})`,
    `delete from membership_events where group_key in (${keysOfTenants})`,
    `delete from memberships where group_key in (${keysOfTenants})`,
    `delete from last_seen where key in (${keysOfTenants})`,
    `delete from keys where tenant ${condition}`,
    `delete from indexed_texts where tenant ${condition}`,
    `delete from resources where tenant ${condition}`,
    `delete from deleted_resources where tenant ${condition}`,
    `delete from counts where tenant ${condition}`,
  ]
}

/** Deletes all data of a tenant, or of all tenants. To be used inside a transaction. */
export function createTenantClearing(db: Database) {
  const ofTenant = clearingStatements('= @tenant').map(sql => db.prepare<[{ tenant: number }]>(sql))
  // SQLite empties a whole table without reading its rows.
  const all = ['versions', 'membership_events', 'memberships', 'last_seen']
    .concat('keys', 'indexed_texts', 'resources', 'deleted_resources', 'counts')
    .map(table => db.prepare<[]>(`delete from ${table}`))

  return {
    clear: (tenant: number): void => {
      for (const statement of ofTenant) statement.run({ tenant })
    },
    clearAll: (): void => {
      for (const statement of all) statement.run()
    },
  }
}
