import t, { type Test } from 'tap'
import { createConsoleTokenStore } from '../../src/storage/common/stores/console-tokens.ts'
import { openSqlite } from '../../src/storage/sqlite/database.ts'
import { createSqliteTables } from '../../src/storage/sqlite/held-tables.ts'
import { migrate } from '../../src/storage/sqlite/migrations.ts'
import { createWriter } from '../../src/storage/sqlite/writer.ts'
import { describeConsoleTokens } from './console-tokens.ts'

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

describeConsoleTokens(t, async t => {
  const { db, writer } = openDatabase(t)
  return {
    tokens: createConsoleTokenStore(createSqliteTables(db, writer)),
    reopen: async () => {
      await writer.flush()
      return createConsoleTokenStore(createSqliteTables(db, writer))
    },
    rows: async () => db.prepare('select * from console_tokens').all(),
  }
})

t.test('an expired token is listed, but not found', async t => {
  const { db, writer } = openDatabase(t)
  let now = 1_000_000
  const tokens = createConsoleTokenStore(createSqliteTables(db, writer, () => now))
  const { token, text } = await tokens.create({ name: 'ci', level: 'read', validity: 60_000 })
  now += 59_999
  t.same(tokens.find(text), token)
  now += 1
  t.equal(tokens.find(text), undefined)
  t.same(tokens.list(), [token])
})

t.test('a failed write changes nothing in memory', async t => {
  const { db, writer } = openDatabase(t)
  const tokens = createConsoleTokenStore(createSqliteTables(db, writer))
  db.exec(`create trigger full before insert on console_tokens begin select raise(abort, 'disk full'); end`)
  await t.rejects(tokens.create({ name: 'ci', level: 'read', validity: 3_600_000 }), /disk full/)
  t.same(tokens.list(), [])
})
