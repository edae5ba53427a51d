import { existsSync, statSync } from 'node:fs'
import t from 'tap'
import { createCheckpoints } from '../../../../src/storage/sqlite/connections.ts'
import { openSqlite } from '../../../../src/storage/sqlite/database.ts'
import { upgrade } from '../../../../src/storage/sqlite/journal-file.ts'
import { startJournalThread } from '../../../../src/storage/sqlite/open-journal.ts'
import { createWriter } from '../../../../src/storage/sqlite/writer.ts'
import { anExchange, plenty } from '../../../contract/journal.ts'

const megabyte = 1024 * 1024

t.test('the write-ahead log of a database stays small while it is written without a pause', async t => {
  const path = `${t.testdir({})}/x.db`
  const db = openSqlite(path)
  upgrade(db)
  db.exec('create table texts (key integer primary key, text text)')
  const journal = startJournalThread(path, { retention: plenty })
  const errors: unknown[] = []
  const writer = createWriter(db, { onCommit: () => checkpoints.afterCommit() })
  const checkpoints = createCheckpoints(db, {
    run: mode => journal.callThread('checkpoint', mode),
    betweenCommits: writer.betweenCommits,
    onError: error => errors.push(error),
  })
  t.teardown(async () => {
    await checkpoints.close()
    await writer.close()
    db.close()
    await journal.close()
  })
  const put = db.prepare('insert or replace into texts (key, text) values (?, hex(randomblob(50000)))')
  // The thread has started, which takes long on a busy machine.
  await checkpoints.truncate()
  let largest = 0
  for (let written = 0; written < 1500; written++) {
    await writer.write(() => put.run(written % 200))
    largest = Math.max(largest, statSync(`${path}-wal`).size)
  }
  t.ok(largest > 32 * megabyte && largest < 80 * megabyte, `${largest} of 150 MB`)
  t.same(errors, [])

  await writer.write(() => {
    for (let key = 0; key < 1500; key++) put.run(key)
  })
  t.ok(statSync(`${path}-wal`).size > 100 * megabyte)
  while (statSync(`${path}-wal`).size > megabyte) await writer.write(() => put.run(1))
  t.pass('the log of a large transaction becomes smaller')

  await checkpoints.truncate()
  t.equal(statSync(`${path}-wal`).size, 0)
  t.equal(db.pragma('integrity_check', { simple: true }), 'ok')
})

t.test('the write-ahead log of the journal stays small, too, and is gone after the end', async t => {
  const path = `${t.testdir({})}/x.db`
  const db = openSqlite(path)
  t.teardown(() => db.close())
  upgrade(db)
  const journal = startJournalThread(path, { retention: { count: 500, days: 1 } })
  const body = 'x'.repeat(100_000)
  let largest = 0
  for (let number = 1; number <= 2000; number++) {
    journal.record(anExchange(number, { request: { headers: {}, body } }))
    if (number % 50 === 0) await journal.flush()
    largest = Math.max(largest, statSync(`${path}.journal-wal`, { throwIfNoEntry: false })?.size ?? 0)
  }
  t.ok(largest > 8 * megabyte && largest < 30 * megabyte, `${largest} of 200 MB`)
  await journal.close()
  t.notOk(existsSync(`${path}.journal-wal`))
})
