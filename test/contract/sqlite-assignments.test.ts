import t, { type Test } from 'tap'
import { connect } from '../../src/storage/sqlite/connections.ts'
import { openSqlite } from '../../src/storage/sqlite/database.ts'
import { migrate } from '../../src/storage/sqlite/migrations.ts'
import { createResourceStore } from '../../src/storage/sqlite/resources.ts'
import { createAccountAssignments } from '../../src/storage/sqlite/stores.ts'
import { clearTenants } from '../../src/storage/sqlite/tenant-rows.ts'
import { createWriter } from '../../src/storage/sqlite/writer.ts'
import { describeAccountAssignments } from './account-assignments.ts'
import { tenant } from './store-fixture.ts'

const openAt = (pathOf: (t: Test) => string | undefined) => async (t: Test) => {
  const db = openSqlite(pathOf(t))
  migrate(db)
  const insert = db.prepare(`
    insert into tenants (key, id, profile, on_delete, throttle, switches, clock_offset, created)
    values (?, 'tenant' || ?, 'aws', 'retain', 'off', '{}', 0, 0)`)
  for (const key of [tenant, tenant + 1]) insert.run(key, key)
  const connections = connect(db)
  const writer = createWriter(db, { snapshot: connections.snapshot })
  t.teardown(async () => {
    await writer.close()
    await connections.close()
  })
  return {
    assignments: createAccountAssignments(connections, writer),
    store: createResourceStore(connections, writer),
    clear: () => writer.write(() => clearTenants(db, `tenant = ${tenant}`)),
  }
}

t.test('in memory', async t =>
  describeAccountAssignments(
    t,
    openAt(() => undefined),
  ),
)
t.test('in a file', async t =>
  describeAccountAssignments(
    t,
    openAt(t => `${t.testdir()}/data.db`),
  ),
)
