import t from 'tap'
import { createSqliteAnalysis } from '../../src/storage/sqlite/analysis.ts'
import { createJournal, type JournalDatabase } from '../../src/storage/sqlite/journal.ts'
import { openJournal } from '../../src/storage/sqlite/journal-file.ts'
import { startJournalThread } from '../../src/storage/sqlite/open-journal.ts'
import { openTestJournal } from '../support/journal-database.ts'
import { describeAnalysis } from './analysis.ts'
import { plenty } from './journal.ts'

const openOver = (connections: JournalDatabase, exec: (sql: string) => void) => {
  const store = createSqliteAnalysis(connections)
  return {
    journal: createJournal(connections),
    store,
    reopen: () => createSqliteAnalysis(connections),
    clear: store.clear,
    rejectFinding: (detail: string) =>
      exec(`create trigger refuse before insert on findings when new.detail = '${detail}'
        begin select raise(abort, 'refused'); end`),
  }
}

t.test('in memory', t => {
  describeAnalysis(t, t => {
    const { db, connections } = openTestJournal()
    t.teardown(connections.close)
    return openOver(connections, sql => db.exec(sql))
  })
  t.end()
})

t.test('in a file, written by a thread', t => {
  describeAnalysis(t, t => {
    const path = `${t.testdir({})}/x.db`
    const other = openJournal(`${path}.journal`)
    const connections = startJournalThread(path, { retention: plenty })
    t.teardown(async () => {
      other.close()
      await connections.close()
    })
    return openOver(connections, sql => other.exec(sql))
  })
  t.end()
})
