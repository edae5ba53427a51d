import t, { type Test } from 'tap'
import type { Leader } from '../../../../src/domain/ports/leader.ts'
import { createOnlyInstance } from '../../../../src/domain/ports/leader.ts'
import { userType } from '../../../../src/scim/core-schemas.ts'
import {
  createLane,
  createSerialLane,
  inTransaction,
  type Reads,
  type SerialLane,
} from '../../../../src/storage/postgres/connect.ts'
import {
  type Connection,
  type DatabaseLocation,
  openConnection,
} from '../../../../src/storage/postgres/connection.ts'
import { createResourceReads, createResourceStore } from '../../../../src/storage/postgres/resources.ts'
import { createPostgresSnapshots } from '../../../../src/storage/postgres/snapshots.ts'
import { clearRemovedTenant, clearTenants, lockTenants } from '../../../../src/storage/postgres/tenants.ts'
import {
  createTextIndex,
  createTextIndexBuilder,
  type TextIndexOptions,
} from '../../../../src/storage/postgres/text-index.ts'
import { actionsOn, filterOn, pathOn, tenant } from '../../../contract/store-fixture.ts'
import { describeTextIndex, type IndexedDatabase, requireCompleteRows } from '../../../contract/text-index.ts'
import { until } from '../../../support/cluster.ts'
import { skipWithoutPostgres } from '../../../support/postgres.ts'
import { createTenants, openForTest, openPostgresStore } from '../../../support/postgres-store.ts'

const skip = skipWithoutPostgres

type BuilderOptions = Partial<Parameters<typeof createTextIndexBuilder>[0]>

/** A leader whose term has this number. It does not end. */
const leaderOf = (number: number): Leader => ({
  lead(work) {
    const end = new AbortController()
    const ended = work({ number }, end.signal)
    return () => {
      end.abort()
      return ended
    }
  },
})

const setTerm = (connection: Connection, number: number) =>
  connection.query(
    {
      text: `update leases set number = $1, holder = 'one', until = 'infinity' where name = 'leader'`,
    },
    [number],
  )

function openLane(t: Test, location: DatabaseLocation): SerialLane {
  const lane = createSerialLane(createLane(() => openConnection(location)))
  t.teardown(() => lane.close())
  return lane
}

/** A schema with one instance. */
async function openInstance(t: Test) {
  const location = await createTenants(t, [tenant])
  const connection = await openForTest(t, location)
  await setTerm(connection, 1)
  const parts = openPostgresStore(t, location, { readers: 1 })
  const { reads } = parts.connections
  return {
    ...parts,
    location,
    connection,
    reads,
    /** A store that indexes texts, with nothing in memory. */
    openStore: (options: TextIndexOptions = { minimum: 0 }) =>
      createResourceStore(reads, parts.lanes, { ...parts, textIndex: createTextIndex(reads, options) }),
    build: (options: BuilderOptions = {}) => {
      const stop = createTextIndexBuilder({
        reads,
        lane: openLane(t, location),
        leader: leaderOf(1),
        onError: error => {
          throw error
        },
        portion: 3,
        portionPause: 0,
        subscribe(listener) {
          const timer = setInterval(listener, 2)
          return () => clearInterval(timer)
        },
        ...options,
      })
      t.teardown(stop)
      return stop
    },
    numbers: async (text: string) => {
      const rows = await connection.query<{ readonly n: number | null }>({ text })
      return rows.map(({ n }) => n)
    },
    rows: () => rowsOf(connection),
  }
}

type Instance = Awaited<ReturnType<typeof openInstance>>

const complete = 'select count(*) as n from indexed_attributes where built_to is null'

const untilComplete = ({ numbers }: Instance, attributes = 1) =>
  until(async () => (await numbers(complete))[0] === attributes)

type Row = { readonly key: number; readonly value: string }

async function rowsOf(connection: Connection) {
  const attributes = await connection.query<{ readonly type: string; readonly attribute: string }>({
    text: 'select type, attribute from indexed_attributes',
  })
  return Promise.all(
    attributes.map(async ({ type, attribute }) => ({
      attribute,
      expected: await connection.query<Row>(
        {
          text: `select r.key, r.search #>> a.path as value from indexed_attributes a join resources r on r.type = a.type
            where a.type = $1 and a.attribute = $2 and r.search #>> a.path is not null order by 1`,
        },
        [type, attribute],
      ),
      actual: await connection.query<Row>(
        {
          text: `select resource as key, coalesce(whole, value) as value from indexed_texts
            where type = $1 and attribute = $2 order by 1, 2`,
        },
        [type, attribute],
      ),
    })),
  )
}

