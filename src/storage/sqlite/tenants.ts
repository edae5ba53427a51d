import type { Writer } from '../../domain/ports/database.ts'
import type { Plan } from '../common/held-tables.ts'
import * as common from '../common/stores/tenants.ts'
import { type ProfileLookup, tenantUnlisted } from '../common/tenant-rules.ts'
import type { Database } from './database.ts'
import { createSqliteTables } from './held-tables.ts'
import { createTenantRows } from './tenant-rows.ts'

export type SqliteTenants = ReturnType<typeof createTenantStore>

/** `onUnlisted` is called once the deletion is on disk; the data may follow. */
type DeleteTenant = (id: string, onUnlisted: () => void) => Promise<boolean>

function* requireUnused(id: string): Plan<void> {
  const unlisted = yield { text: 'select 1 from unlisted_tenants where id = @id', params: { id } }
  if (unlisted.length > 0) throw tenantUnlisted(id)
}

/** `remove` deletes a tenant with all its data; by default only the rows of the tenant and its tokens. */
export function createTenantStore(
  db: Database,
  writer: Writer,
  profileNamed: ProfileLookup,
  remove?: DeleteTenant,
) {
  const rows = createTenantRows(db)
  const deleteRows: DeleteTenant = async (id, onUnlisted) => {
    const key = await writer.write(() => {
      const key = rows.unlist(id)
      if (key !== undefined) rows.forget(key)
      return key
    })
    if (key !== undefined) onUnlisted()
    return key !== undefined
  }
  return {
    ...common.createTenantStore(createSqliteTables(db, writer), {
      profileNamed,
      requireUnused,
      remove: remove ?? deleteRows,
    }),
    /** Whether the tenant with this key exists. To be called inside a write. */
    exists: rows.has,
  }
}
