import t from 'tap'
import { connect } from '../../src/storage/sqlite/connections.ts'
import { openSqlite } from '../../src/storage/sqlite/database.ts'
import { migrate } from '../../src/storage/sqlite/migrations.ts'
import { createSqliteAudit } from '../../src/storage/sqlite/stores.ts'
import { createWriter } from '../../src/storage/sqlite/writer.ts'
import { describeAudit } from './audit.ts'

describeAudit(t, async t => {
  const path = `${t.testdir()}/data.db`
  const db = openSqlite(path)
  migrate(db)
  const connections = connect(db)
  const writer = createWriter(db)
  t.teardown(async () => {
    await writer.close()
    await connections.close()
  })
  const audit = createSqliteAudit(connections, writer)
  return { audit, reopen: async () => createSqliteAudit(connections, writer) }
})
