import t, { type Test } from 'tap'
import { BusyError } from '../../../../src/domain/ports/database.ts'
import { groupType } from '../../../../src/scim/core-schemas.ts'
import { connectPostgres } from '../../../../src/storage/postgres/connect.ts'
import { createPostgresOrders } from '../../../../src/storage/postgres/kept-orders.ts'
import { createLongReads } from '../../../../src/storage/postgres/long-reads.ts'
import { createTextIndex } from '../../../../src/storage/postgres/text-index.ts'
import { actionsOn, pathOn } from '../../../contract/store-fixture.ts'
import { createSchema, runOnServer, skipWithoutPostgres } from '../../../support/postgres.ts'
import { createTenants, openForTest, openPostgresStore } from '../../../support/postgres-store.ts'

async function open(t: Test, maxWaiting = 1) {
  const location = await createSchema(t)
  const { reads, longReaders, close } = connectPostgres(location, { readers: 1, longReaders: 1, lanes: 0 })
  t.teardown(close)
  const observer = await openForTest(t, location)
  const lock = 'pg_advisory_lock(hashtext(current_schema()))'
  /** Resolves when a statement waits for the lock. */
  const waitForLock = async () => {
    const text = `select 1 from pg_locks where locktype = 'advisory' and not granted`
    while ((await observer.query({ text })).length === 0);
  }
  return {
    longReads: createLongReads(longReaders, reads, maxWaiting),
    waitForLock,
    acquire: () => observer.query({ text: `select ${lock}` }),
    release: () => observer.query({ text: 'select pg_advisory_unlock_all()' }),
    locking: { text: `select 1 as locked from (select ${lock}, pg_advisory_unlock_all()) x`, values: [] },
    one: { text: 'select 1 as one', values: [] },
  }
}

const skip = skipWithoutPostgres

t.test('reads wait for the one that runs, and are rejected when too many wait', { skip }, async t => {
  const { longReads, waitForLock, acquire, release, locking, one } = await open(t)
  await acquire()
  const running = longReads.run([locking])
  await waitForLock()
  const waiting = longReads.run([one, one])
  await t.rejects(longReads.run([one]), BusyError)
  await release()
  t.same(await running, [[{ locked: 1 }]])
  t.same(await waiting, [[{ one: 1 }], [{ one: 1 }]])
})

t.test('an aborted read ends its statement, and rejects with the reason', { skip }, async t => {
  const { longReads, waitForLock, acquire, locking, one } = await open(t)
  await acquire()
  const client = new AbortController()
  const reason = new Error('The client left.')
  const running = longReads.run([locking, one], client.signal)
  const left = new AbortController()
  const waiting = longReads.run([one], left.signal)
  await waitForLock()
  left.abort(reason)
  await t.rejects(waiting, reason)
  client.abort(reason)
  await t.rejects(running, reason)
  t.same(await longReads.run([one]), [[{ one: 1 }]], 'the connection is used again')
  await t.rejects(longReads.run([one], client.signal), reason)
})

t.test('an order is no longer read after its client disconnects', { skip }, async t => {
  const location = await createTenants(t)
  const { store, longReads, connections } = openPostgresStore(t, location, { longReaders: 1 })
  const { reads } = connections
  const orders = createPostgresOrders({ reads, longReads, textIndex: createTextIndex(reads), longWork: 0 })
  const { addGroup } = actionsOn(store)
  for (const id of ['b', 'a']) await addGroup(id)
  const holder = await openForTest(t, location)
  await holder.execute('begin; lock table walks')
  const client = new AbortController()
  const list = {
    typeQueries: [{ type: 'Group', sortBy: pathOn(groupType, 'displayName') }],
    order: 'ascending' as const,
  }
  const reason = new Error('The client left.')
  const keeping = orders.keep(1, { ...list, signal: () => client.signal }, 1)
  const waiting = { text: `select 1 from pg_locks where relation = 'walks'::regclass and not granted` }
  while ((await holder.query(waiting)).length === 0);
  client.abort(reason)
  await t.rejects(keeping, reason)
  t.same(await holder.query(waiting), [])
  await holder.execute('rollback')
  t.match(await orders.keep(1, list, 1), { length: 2, id: Number })
})

t.test('a read whose connection is lost is repeated', { skip }, async t => {
  const { longReads, waitForLock, acquire, release, locking } = await open(t)
  await acquire()
  const running = longReads.run([locking])
  await waitForLock()
  await runOnServer(
    `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and not granted`,
  )
  await release()
  t.same(await running, [[{ locked: 1 }]])
})

t.test('an error of a statement is passed on', { skip }, async t => {
  const { longReads, one } = await open(t)
  await t.rejects(longReads.run([{ text: 'select missing', values: [] }, one]), { code: '42703' })
  t.same(await longReads.run([one]), [[{ one: 1 }]])
})
