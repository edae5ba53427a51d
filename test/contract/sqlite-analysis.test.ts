import t from 'tap'
import { createSqliteAnalysis } from '../../src/sqlite/analysis.ts'
import { createJournal } from '../../src/sqlite/journal.ts'
import { openTestJournal } from '../support/journal-database.ts'
import { describeAnalysis } from './analysis.ts'

describeAnalysis(t, t => {
  const { db, connections } = openTestJournal()
  t.teardown(connections.close)
  const store = createSqliteAnalysis(connections)
  return {
    journal: createJournal(connections),
    store,
    reopen: () => createSqliteAnalysis(connections),
    clear: store.clear,
    rejectFinding(detail) {
      db.exec(`create trigger refuse before insert on findings when new.detail = '${detail}'
        begin select raise(abort, 'refused'); end`)
    },
  }
})
