import t from 'tap'
import { skipWithoutPostgres } from '../support/postgres.ts'
import { createTables, openPostgresJournal } from '../support/postgres-journal.ts'
import { describeJournal, plenty } from './journal.ts'

t.test('in PostgreSQL', { skip: skipWithoutPostgres }, t => {
  describeJournal(t, async (t, retention = plenty) => {
    const { location } = await createTables(t)
    const open = () => openPostgresJournal(t, location, { retention })
    const { journal, analysis } = open()
    return { journal, reopen: () => open().journal, clear: tenant => analysis.clear(tenant) }
  })
  t.end()
})
