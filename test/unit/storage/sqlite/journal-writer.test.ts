import { statSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import t from 'tap'
import { DatabaseError } from '../../../../src/domain/ports/database.ts'
import { createJournal, type JournalDatabase } from '../../../../src/storage/sqlite/journal.ts'
import { openJournal } from '../../../../src/storage/sqlite/journal-file.ts'
import { startJournalThread } from '../../../../src/storage/sqlite/open-journal.ts'
import { anExchange, plenty } from '../../../contract/journal.ts'
import { openTestJournal } from '../../../support/journal-database.ts'
import { aRecorded } from '../../../support/recorded.ts'

t.test('an exchange that has no row is lost alone', async t => {
  const { connections } = openTestJournal()
  t.teardown(connections.close)
  const journal = createJournal(connections)
  const withoutRow = { ...aRecorded(), credential: 'not JSON' }
  for (let number = 1; number <= 3; number++) journal.record(withoutRow)
  journal.record(anExchange(4))
  t.match(await journal.extent(), { exchanges: 1, lost: 3 })
})

t.test('an exchange that does not fit into the queue is lost alone', async t => {
  const messages: string[] = []
  const { connections } = openTestJournal({ onLost: error => messages.push(String(error)) })
  t.teardown(connections.close)
  const journal = createJournal(connections)
  journal.record(anExchange(1, { request: { headers: {}, body: 'x'.repeat(3_000_000) } }))
  journal.record(anExchange(2))
  t.match(await journal.extent(), { exchanges: 1, lost: 1 })
  t.same(messages, ['Error: The request exchange-1 is too large for the journal.'])
})

t.test('while the disk is slow, further requests are to wait, and none is lost', async t => {
  const path = `${t.testdir({})}/x.db`
  const other = openJournal(`${path}.journal`)
  const connections = startJournalThread(path, { retention: plenty })
  t.teardown(async () => {
    await connections.close()
    other.close()
  })
  await connections.call('newest')
  // The thread waits until the other connection has written.
  other.exec('begin immediate')
  const body = 'x'.repeat(100_000)
  let number = 0
  while (!connections.room()) {
    connections.record(anExchange(++number, { request: { headers: {}, body } }))
  }
  other.exec('commit')
  await connections.room()
  t.equal(connections.room(), undefined)
  connections.record(anExchange(++number))
  t.equal(await connections.call('newest'), number)
  t.equal(connections.lostCount(), 0)
})

t.test('a full disk is reported once per commit, and is fatal', async t => {
  const lost: unknown[] = []
  const fatal: unknown[] = []
  const { db, connections } = openTestJournal({
    onLost: error => lost.push(error),
    onFatal: error => fatal.push(error),
  })
  t.teardown(connections.close)
  const journal = createJournal(connections)
  db.pragma(`max_page_count = ${db.pragma('page_count', { simple: true })}`)
  const body = 'x'.repeat(100_000)
  for (let number = 1; number <= 4; number++)
    journal.record(anExchange(number, { request: { headers: {}, body } }))
  t.match(await journal.extent(), { exchanges: 0, lost: 4 })
  const message = /^The database :memory: can't be written \(.*\)\. Check the disk and its free space\.$/
  t.match(lost, [{ name: 'DatabaseError', message }])
  t.match(fatal, [{ name: 'DatabaseError', message }])
  t.equal(fatal.length, 1)
})

t.test(
  'of exchanges that share a commit, all are lost if the disk is full, and later ones are stored',
  async t => {
    const lost: unknown[] = []
    const { db, connections } = openTestJournal({ onLost: error => lost.push(error) })
    t.teardown(connections.close)
    const journal = createJournal(connections)
    const pages = Number(db.pragma('page_count', { simple: true }))
    db.pragma(`max_page_count = ${pages + 5}`)
    for (let number = 1; number <= 600; number++) journal.record(anExchange(number))
    t.match(await journal.extent(), { exchanges: 0, lost: 600 })
    t.match(lost, [{ name: 'DatabaseError', message: /can't be written/ }])
    db.pragma('max_page_count = 100000')
    journal.record(anExchange(601))
    t.match(await journal.extent(), { exchanges: 1, lost: 600 })
  },
)

t.test('thousands of exchanges at a time are stored in their order, in a thread, too', async t => {
  const path = `${t.testdir({})}/x.db`
  openJournal(`${path}.journal`).close()
  const connections = startJournalThread(path, { retention: plenty })
  t.teardown(connections.close)
  const journal = createJournal(connections)
  const numbers = Array.from({ length: 5000 }, (_, at) => at + 1)
  for (const number of numbers) journal.record(anExchange(number))
  await connections.flush()
  t.same(
    connections.reads.prepare<[], string>('select id from exchanges order by seq').pluck().all(),
    numbers.map(number => anExchange(number).id),
  )
})

t.test('the end of the thread is fatal, and its calls are rejected', async t => {
  const path = `${t.testdir({})}/x.db`
  const journal = openJournal(`${path}.journal`)
  journal.exec(`insert into migrations values ('9999-later.sql', '', 0)`)
  journal.close()
  const fatal: Error[] = []
  const onFatal = (error: Error) => fatal.push(error)
  const lost: unknown[] = []
  const connections = startJournalThread(path, { retention: plenty, onFatal, onLost: one => lost.push(one) })
  connections.record(anExchange(1))
  const ended =
    /^The thread that writes the journal .*x\.db\.journal ended \(.*9999-later\.sql.*\)\. Restart the server\.$/
  await t.rejects(connections.call('extent'), { name: 'DatabaseError', message: ended })
  await t.rejects(connections.call('prune', 0), DatabaseError, 'later calls, too')
  t.match(lost, [DatabaseError])
  t.match(fatal, [{ name: 'DatabaseError', message: ended }], 'reported once')
  t.equal(fatal.length, 1)
  await connections.close()
})

t.test('exchanges after the end of a journal are lost, not stored', async t => {
  const lost: unknown[] = []
  const { connections } = openTestJournal({ onLost: error => lost.push(error) })
  connections.record(anExchange(1))
  await connections.close()
  connections.record(anExchange(2))
  t.match(lost, [{ message: 'The journal is closed. Restart the server.' }])
  t.equal(lost.length, 1)
})

t.test(
  'operations of a thread run in the order of their calls, and see what was recorded before',
  async t => {
    const path = `${t.testdir({})}/x.db`
    openJournal(`${path}.journal`).close()
    const connections = startJournalThread(path, { retention: plenty })
    t.teardown(connections.close)
    connections.record(anExchange(1))
    const before = connections.call('newest')
    connections.record(anExchange(2))
    const after = connections.call('newest')
    t.same(await Promise.all([before, after]), [1, 2])
  },
)

t.test('a journal shrinks when it is compacted, and by itself when much of it is free', async t => {
  const path = `${t.testdir({})}/x.db`
  openJournal(`${path}.journal`).close()
  const connections = startJournalThread(path, { retention: plenty })
  t.teardown(connections.close)
  await connections.call('newest')
  const fill = async () => {
    const body = 'x'.repeat(100_000)
    for (let number = 1; number <= 400; number++) {
      connections.record({ ...anExchange(number), request: { headers: {}, body } })
      await connections.room()
    }
    await connections.call('clear', undefined, await connections.call('newest'))
  }
  const size = () => statSync(`${path}.journal`).size
  await fill()
  const { before, after } = await connections.call('compact')
  t.ok(before > 40_000_000 && after < 1_000_000, `${before} ${after}`)
  t.equal(size(), after)
  await fill()
  await connections.call('shrink')
  t.ok(size() > 8_000_000 && size() < 10_000_000, `${size()}`)
})

t.test('a journal is compacted while exchanges arrive', async t => {
  const { db, connections } = openTestJournal({ path: `${t.testdir({})}/x.db.journal` })
  t.teardown(connections.close)
  const body = 'x'.repeat(100_000)
  for (let number = 1; number <= 100; number++)
    connections.record({ ...anExchange(number), request: { headers: {}, body } })
  await connections.call('clear', undefined, await connections.call('newest'))
  const compacted = connections.call('compact')
  const recorded = await recordUntil(compacted, connections, 100)
  const { before, after } = await compacted
  t.ok(before > 10_000_000 && after < before, `${before} ${after}`)
  await connections.flush()
  t.equal(db.prepare('select count(*) from exchanges').pluck().get(), recorded)
  t.equal(connections.lostCount(), 0)
})

t.test('of exchanges that another operation has committed, none counts as lost', async t => {
  const { db, connections } = openTestJournal()
  t.teardown(connections.close)
  const journal = createJournal(connections)
  // So many that they are deleted in several steps, each of which commits what was recorded before it.
  const before = 40_000
  for (let number = 1; number <= before; number++) journal.record(anExchange(number))
  const cleared = connections.call('clear', undefined, await connections.call('newest'))
  let recorded = await recordUntil(cleared, connections, before)
  db.pragma(`max_page_count = ${db.pragma('page_count', { simple: true })}`)
  const free = Number(db.pragma('freelist_count', { simple: true })) * 16_384
  const body = 'x'.repeat(50_000)
  for (let size = 0; size < free + 10_000_000; size += body.length) {
    recorded++
    journal.record({ ...anExchange(before + recorded), request: { headers: {}, body } })
  }
  const { exchanges, lost } = await journal.extent()
  t.ok(exchanges > 0 && lost > 0, `${exchanges} ${lost}`)
  t.equal(exchanges + lost, recorded)
})

/** Records exchanges in each turn until the promise settles, with numbers after `last`. Returns how many. */
async function recordUntil(
  done: Promise<unknown>,
  { record }: Pick<JournalDatabase, 'record'>,
  last: number,
): Promise<number> {
  let isDone = false
  const end = () => {
    isDone = true
  }
  done.then(end, end)
  let recorded = 0
  while (!isDone) {
    for (let at = 0; at < 256; at++) record(anExchange(last + ++recorded))
    await nextTurn()
  }
  return recorded
}

t.test(
  'the thread starts after the first exchange is recorded, or for a call that a client waits for',
  async t => {
    const started: number[] = []
    const onWorker = (worker: Worker) => started.push(worker.threadId)
    process.on('worker', onWorker)
    t.teardown(() => process.off('worker', onWorker))
    const folder = t.testdir({})
    const open = (name: string) => {
      const path = `${folder}/${name}.db`
      openJournal(`${path}.journal`).close()
      const connections = startJournalThread(path, { retention: plenty })
      t.teardown(connections.close)
      return connections
    }
    const [recording, calling] = [open('recording'), open('calling')]
    const housekeeping = [recording, calling].map(({ call }) => call('keepSessions', []))
    await nextTurn()
    t.equal(started.length, 0)
    recording.record(anExchange(1))
    t.equal(started.length, 0, 'nor while a request is being handled')
    const working = await calling.call('newest')
    t.equal(working, 0)
    await Promise.all(housekeeping)
    t.equal(started.length, 2)
    t.equal(await recording.call('newest'), 1)
  },
)
