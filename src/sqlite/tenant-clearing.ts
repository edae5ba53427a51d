import type { Database } from './database.ts'

const tables = ['versions', 'membership_events', 'memberships', 'last_seen'].concat(
  'keys',
  'indexed_texts',
  'resources',
  'deleted_resources',
  'counts',
  'permission_sets',
  'account_assignments',
  'assignment_requests',
  'identity_center_instances',
)

/** Deletes all data of all tenants. To be used inside a transaction. */
export function clearAllTenants(db: Database): void {
  // SQLite empties a whole table without reading its rows.
  for (const table of tables) db.exec(`delete from main.${table}`)
}

/**
 * Deletes all data of some tenants. `condition` is an SQL condition on a column `tenant`. To be used inside a
 * transaction.
 */
export function clearTenants(db: Database, condition: string): void {
  const hasOthers = db
    .prepare<[], number>(`
      select exists (select 1 from resources where not (${condition}))
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
  db.exec(`
    delete from versions where resource_key in (${theirs});
    delete from membership_events where group_key in (${theirs});
    delete from memberships where group_key in (${theirs});
    delete from last_seen where key in (${theirs});
    delete from keys where ${condition};
    delete from indexed_texts where ${condition};
    delete from resources where ${condition};
    delete from deleted_resources where ${condition};
    delete from counts where ${condition};
    delete from permission_sets where ${condition};
    delete from account_assignments where ${condition};
    delete from assignment_requests where ${condition};
    delete from identity_center_instances where ${condition}`)
}
