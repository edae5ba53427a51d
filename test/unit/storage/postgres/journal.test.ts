import { EventEmitter, once } from 'node:events'
import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import type { Exchange } from '../../../../src/domain/journal/exchange.ts'
import { createRequestIdGenerator } from '../../../../src/domain/journal/request-id.ts'
import type { Summary } from '../../../../src/domain/journal/summary.ts'
import type { Journal } from '../../../../src/domain/ports/journal.ts'
import { connectPostgres, openJournalLane } from '../../../../src/storage/postgres/connect.ts'
import { type Connection, openConnection } from '../../../../src/storage/postgres/connection.ts'
import { createPostgresJournal } from '../../../../src/storage/postgres/journal.ts'
import { preparePartitions } from '../../../../src/storage/postgres/journal-partitions.ts'
import { migrate } from '../../../../src/storage/postgres/migrations.ts'
import { anExchange, plenty } from '../../../contract/journal.ts'
import { createSchema, runOnServer, skipWithoutPostgres, throughProxy } from '../../../support/postgres.ts'
import { createTables, openPostgresJournal } from '../../../support/postgres-journal.ts'

const skip = skipWithoutPostgres
const noon = Date.UTC(2026, 10, 24, 12)
const day = 24 * 60 * 60 * 1000

const idsOf = async (journal: Journal) => (await journal.page({ limit: 100 })).items.map(({ id }) => id)

/** Hints that the test sends. */
function createHints() {
  const emitter = new EventEmitter()
  return {
    send: () => void emitter.emit('hint'),
    subscribe: (listener: () => void) => {
      emitter.on('hint', listener)
      return () => void emitter.off('hint', listener)
    },
  }
}

/** Collects what a journal publishes. Returns a function that resolves once there are as many exchanges. */
function collect(t: Test, subscribe: Journal['subscribe']) {
  const emitter = new EventEmitter()
  const ids: string[] = []
  t.teardown(
    subscribe(({ id }) => {
      ids.push(id)
      emitter.emit('exchange')
    }),
  )
  return {
    ids,
    async until(count: number): Promise<readonly string[]> {
      while (ids.length < count) await once(emitter, 'exchange')
      return ids
    },
  }
}

t.test('each of two instances sees the exchanges of both, once', { skip }, async t => {
  const { location } = await createTables(t)
  const hints = createHints()
  const one = openPostgresJournal(t, location, { hints }).journal
  const other = openPostgresJournal(t, location, { hints }).journal
  one.record(anExchange(1))
  await one.flush()
  const all = collect(t, other.subscribe)
  const own = collect(t, other.subscribeHere)
  t.same(await idsOf(other), ['exchange-1'])
  one.record(anExchange(2))
  one.record(anExchange(3))
  other.record(anExchange(4))
  await Promise.all([one.flush(), other.flush()])
  await all.until(3)
  one.record(anExchange(5))
  await one.flush()
  await all.until(4)
  t.same(all.ids, ['exchange-4', 'exchange-2', 'exchange-3', 'exchange-5'], 'without those from before')
  t.same(own.ids, ['exchange-4'])
  for (const journal of [one, other]) {
    t.same(
      await idsOf(journal),
      [5, 4, 3, 2, 1].map(number => `exchange-${number}`),
    )
    t.match(await journal.extent(), { exchanges: 5 })
  }
})

t.test('exchanges that commit later than ones after them are published, too', { skip }, async t => {
  const { location, connection } = await createTables(t)
  const hints = createHints()
  const { journal } = openPostgresJournal(t, location, { hints })
  const { journal: other } = openPostgresJournal(t, location, { hints })
  const all = collect(t, journal.subscribe)
  await journal.extent()
  await connection.execute(`
    begin;
    insert into exchanges (id, at, method, url, status, operation, action, details)
      values ('exchange-1', ${noon}, 'GET', '/', 200, 'list', 'list users', '{"request":{},"response":{}}');
    insert into exchange_batches (writer, tenants, ids) values ('slow', array[''], array['exchange-1'])`)
  other.record(anExchange(2))
  await other.flush()
  t.same(await all.until(1), ['exchange-2'])
  await connection.execute('commit')
  hints.send()
  t.same(await all.until(2), ['exchange-2', 'exchange-1'])
})

