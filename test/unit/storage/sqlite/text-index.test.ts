import { setImmediate as nextTurn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { userType } from '../../../../src/scim/core-schemas.ts'
import { connect } from '../../../../src/storage/sqlite/connections.ts'
import { type Database, openSqlite } from '../../../../src/storage/sqlite/database.ts'
import { maxValues } from '../../../../src/storage/sqlite/dialect.ts'
import { createLongWrites } from '../../../../src/storage/sqlite/long-writes.ts'
import { migrate } from '../../../../src/storage/sqlite/migrations.ts'
import { createResourceStore } from '../../../../src/storage/sqlite/resources.ts'
import { createSqliteSnapshots } from '../../../../src/storage/sqlite/snapshots.ts'
import { clearTenants } from '../../../../src/storage/sqlite/tenant-rows.ts'
import { createWriter } from '../../../../src/storage/sqlite/writer.ts'
import { actionsOn, filterOn, pathOn, tenant } from '../../../contract/store-fixture.ts'
import { compareIndexedLists, describeTextIndex, type IndexedDatabase } from '../../../contract/text-index.ts'

/** A store that indexes texts of every list, and one over the same tables that never does and reads in place. */
function open(t: Test, path?: string, { minIndexed = 0, longWork = Number.POSITIVE_INFINITY } = {}) {
  const db = openSqlite(path)
  migrate(db)
  const connections = connect(db)
  const writer = createWriter(db)
  db.exec(`
    insert or ignore into tenants (key, id, profile, on_delete, throttle, switches, clock_offset, created)
    values (${tenant}, 'acme', 'rfc', 'retain', 'off', '{}', 0, 0)`)
  const errors: unknown[] = []
  const indexed = createResourceStore(connections, writer, undefined, {
    textIndex: { minimum: minIndexed, onError: error => errors.push(error) },
    longWork,
  })
  const scanning = createResourceStore(connections, writer, undefined, {
    textIndex: { minimum: Number.POSITIVE_INFINITY },
    longWork: Number.POSITIVE_INFINITY,
  })
  const longWrites = createLongWrites(db, writer)
  const close = async () => {
    if (!db.open) return
    await writer.close()
    await longWrites.close()
    await connections.close()
  }
  t.teardown(close)
  return {
    db,
    errors,
    indexed,
    scanning,
    close,
    snapshots: createSqliteSnapshots({ db, writer, longWrites, reload: () => indexed.reload }),
    clear: () => writer.write(() => clearTenants(db, `tenant = ${tenant}`)),
    ...actionsOn(indexed),
  }
}

const incomplete = (db: Database) =>
  db.prepare('select count(*) from indexed_attributes where built_to is not null').pluck().get()

async function untilBuilt(db: Database): Promise<void> {
  do await nextTurn()
  while (incomplete(db) !== 0)
}

/** The rows of the indexes, and the texts of the search forms. */
function rowsOf(db: Database) {
  const attributes = db
    .prepare<[], { type: string; attribute: string; path: string }>('select * from indexed_attributes')
    .all()
  return attributes.map(({ type, attribute, path }) => {
    const names: readonly string[] = JSON.parse(path)
    const value = `search ->> '$.${names.map(name => `"${name}"`).join('.')}'`
    const rows = (text: string, ...values: string[]) =>
      db.prepare<string[], { key: number; value: string }>(text).all(...values)
    return {
      attribute,
      expected: rows(
        `select key, ${value} as value from resources where type = ? and value is not null order by key`,
        type,
      ),
      actual: rows(
        'select resource as key, value from indexed_texts where type = ? and attribute = ? order by 1, 2',
        type,
        attribute,
      ),
    }
  })
}

/** Returns a function that opens an empty database. */
const openOn =
  (t: Test, path?: () => string, options?: Parameters<typeof open>[2]) =>
  async (): Promise<IndexedDatabase> => {
    const opened = open(t, path?.(), options)
    const { db, indexed } = opened
    return {
      ...opened,
      untilBuilt: async () => {
        await untilBuilt(db)
        return indexed
      },
      rows: async () => rowsOf(db),
    }
  }

describeTextIndex(t, openOn, 60)

t.test('lists by long reads are those in place', async t => {
  let databases = 0
  const folder = t.testdir()
  await compareIndexedLists(
    openOn(t, () => `${folder}/${databases++}.db`, { longWork: 0 }),
    8,
    20,
  )
})

t.test('long reads of few values and of more find the same resources as in place', async t => {
  const { db, indexed, scanning, addUser } = open(t, `${t.testdir()}/data.db`, { longWork: 0 })
  const add = (from: number, to: number) =>
    Promise.all(
      Array.from({ length: to - from }, (_, at) => addUser(`u${from + at}`, { title: `Title ${from + at}` })),
    )
  const list = (store: typeof indexed, order?: 'descending') =>
    store.list(tenant, {
      typeQueries: [
        {
          type: 'User',
          filter: filterOn(userType, 'title co "7"'),
          ...(order && { sortBy: pathOn(userType, 'title') }),
        },
      ],
      ...(order && { order }),
      slice: { by: 'index', offset: 1, count: 5 },
      total: true,
    })
  const compare = async () => {
    t.same(await list(indexed), await list(scanning))
    t.same(await list(indexed, 'descending'), await list(scanning, 'descending'))
  }
  await add(0, 100)
  await list(indexed)
  await untilBuilt(db)
  await compare()
  await add(100, maxValues)
  await compare()
  await add(maxValues, maxValues + 1)
  await compare()
  t.equal((await list(indexed)).total, 95)
})

t.test('an index is built for large types only, in portions, and is kept across restarts', async t => {
  const path = `${t.testdir()}/data.db`
  const first = open(t, path, { minIndexed: 1200 })
  const list = ({ indexed }: typeof first) =>
    indexed.list(tenant, {
      typeQueries: [{ type: 'User', filter: filterOn(userType, 'title co "7"') }],
      slice: { by: 'index', offset: 0, count: 2 },
      total: true,
    })
  const add = (from: number, to: number) =>
    Promise.all(
      Array.from({ length: to - from }, (_, at) =>
        first.addUser(`u${from + at}`, { title: `Title ${from + at}` }),
      ),
    )
  await add(0, 900)
  await list(first)
  await nextTurn()
  t.same(first.db.prepare('select * from indexed_attributes').all(), [], 'too few resources')
  // The store admits a thousand users a type.
  first.db.exec(`insert into counts values (${tenant}, 'User', 99, 300)`)
  const { total } = await list(first)
  await untilBuilt(first.db)
  t.equal((await list(first)).total, total)
  t.same(first.db.prepare('select type, attribute, built_to from indexed_attributes').all(), [
    { type: 'User', attribute: 'title', built_to: null },
  ])
  t.equal(first.db.prepare('select count(*) from indexed_texts').pluck().get(), 900)
  await first.close()
  const second = open(t, path, { minIndexed: 1200 })
  await second.changeUser('u1', { title: '777' })
  t.equal((await list(second)).total, (total ?? 0) + 1)
  t.ok(second.db.prepare(`select 1 from indexed_texts where value = '777'`).get())
})

t.test('a failed build is reported, and the next list starts another one', async t => {
  const test = open(t)
  const { db, errors, indexed } = test
  await test.addUser('u', { title: 'Boss' })
  const list = () =>
    indexed.list(tenant, {
      typeQueries: [{ type: 'User', filter: filterOn(userType, 'title co "o"') }],
      slice: { by: 'index', offset: 0, count: 1 },
      total: true,
    })
  db.exec(
    "create trigger failure before insert on indexed_texts begin select raise(abort, 'no space for texts'); end",
  )
  t.equal((await list()).total, 1)
  while (errors.length === 0) await nextTurn()
  t.match(errors, [{ message: 'no space for texts' }])
  db.exec('drop trigger failure')
  t.equal((await list()).total, 1)
  await untilBuilt(db)
  t.equal(db.prepare('select count(*) from indexed_texts').pluck().get(), 1)
})
