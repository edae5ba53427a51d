import type { Database } from '../database/sqlite.ts'

/** Forgets all that the store has of a tenant. To be used inside a transaction. */
export function createClear(db: Database) {
  const keysOfAll = `
    select key from resources where tenant = @tenant union all select key from departed where tenant = @tenant`
  const statements = [
    `delete from versions where resource_key in (${keysOfAll})`,
    `delete from membership_events where group_key in (${keysOfAll})`,
    `delete from memberships where group_key in (${keysOfAll})`,
    `delete from sightings where key in (${keysOfAll})`,
    'delete from keys where tenant = @tenant',
    'delete from resources where tenant = @tenant',
    'delete from departed where tenant = @tenant',
    'delete from counts where tenant = @tenant',
  ].map(sql => db.prepare(sql))

  return (tenant: number): void => {
    for (const statement of statements) statement.run({ tenant })
  }
}
