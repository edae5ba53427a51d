import t from 'tap'
import { createJournal } from '../../src/storage/sqlite/journal.ts'
import { openJournal } from '../../src/storage/sqlite/journal-file.ts'
import { startJournalThread, writeJournalInPlace } from '../../src/storage/sqlite/open-journal.ts'
import { openTestJournal } from '../support/journal-database.ts'
import { searchFor } from '../support/search.ts'
import { anExchange, describeJournal, plenty } from './journal.ts'

t.test('in memory', t => {
  describeJournal(t, (t, retention = plenty) => {
    const { db, connections } = openTestJournal({ retention })
    t.teardown(connections.close)
    const clear = async (tenant?: string) =>
      connections.call('clear', tenant, await connections.call('newest'))
    const reopen = () => createJournal(writeJournalInPlace(db, { retention }))
    return { journal: createJournal(connections), reopen, clear }
  })
  t.end()
})

t.test('in a file, written by a thread', t => {
  describeJournal(t, (t, retention = plenty) => {
    const path = `${t.testdir()}/x.db`
    openJournal(`${path}.journal`).close()
    const open = () => {
      const connections = startJournalThread(path, { retention })
      t.teardown(connections.close)
      return connections
    }
    const connections = open()
    const clear = async (tenant?: string) =>
      connections.call('clear', tenant, await connections.call('newest'))
    return { journal: createJournal(connections), reopen: () => createJournal(open()), clear }
  })
  t.end()
})

t.test('an exchange that violates a constraint is lost alone, and reported', async t => {
  const lost: unknown[] = []
  const { connections } = openTestJournal({ onLost: error => lost.push(error) })
  t.teardown(connections.close)
  const journal = createJournal(connections)
  journal.record(anExchange(1))
  journal.record(anExchange(1))
  journal.record(anExchange(2, { status: Number.NaN }))
  journal.record(anExchange(3))
  const { items } = await journal.page({ limit: 10 })
  t.same(items, [anExchange(3), anExchange(1)])
  t.match(lost, [{ code: /^SQLITE_CONSTRAINT/ }, { code: /^SQLITE_CONSTRAINT/ }])
  t.match(await journal.extent(), { exchanges: 2, lost: 2 })
})

t.test('a search finds a rare text among many exchanges', async t => {
  const { connections } = openTestJournal()
  t.teardown(connections.close)
  const journal = createJournal(connections)
  journal.record(anExchange(0, { url: '/needle' }))
  for (let number = 1; number <= 25_000; number++) journal.record(anExchange(number))
  const page = await journal.page({ limit: 10, search: searchFor('needle') })
  t.same(page, { items: [anExchange(0, { url: '/needle' })] })
})
