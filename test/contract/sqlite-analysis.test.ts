import t from 'tap'
import { createSqliteAnalysis } from '../../src/sqlite/analysis.ts'
import { openSqlite } from '../../src/sqlite/database.ts'
import { createJournal } from '../../src/sqlite/journal.ts'
import { migrate } from '../../src/sqlite/migrations.ts'
import { createWriter } from '../../src/sqlite/writer.ts'
import { describeAnalysis } from './analysis.ts'
import { plenty } from './journal.ts'

describeAnalysis(t, t => {
  const db = openSqlite(undefined)
  migrate(db)
  const writer = createWriter(db)
  t.teardown(async () => {
    await writer.close()
    db.close()
  })
  const journal = createJournal(db, writer, plenty)
  const store = createSqliteAnalysis(db, writer)
  return {
    journal,
    store,
    reopen: () => createSqliteAnalysis(db, writer),
    async clear(tenant) {
      await writer.flush()
      const onceOnDisk = await writer.write(() => {
        store.clear(tenant)
        return journal.clear(tenant)
      })
      onceOnDisk()
    },
    rejectFinding(detail) {
      db.exec(`create trigger refuse before insert on findings when new.detail = '${detail}'
        begin select raise(abort, 'refused'); end`)
    },
  }
})