/** Returns a function that empties the database of the test. */
function openOn(t: Test): () => Promise<IndexedDatabase> {
  let opened: Promise<Instance> | undefined
  const open = async () => {
    const instance = await openInstance(t)
    instance.build({ leader: createOnlyInstance() })
    return instance
  }
  return async () => {
    opened ??= open()
    const instance = await opened
    const { location, connection, reads, store, openStore } = instance
    const lane = createLane(() => openConnection(location))
    const clear = (clearing: (on: Connection, keys: readonly number[]) => Promise<void>) =>
      inTransaction(lane, async on => clearing(on, await lockTenants(on, 't.key = $1', [tenant])))
    await clear(async (on, [key = 0]) => clearRemovedTenant(on, { key, id: 'acme' }))
    await connection.execute('delete from snapshots')
    return {
      indexed: openStore(),
      scanning: {
        ...store,
        ...createResourceReads(reads, { textIndex: { indexOf: async () => () => undefined, clear() {} } }),
      },
      snapshots: createPostgresSnapshots({
        reads,
        lane,
        flush: async () => {},
        change: job => inTransaction(lane, job),
        confirm: async () => {},
      }),
      clear: () => clear(clearTenants),
      untilBuilt: async attributes => {
        await untilComplete(instance, attributes)
        return openStore()
      },
      rows: () => rowsOf(connection),
      close: lane.close,
    }
  }
}

const slice = { by: 'index' as const, offset: 0, count: 2 }
const titles = (text: string) => ({
  typeQueries: [{ type: 'User', filter: filterOn(userType, `title co "${text}"`) }],
  slice,
  total: true,
})

t.test('with PostgreSQL', { skip }, async t => {
  describeTextIndex(t, openOn, 30)
})

t.test('an index is built for large types only, and other instances find it', { skip }, async t => {
  const instance = await openInstance(t)
  const { openStore, reads, numbers, connection } = instance
  const store = openStore({ minimum: 40, maxAge: 0 })
  const { addUser, changeUser } = actionsOn(store)
  await Promise.all(Array.from({ length: 30 }, (_, at) => addUser(`u${at}`, { title: `Title ${at}` })))
  instance.build()
  await store.list(tenant, titles('7'))
  await reads.query({ text: 'select 1' })
  t.same(await numbers('select count(*) as n from indexed_attributes'), [0], 'too few resources')
  await connection.execute(`insert into counts values (${tenant}, 'User', 99, 0, 10)`)
  await until(async () => {
    const { total } = await store.list(tenant, titles('7'))
    t.equal(total, 3)
    return (await numbers(complete))[0] === 1
  })
  const textIndex = createTextIndex(reads)
  const indexOf = await textIndex.indexOf(tenant)
  t.equal(indexOf('User', pathOn(userType, 'title')), 'indexed_texts')
  t.equal(indexOf('Group', pathOn(userType, 'title')), undefined, 'of this type only')
  t.equal(indexOf('User', pathOn(userType, 'userName')), 'keys')
  await changeUser('u1', { title: '777' })
  t.equal((await openStore().list(tenant, titles('7'))).total, 4)
  await requireCompleteRows(instance)
})