t.test(
  'instances find exchanges of others without hints, and stop looking with the last subscription',
  { skip },
  async t => {
    const { location } = await createTables(t)
    const { journal } = openPostgresJournal(t, location, { pollInterval: 5 })
    const { journal: other } = openPostgresJournal(t, location)
    const found = Promise.withResolvers<Summary>()
    const unsubscribe = journal.subscribe(found.resolve)
    const pending = Promise.withResolvers<void>()
    const stop = journal.onUnanalyzed(pending.resolve)
    await journal.extent()
    other.record(anExchange(1))
    t.match(await found.promise, { id: 'exchange-1' })
    await pending.promise
    unsubscribe()
    stop()
    t.match(await journal.unanalyzed(10), [{ exchange: { id: 'exchange-1' } }])
  },
)

t.test('what is recorded while the database is away is written when it is back', { skip }, async t => {
  const { location: direct } = await createTables(t)
  const { proxy, location } = await throughProxy(t, direct)
  const lost: unknown[] = []
  const { journal } = openPostgresJournal(t, location, {
    onLost: error => lost.push(error),
    limits: { exchanges: 3, bytes: 1_000_000 },
  })
  journal.record(anExchange(1))
  await journal.flush()
  proxy.interrupt()
  for (const number of [2, 3, 4, 5]) journal.record(anExchange(number))
  await t.rejects(journal.flush(), { name: 'ConnectionLostError' })
  await t.rejects(journal.page({ limit: 10 }), { name: 'ConnectionLostError' })
  proxy.resume()
  t.same(await idsOf(journal), ['exchange-4', 'exchange-3', 'exchange-2', 'exchange-1'])
  t.match(await journal.extent(), { exchanges: 4, lost: 1 })
  t.match(lost, [
    { message: /3 are waiting. Further ones are missing from it until the database has caught up/ },
    { message: 'The journal is written again; 1 requests are missing from it.' },
  ])
})

t.test('requests wait while the database writes slowly, so that none is lost', { skip }, async t => {
  const { location } = await createTables(t)
  const lane = openJournalLane(location)
  const { reads, close } = connectPostgres(location, { readers: 2, lanes: 0 })
  const permission = Promise.withResolvers<void>()
  const journal = createPostgresJournal({
    reads,
    lane: { ...lane, run: job => permission.promise.then(() => lane.run(job)) },
    retention: plenty,
    limits: { exchanges: 8, bytes: 1_000_000 },
  })
  t.teardown(async () => {
    await journal.close()
    await Promise.all([lane.close(), close()])
  })
  for (const number of [1, 2, 3, 4]) journal.record(anExchange(number))
  t.equal(journal.room(), undefined)
  journal.record(anExchange(5))
  const room = journal.room()
  t.ok(room)
  permission.resolve()
  await room
  t.equal(journal.room(), undefined)
  t.match(await journal.extent(), { exchanges: 5, lost: 0 })
})

t.test('reads wait for exchanges that are about to be recorded', { skip }, async t => {
  const { location } = await createTables(t)
  const { journal } = openPostgresJournal(t, location)
  const label = Promise.withResolvers<void>()
  journal.announce(label.promise.then(() => journal.record(anExchange(1))))
  const read = idsOf(journal)
  label.resolve()
  t.same(await read, ['exchange-1'])
})

