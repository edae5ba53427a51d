import { statSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import t, { type Test } from 'tap'
import { createCompaction, type Database, openSqlite } from '../../../../src/storage/sqlite/database.ts'
import { createWriter } from '../../../../src/storage/sqlite/writer.ts'

function open(t: Test, path?: string) {
  const db = openSqlite(path)
  db.exec('create table if not exists numbered (seq integer primary key, content text not null) strict')
  const writer = createWriter(db)
  t.teardown(async () => {
    await writer.close()
    db.close()
  })
  const truncateLog = async () => void db.pragma('wal_checkpoint(truncate)')
  return { db, writer, ...createCompaction(db, writer, truncateLog) }
}

/** Inserts 40 MB and deletes almost all of it. */
function fill(db: Database): void {
  db.exec(`
    with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 4000)
    insert into numbered (seq, content) select n, hex(zeroblob(5000)) from numbers;
    delete from numbered where seq % 1000 <> 0`)
}

const freePages = (db: Database) => Number(db.pragma('freelist_count', { simple: true }))
const kept = (db: Database) => db.prepare('select seq, length(content) as length from numbered').all()
const what = [1000, 2000, 3000, 4000].map(seq => ({ seq, length: 10_000 }))

t.test('a new file returns its free pages in steps, between other writes', async t => {
  const path = `${t.testdir()}/data.db`
  const { db, writer, compact } = open(t, path)
  fill(db)
  const between: number[] = []
  const compacting = compact()
  let isDone = false
  const done = compacting.finally(() => {
    isDone = true
  })
  while (!isDone) {
    await writer.write(() => db.exec(`insert or replace into numbered (seq, content) values (1, 'y')`))
    between.push(freePages(db))
    await new Promise(setImmediate)
  }
  const { before, after } = await done
  t.ok(before > 40_000_000 && after < 1_000_000, `${before} ${after}`)
  t.ok(new Set(between).size > 10, 'other writes ran meanwhile')
  t.ok(statSync(path).size < 1_000_000)
  t.equal(freePages(db), 0)
  t.same(kept(db), [{ seq: 1, length: 1 }, ...what])
  t.equal(db.pragma('integrity_check', { simple: true }), 'ok')
})

t.test('a file of an earlier version is rewritten, and shrinks in steps from then on', async t => {
  const path = `${t.testdir()}/data.db`
  const older = new Sqlite(path)
  older.pragma('auto_vacuum = none')
  older.exec('create table numbered (seq integer primary key, content text not null) strict')
  older.close()
  const { db, compact, shrink } = open(t, path)
  t.equal(db.pragma('auto_vacuum', { simple: true }), 0)
  fill(db)
  await shrink()
  t.ok(freePages(db) > 9000, 'it cannot shrink automatically')
  const { before, after } = await compact()
  t.ok(before > 40_000_000 && after < 1_000_000)
  t.ok(statSync(path).size < 1_000_000)
  t.equal(db.pragma('auto_vacuum', { simple: true }), 2)
  t.equal(db.pragma('journal_mode', { simple: true }), 'wal')
  t.same(kept(db), what)
  fill(db.exec('delete from numbered'))
  t.ok((await compact()).after < 1_000_000)
})

t.test('automatic shrinking keeps some free pages for new data', async t => {
  const { db, shrink } = open(t, `${t.testdir()}/data.db`)
  fill(db)
  await shrink()
  t.equal(freePages(db), 2048)
  await shrink()
  t.equal(freePages(db), 2048)
})

t.test('a database in memory shrinks too, and concurrent calls run one after another', async t => {
  const { db, compact } = open(t)
  fill(db)
  const [first, second] = await Promise.all([compact(), compact()])
  t.ok(first.before > 40_000_000 && first.after < 1_000_000)
  t.equal(second.before, first.after)
  t.same(kept(db), what)
})