t.test('two instances write while the index is built', { skip }, async t => {
  const instance = await openInstance(t)
  const { location, openStore, lanes, numbers } = instance
  const other = openPostgresStore(t, location)
  const first = actionsOn(openStore())
  const second = actionsOn(other.store)
  const ids = Array.from({ length: 400 }, (_, at) => `u${at}`)
  await Promise.all(ids.map(id => first.addUser(id, { title: id })))
  const stopBuilding = instance.build({ portion: 10 })
  await openStore().list(tenant, titles('7'))
  let isBuilt = false
  const built = untilComplete(instance).then(() => {
    isBuilt = true
  })
  let changes = 0
  const write = async ({ addUser, changeUser, remove }: typeof first, from: number) => {
    for (let at = from; !isBuilt || at < 400; at += 7) {
      const id = ids[(at * 31) % ids.length] ?? ''
      await Promise.all([
        changeUser(id, { title: `${at} ${'x'.repeat(at % 300)}` }),
        changeUser(ids[(at * 17 + 1) % ids.length] ?? '', at % 3 === 0 ? {} : { title: `Other ${at}` }),
        addUser(`n${from}-${at}`, { title: `New ${at}` }),
      ])
      if (at % 2 === 0) await remove('User', `n${from}-${at}`)
      changes++
    }
  }
  await Promise.all([built, write(first, 0), write(second, 1)])
  await stopBuilding()
  await Promise.all([lanes.flush(), other.lanes.flush()])
  t.ok(changes > 0)
  t.same(await numbers('select count(*) as n from indexed_attributes'), [1])
  await requireCompleteRows(instance)
})

t.test('the builder waits for a transaction that began before the index was requested', { skip }, async t => {
  const instance = await openInstance(t)
  const { location, openStore, numbers, reads } = instance
  await actionsOn(openStore()).addUser('u', { title: 'Boss' })
  const earlier = await openForTest(t, location)
  // As by a transaction that did not see the request.
  await earlier.execute(`
    begin;
    select 1 from tenants where key = ${tenant} for key share;
    update resources set search = jsonb_set(search, '{title}', '"chief"')`)
  let queries = 0
  const counted: Pick<Reads, 'query'> = {
    query: (...query) => {
      queries++
      return reads.query(...query)
    },
  }
  instance.build({ reads: counted })
  await openStore().list(tenant, titles('o'))
  await until(() => queries >= 10)
  t.same(await numbers('select built_to as n from indexed_attributes'), [0])
  await earlier.execute('commit')
  await untilComplete(instance)
  await requireCompleteRows(instance)
})

t.test('a locked resource delays its portion, not the transaction that has it', { skip }, async t => {
  const instance = await openInstance(t)
  const { location, openStore, numbers } = instance
  const { addUser } = actionsOn(openStore())
  for (const id of ['a', 'b', 'c', 'd']) await addUser(id, { title: id })
  await openStore().list(tenant, titles('o'))
  await until(async () => (await numbers('select count(*) as n from indexed_attributes'))[0] === 1)
  const locking = await openForTest(t, location)
  await locking.execute(`begin; select 1 from resources where id = 'd' for no key update`)
  const lane = openLane(t, location)
  const failures: unknown[] = []
  instance.build({
    lane: {
      transaction: job =>
        lane.transaction(job).catch(error => {
          failures.push(error)
          throw error
        }),
    },
  })
  await until(() => failures.length > 1)
  const [builtTo] = await numbers('select built_to as n from indexed_attributes')
  t.same(await numbers(`select key as n from resources where id = 'c'`), [builtTo])
  t.match(failures, [{ code: '55P03' }])
  await locking.execute('rollback')
  await untilComplete(instance)
  await requireCompleteRows(instance)
})

t.test('another instance continues after the builder was killed', { skip }, async t => {
  const instance = await openInstance(t)
  const { connection, location, openStore, numbers } = instance
  const { addUser } = actionsOn(openStore())
  for (let at = 0; at < 10; at++) await addUser(`u${at}`, { title: `Title ${at}` })
  await openStore().list(tenant, titles('o'))
  // Stops for long after the first portion, as if its process were killed.
  instance.build({ portionPause: 1_000_000 })
  const third = await numbers(`select key as n from resources where id = 'u2'`)
  await until(async () => (await numbers('select built_to as n from indexed_attributes'))[0] === third[0])
  await setTerm(connection, 2)
  t.same(await numbers('select count(*) as n from indexed_texts'), [3])
  instance.build({ leader: leaderOf(2) })
  await untilComplete(instance)
  await requireCompleteRows(instance)
  let transactions = 0
  const lane = openLane(t, location)
  await setTerm(connection, 3)
  await connection.execute(`delete from indexed_texts; update indexed_attributes set built_to = 0`)
  instance.build({
    lane: {
      transaction: job => {
        transactions++
        return lane.transaction(job)
      },
    },
  })
  await until(() => transactions > 2)
  t.same(await numbers('select count(*) as n from indexed_texts'), [0], 'an old lease indexes nothing')
})
