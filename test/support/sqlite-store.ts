import type { Test } from 'tap'
import { connect } from '../../src/storage/sqlite/connections.ts'
import { openSqlite } from '../../src/storage/sqlite/database.ts'
import { createDirectory } from '../../src/storage/sqlite/directory.ts'
import { migrate } from '../../src/storage/sqlite/migrations.ts'
import { createMemberships } from '../../src/storage/sqlite/related.ts'
import { createResourceStore } from '../../src/storage/sqlite/resources.ts'
import { clearTenants } from '../../src/storage/sqlite/tenant-rows.ts'
import { createWriter } from '../../src/storage/sqlite/writer.ts'

/** A store in memory with its directory and memberships. */
export function openSqliteStore(t: Test) {
  const db = openSqlite(undefined)
  migrate(db)
  const connections = connect(db)
  const writer = createWriter(db)
  t.teardown(async () => {
    await writer.close()
    await connections.close()
  })
  return {
    store: createResourceStore(connections, writer),
    memberships: createMemberships(connections.reads),
    directory: createDirectory(connections, writer),
    clear: (tenant: number) => writer.write(() => clearTenants(db, `tenant = ${tenant}`)),
  }
}
