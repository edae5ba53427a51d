import t from 'tap'
import { createSqliteAudit } from '../../src/sqlite/audit.ts'
import { connect } from '../../src/sqlite/connections.ts'
import { openSqlite } from '../../src/sqlite/database.ts'
import { migrate } from '../../src/sqlite/migrations.ts'
import { createWriter } from '../../src/sqlite/writer.ts'
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
