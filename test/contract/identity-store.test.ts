import t, { type Test } from 'tap'
import { connect } from '../../src/sqlite/connections.ts'
import { openSqlite } from '../../src/sqlite/database.ts'
import { createDirectory } from '../../src/sqlite/directory.ts'
import { createMemberships } from '../../src/sqlite/memberships.ts'
import { migrate } from '../../src/sqlite/migrations.ts'
import { createResourceStore } from '../../src/sqlite/resources.ts'
import { createWriter } from '../../src/sqlite/writer.ts'
import { skipWithoutPostgres } from '../support/postgres.ts'
import { openPostgresLater } from '../support/postgres-store.ts'
import { describeIdentityStore } from './identity-store.ts'

const openInMemory = (t: Test) => {
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
  }
}

t.test('with SQLite', async t => describeIdentityStore(t, openInMemory))
t.test('with PostgreSQL', { skip: skipWithoutPostgres }, async t =>
  describeIdentityStore(t, openPostgresLater),
)
