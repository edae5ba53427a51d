import t from 'tap'
import { skipWithoutPostgres } from '../support/postgres.ts'
import { createTables, openPostgresJournal, ownTerm } from '../support/postgres-journal.ts'
import { describeAnalysis } from './analysis.ts'

t.test('in PostgreSQL', { skip: skipWithoutPostgres }, t => {
  describeAnalysis(t, async t => {
    const { location, connection } = await createTables(t)
    const open = () => openPostgresJournal(t, location)
    const { journal, analysis } = open()
    return {
      journal,
      store: analysis,
      term: ownTerm,
      reopen: () => open().analysis,
      clear: tenant => analysis.clear(tenant),
      rejectFinding: detail =>
        connection.execute(`alter table findings add constraint refused check (detail <> '${detail}')`),
    }
  })
  t.end()
})
