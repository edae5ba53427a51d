import t, { type Test } from 'tap'
import { BusyError, DatabaseError } from '../../../../src/domain/ports/database.ts'
import { limitLongReads } from '../../../../src/storage/common/long-read-limit.ts'
import { openSqlite } from '../../../../src/storage/sqlite/database.ts'
import { isWanted } from '../../../../src/storage/sqlite/dialect.ts'
import { createLongReads, readInPlace } from '../../../../src/storage/sqlite/long-reads.ts'
import type { Query } from '../../../../src/storage/sqlite/statements.ts'

const open = (t: Test, maxThreads = 1) => {
  const path = `${t.testdir()}/x.db`
  const db = openSqlite(path)
  db.exec(
    `create table names (key integer primary key, name text); insert into names values (1, 'Ä'), (2, 'b')`,
  )
  const reads = createLongReads(path, maxThreads)
  t.teardown(async () => {
    await reads.close()
    db.close()
  })
  return { db, reads }
}

const names: Query = { text: 'select name from names where fold(name) >= @from', params: { from: 'a' } }
const keys: Query = { text: 'select key from names', params: {}, as: 'numbers' }
/** Runs until it is abandoned: 10,000 million rows. */
const endless: Query = {
  text: `with recursive n (key) as (select 1 union all select key + 1 from n limit 10000000000)
    select count(*) as count from n where ${isWanted('key')}`,
  params: {},
}

t.test('a thread returns the rows of all queries', async t => {
  const { db, reads } = open(t)
  t.same(await reads.run([names, keys]), [[{ name: 'Ä' }, { name: 'b' }], Float64Array.of(1, 2)])
  db.exec(`insert into names values (3, 'c')`)
  t.same(await reads.run([keys]), [Float64Array.of(1, 2, 3)], 'later rows are seen')
})

t.test('a read ends when nobody waits for it, and the next one runs', async t => {
  const { reads } = open(t)
  const leaving = new AbortController()
  const abandoned = reads.run([endless], leaving.signal)
  const waiting = reads.run([keys])
  leaving.abort(new Error('left'))
  await t.rejects(abandoned, { message: 'left' })
  t.same(await waiting, [Float64Array.of(1, 2)])
  await t.rejects(reads.run([keys], leaving.signal), { message: 'left' })
})

t.test('reads run in as many threads as there are', async t => {
  const { reads } = open(t, 2)
  const leaving = new AbortController()
  const long = reads.run([endless], leaving.signal)
  t.same(await reads.run([keys]), [Float64Array.of(1, 2)])
  leaving.abort()
  await t.rejects(long)
})

t.test('a failing statement is a database error, and the thread serves on', async t => {
  const { reads } = open(t)
  await t.rejects(
    reads.run([{ text: 'select * from missing', params: {} }]),
    new DatabaseError(`The database ${t.testdirName}/x.db can't be read (no such table: missing).`),
  )
  t.same(await reads.run([keys]), [Float64Array.of(1, 2)])
})

t.test('closing ends running and waiting reads', async t => {
  const { reads } = open(t, 2)
  const running = [reads.run([endless])]
  // By then the first thread is probably within its statement, which only the function in it can end.
  await reads.run([keys])
  running.push(reads.run([endless]), reads.run([keys]))
  const ended = Promise.allSettled(running)
  await reads.close()
  t.same(
    (await ended).map(outcome => outcome.status),
    ['rejected', 'rejected', 'rejected'],
  )
  await t.rejects(reads.run([keys]), DatabaseError)
})

t.test('a read is rejected while two hundred wait', async t => {
  const { reads } = open(t)
  const leaving = new AbortController()
  const accepted = Array.from({ length: 201 }, () => reads.run([endless], leaving.signal))
  await t.rejects(
    reads.run([keys]),
    new BusyError('200 searches are waiting, which is the maximum. Try again later.'),
  )
  leaving.abort()
  await Promise.allSettled(accepted)
  t.same(await reads.run([keys]), [Float64Array.of(1, 2)])
})

t.test('a caller with a limit leaves the other threads to others', async t => {
  const { reads } = open(t, 2)
  const limited = limitLongReads(reads, { maxRunning: 1, maxWaiting: 1 })
  const leaving = new AbortController()
  const [first, second] = [limited.run([endless], leaving.signal), limited.run([keys])]
  await t.rejects(limited.run([keys]), BusyError)
  t.same(await reads.run([keys]), [Float64Array.of(1, 2)])
  leaving.abort()
  await t.rejects(first)
  t.same(await second, [Float64Array.of(1, 2)])
})

t.test('a database in memory is read in place', async t => {
  const db = openSqlite(undefined)
  t.teardown(() => db.close())
  db.exec(`create table names (key integer primary key, name text); insert into names values (1, 'Ä')`)
  t.same(await readInPlace(db).run([names, keys]), [[{ name: 'Ä' }], Float64Array.of(1)])
})