t.test('an exchange that the database rejects is lost alone', { skip }, async t => {
  const { location } = await createTables(t)
  const lost: unknown[] = []
  const { journal } = openPostgresJournal(t, location, { onLost: error => lost.push(error) })
  journal.record(anExchange(1))
  journal.record(anExchange(2, { status: Number.NaN }))
  journal.record(anExchange(3))
  t.same(await idsOf(journal), ['exchange-3', 'exchange-1'])
  t.match(lost, [{ code: '23502' }])
  t.match(await journal.extent(), { exchanges: 2, lost: 1 })
})

t.test('characters that PostgreSQL cannot store are replaced', { skip }, async t => {
  const { location } = await createTables(t)
  const { journal } = openPostgresJournal(t, location)
  const given = 'a\0b\ud800'
  const stored = 'a\ufffdb\ufffd'
  const withText = (text: string) =>
    anExchange(1, {
      tenant: text,
      url: text,
      action: text,
      target: { type: 'User', id: text, label: text },
      rule: text,
      request: { headers: { 'x-a': text }, body: text },
      response: { headers: {}, body: text },
    })
  journal.record(withText(given))
  t.same(await journal.find('exchange-1'), withText(stored))
})

/** Records exchanges with ids of their times: so many days after noon. */
function createRecorder(journal: Journal) {
  const newId = createRequestIdGenerator()
  return (passed: number, rest: Partial<Exchange> = {}) => {
    const at = noon + passed * day
    const id = newId(at)
    journal.record(anExchange(0, { id, at, ...rest }))
    return id
  }
}

t.test('the journal is written although creating a partition takes too long', { skip }, async t => {
  const { location } = await createTables(t)
  const lane = openJournalLane(location)
  const { reads, close } = connectPostgres(location, { readers: 2, lanes: 0 })
  const slowly = (connection: Connection): Connection => ({
    ...connection,
    execute: sql =>
      /create table/.test(sql)
        ? Promise.reject(
            Object.assign(new Error('canceling statement due to statement timeout'), { code: '57014' }),
          )
        : connection.execute(sql),
  })
  const journal = createPostgresJournal({
    reads,
    lane: { ...lane, transaction: job => lane.transaction(connection => job(slowly(connection))) },
    retention: plenty,
  })
  t.teardown(async () => {
    await journal.close()
    await Promise.all([lane.close(), close()])
  })
  journal.record(anExchange(1))
  t.same(await idsOf(journal), ['exchange-1'])
})

/** Inserts exchanges of a day as an earlier release did, which kept no amounts. */
const insertExchanges = ({ execute }: Connection, passed: number, count: number) =>
  execute(`
    insert into exchanges (id, at, method, url, status, operation, action, details)
    select left(clock, 8) || '-' || substr(clock, 9) || '-7000-8000-' || lpad(n::text, 12, '0'), ${noon + passed * day} + n,
      'GET', '/', 200, 'list', 'list users', '{"request":{"headers":{}},"response":{"headers":{}}}'
    from (select n, lpad(to_hex(${noon + passed * day} + n), 12, '0') as clock from generate_series(1, ${count}) n) x`)

