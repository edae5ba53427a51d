import t, { type Test } from 'tap'
import type { Retention } from '../../src/ports/journal.ts'
import { openSqlite } from '../../src/sqlite/database.ts'
import { createJournal } from '../../src/sqlite/journal.ts'
import { migrate } from '../../src/sqlite/migrations.ts'
import { createWriter } from '../../src/sqlite/writer.ts'
import { searchFor } from '../support/search.ts'
import { anExchange, describeJournal, plenty } from './journal.ts'

const openDatabase = (t: Test) => {
  const db = openSqlite(undefined)
  migrate(db)
  const writer = createWriter(db)
  t.teardown(async () => {
    await writer.close()
    db.close()
  })
  return { db, writer }
}

describeJournal(t, (t: Test, retention: Retention = plenty) => {
  const { db, writer } = openDatabase(t)
  const open = () => createJournal(db, writer, retention)
  const journal = open()
  const clear = async (tenant?: string) => {
    const onceOnDisk = await writer.write(() => journal.clear(tenant))
    onceOnDisk()
  }
  return { journal, reopen: open, clear }
})

t.test('an exchange that violates a constraint is lost alone, and reported', async t => {
  const { db, writer } = openDatabase(t)
  const lost: unknown[] = []
  const journal = createJournal(db, writer, plenty, error => lost.push(error))
  journal.record(anExchange(1))
  journal.record(anExchange(1))
  journal.record(anExchange(2, { status: Number.NaN }))
  journal.record(anExchange(3))
  const { items } = await journal.page({ limit: 10 })
  t.same(items, [anExchange(3), anExchange(1)])
  t.match(lost, [{ code: /^SQLITE_CONSTRAINT/ }, { code: /^SQLITE_CONSTRAINT/ }])
})

t.test('a search finds a rare text among many exchanges', async t => {
  const { db, writer } = openDatabase(t)
  const journal = createJournal(db, writer, plenty)
  journal.record(anExchange(0, { url: '/needle' }))
  for (let number = 1; number <= 25_000; number++) journal.record(anExchange(number))
  const page = await journal.page({ limit: 10, search: searchFor('needle') })
  t.same(page, { items: [anExchange(0, { url: '/needle' })] })
})
