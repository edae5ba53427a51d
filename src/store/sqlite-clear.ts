import type { Database } from '../database/sqlite.ts'

/** Deletes all that the store has of a tenant, or of all tenants. To be used inside a transaction. */
export function createClear(db: Database) {
  const keysOfTenant = `
    select key from resources where tenant = @tenant union all select key from departed where tenant = @tenant`
  const ofTenant = [
    `delete from versions where resource_key in (${keysOfTenant})`,
    `delete from membership_events where group_key in (${keysOfTenant})`,
    `delete from memberships where group_key in (${keysOfTenant})`,
    `delete from sightings where key in (${keysOfTenant})`,
    'delete from keys where tenant = @tenant',
    'delete from resources where tenant = @tenant',
    'delete from departed where tenant = @tenant',
    'delete from counts where tenant = @tenant',
  ].map(sql => db.prepare<[{ tenant: number }]>(sql))
  // SQLite empties a table as a whole, without a look at its rows.
  const all = ['versions', 'membership_events', 'memberships', 'sightings']
    .concat('keys', 'resources', 'departed', 'counts')
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