/** The tables of two roles, with the privileges that the page on PostgreSQL recommends, and connections of both. */
async function createWithRoles(t: Test) {
  const { url, schema } = await createSchema(t)
  const roles = [`${schema}_owner`, `${schema}_app`] as const
  const [owner, app] = roles
  const [, grants = ''] =
    /^(grant usage on schema .*?)^```$/ms.exec(readFileSync('docs/postgresql.md', 'utf8')) ?? []
  await runOnServer(`
    create role ${owner} login; create role ${app} login; alter schema ${schema} owner to ${owner}; set role ${owner};
    ${grants.replaceAll('schema scimulator', `schema ${schema}`).replaceAll('scimulator_app', app)}`)
  t.teardown(() =>
    runOnServer(
      `reassign owned by ${owner} to current_user; drop owned by ${owner}; drop owned by ${app}; drop role ${roles}`,
    ),
  )
  const [ofOwner, ofApp] = roles.map(role => {
    const as = new URL(url)
    as.username = role
    return { url: as.href, schema }
  }) as [Location, Location]
  await migrate(ofOwner)
  const connection = await openConnection(ofOwner)
  t.teardown(connection.close)
  return { ofOwner, ofApp, app, connection }
}

type Location = { readonly url: string; readonly schema: string }

t.test('partitions are created ahead, and dropped once they are too old', { skip }, async t => {
  const { location, connection } = await createTables(t)
  const { journal } = openPostgresJournal(t, location, { retention: { count: 100, days: 2 } })
  const record = createRecorder(journal)
  const days = async () => {
    const found = await connection.query<{ readonly name: string }>({
      text: `select relname as name from pg_inherits join pg_class on pg_class.oid = inhrelid
        where inhparent = 'exchanges'::regclass order by 1`,
    })
    return found.map(({ name }) => name)
  }
  const countIn = async (table: string) => {
    const [row] = await connection.query<{ readonly count: number }>({
      text: `select count(*) as count from only ${table}`,
    })
    return row?.count
  }
  await journal.prune(noon)
  t.same(await days(), ['exchanges_20261124', 'exchanges_20261125', 'exchanges_20261126', 'exchanges_other'])
  const first = record(0, { tenant: 'acme' })
  const second = record(1, { tenant: 'acme' })
  t.same(await idsOf(journal), [second, first])
  t.same([await countIn('exchanges_20261124'), await countIn('exchanges_20261125')], [1, 1])
  await connection.execute(`
    insert into exchange_notes (tenant, id, findings, client) select tenant, id, '[]', 'entra' from exchanges;
    insert into findings (tenant, exchange, nth, finding, at, detail) select tenant, id, 0, 'odd', at, 'Odd.' from exchanges`)
  for (const passed of [1, 2, 3]) await journal.prune(noon + passed * day)
  t.same(await idsOf(journal), [second])
  t.notOk((await days()).includes('exchanges_20261124'))
  t.same(
    await connection.query({
      text: `select id, (select exchange from findings) as finding, (select count(*) from unanalyzed_exchanges) as pending
        from exchange_notes`,
    }),
    [{ id: second, finding: second, pending: 1 }],
  )
})

t.test('the count of the retention is kept across partitions', { skip }, async t => {
  const { location } = await createTables(t)
  const { journal } = openPostgresJournal(t, location, { retention: { count: 3, days: 100 } })
  const record = createRecorder(journal)
  await journal.prune(noon)
  const ids = [0, 0, 1, 1, 1, 2].map(passed => record(passed))
  await journal.prune(noon)
  t.same(await idsOf(journal), ids.slice(3).toReversed())
  t.match(await journal.extent(), { exchanges: 3, oldest: noon + day })
})

t.test(
  'a whole day in excess is dropped, and rows that an earlier release stored are counted',
  { skip },
  async t => {
    const { location, connection } = await createTables(t)
    const { journal: before } = openPostgresJournal(t, location)
    await before.prune(noon)
    await insertExchanges(connection, 0, 12_000)
    t.match(await before.extent(), { exchanges: 0 })
    const limits: unknown[] = []
    const { journal } = openPostgresJournal(t, location, {
      retention: { count: 3, days: 100 },
      onLimit: limit => limits.push(limit),
    })
    const record = createRecorder(journal)
    const ids = [1, 1, 2].map(passed => record(passed))
    await journal.prune(noon)
    t.same(await idsOf(journal), ids.toReversed())
    t.match(await journal.extent(), { exchanges: 3, oldest: noon + day })
    t.match(limits, [{ kind: 'authenticated', unit: 'exchanges', stored: 12_003, limit: 3 }])
    const [days] = await connection.query({ text: `select to_regclass('exchanges_20261124') as table` })
    t.same(days, { table: null })
  },
)

t.test('exchanges without a partition of their day are in the default one', { skip }, async t => {
  const { location } = await createTables(t)
  const { journal } = openPostgresJournal(t, location, { retention: { count: 100, days: 2 } })
  const record = createRecorder(journal)
  const ids = [-5, 0, 30].map(passed => record(passed))
  t.same(await idsOf(journal), ids.toReversed())
  await journal.prune(noon)
  t.same(await idsOf(journal), ids.slice(1).toReversed(), 'a partition is not needed')
})

t.test(
  'for a role that may not create partitions, the owner creates those of 90 days and drops empty ones',
  { skip },
  async t => {
    const { ofOwner, ofApp, connection } = await createWithRoles(t)
    const created = await preparePartitions(ofOwner, noon)
    t.match(created, {
      created: { 0: 'exchanges_20261124', length: 91, 90: 'exchanges_20270222' },
      dropped: [],
    })
    t.same(await preparePartitions(ofOwner, noon), { created: [], dropped: [] }, 'once')
    t.equal(await preparePartitions(ofApp, noon), undefined)

    const { journal } = openPostgresJournal(t, ofApp, { retention: { count: 100, days: 2 } })
    const record = createRecorder(journal)
    const [first, second] = [record(0), record(1)]
    t.same(await idsOf(journal), [second, first])
    const filesOf = (table: string) =>
      connection.query<{ readonly file: number; readonly exchanges: number }>({
        text: `select pg_relation_filenode('${table}') as file, (select count(*) from ${table}) as exchanges`,
      })
    const stored = await filesOf('exchanges_20261124')
    t.match(stored, [{ exchanges: 1 }], 'in the partition of its day')
    for (const passed of [1, 2, 3]) await journal.prune(noon + passed * day)
    t.same(await idsOf(journal), [second])
    const truncated = await filesOf('exchanges_20261124')
    t.match(truncated, [{ exchanges: 0 }])
    t.not(truncated[0]?.file, stored[0]?.file, 'it was truncated')
    await journal.prune(noon + 3 * day)
    t.same(await filesOf('exchanges_20261124'), truncated, 'only once')
    t.match(await journal.extent(), { exchanges: 1 })

    t.same(await preparePartitions(ofOwner, noon + 3 * day), {
      created: ['exchanges_20270223', 'exchanges_20270224', 'exchanges_20270225'],
      dropped: ['exchanges_20261124', 'exchanges_20261126'],
    })
    t.same(await idsOf(journal), [second])
  },
)

t.test('a day that can be deleted only row by row takes nothing of the next day', { skip }, async t => {
  const { ofOwner, ofApp, app, connection } = await createWithRoles(t)
  await preparePartitions(ofOwner, noon)
  await connection.execute(`revoke truncate on exchanges_20261124 from ${app}`)
  for (const passed of [0, 1]) await insertExchanges(connection, passed, 11_000)
  await connection.execute(
    `insert into exchange_notes (tenant, id, findings, client) select tenant, id, '[]', 'entra' from exchanges`,
  )
  const { journal } = openPostgresJournal(t, ofApp, { retention: { count: 10_500, days: 100 } })
  await journal.prune(noon)
  t.match(await journal.extent(), { exchanges: 10_500, oldest: noon + day + 501 })
  t.same(await connection.query({ text: 'select count(*) as notes from exchange_notes' }), [
    { notes: 10_500 },
  ])
})

t.test('exchanges without a partition are deleted before those of a later day', { skip }, async t => {
  const { location, connection } = await createTables(t)
  await insertExchanges(connection, -1, 11_000)
  const { journal: before } = openPostgresJournal(t, location)
  await before.prune(noon)
  const record = createRecorder(before)
  const ids = [0, 0].map(passed => record(passed))
  await before.flush()
  const { journal } = openPostgresJournal(t, location, { retention: { count: 3, days: 100 } })
  await journal.prune(noon)
  t.same((await idsOf(journal)).slice(0, 2), ids.toReversed())
  t.match(await journal.extent(), { exchanges: 3 })
})
