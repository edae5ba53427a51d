import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { userType } from '../../../src/scim/core-schemas.ts'
import type { SortOrder } from '../../../src/scim/sorting.ts'
import { connect } from '../../../src/sqlite/connections.ts'
import { type Database, openSqlite } from '../../../src/sqlite/database.ts'
import { createLongWrites } from '../../../src/sqlite/long-writes.ts'
import { migrate } from '../../../src/sqlite/migrations.ts'
import { createResourceStore, type SqliteResourceStore } from '../../../src/sqlite/resources.ts'
import { createSqliteSnapshots } from '../../../src/sqlite/snapshots.ts'
import { clearTenants } from '../../../src/sqlite/tenant-clearing.ts'
import { createWriter } from '../../../src/sqlite/writer.ts'
import { actionsOn, filterOn, pathOn, tenant } from '../../contract/store-fixture.ts'
import { assertProperty } from '../../support/property.ts'

const department = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department'

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

const filters = [
  'name.familyName co "A"',
  'name.familyName sw "é"',
  'name.familyName ew "b"',
  'title eq "a"',
  'title gt "a"',
  `${department} co ""`,
  `title co "a" and ${department} sw "a"`,
  'not (title co "a") or name.familyName ew "É"',
  'userName co "1"',
]
const sortings = ['name.familyName', 'title', department, 'nickName', 'userName']

const lists = [
  ...filters.map(text => ({ text, typeQueries: [{ type: 'User', filter: filterOn(userType, text) }] })),
  ...sortings.flatMap(name =>
    (['ascending', 'descending'] as const).map((order: SortOrder) => ({
      text: `${name} ${order}`,
      typeQueries: [{ type: 'User', sortBy: pathOn(userType, name) }],
      order,
    })),
  ),
]

/** Each list: pages of three, their total, and the keys of all matches. */
async function listsOf(store: SqliteResourceStore): Promise<readonly object[]> {
  const found: object[] = []
  for (const { text, ...query } of lists) {
    const pages: (readonly string[])[] = []
    for (let offset = 0; ; offset += 3) {
      const slice = { by: 'index' as const, offset, count: 3 }
      const { page, total, hasMore } = await store.list(tenant, { ...query, slice, total: true })
      pages.push([...page.map(({ id }) => id), `${hasMore} ${total}`])
      if (!hasMore) break
    }
    const keys = 'order' in query ? await store.orderedKeys(tenant, query) : []
    found.push({ text, pages, keys: [...keys] })
  }
  return found
}

/** Compares the rows of the index with the search forms. */
function requireCompleteRows(db: Database): void {
  for (const { type, attribute, path } of db
    .prepare<[], { type: string; attribute: string; path: string }>('select * from indexed_attributes')
    .all()) {
    const names: readonly string[] = JSON.parse(path)
    const value = `search ->> '$.${names.map(name => `"${name}"`).join('.')}'`
    const expected = db
      .prepare(
        `select key, ${value} as value from resources where type = ? and value is not null order by key`,
      )
      .all(type)
    const actual = db
      .prepare(
        'select resource as key, value from indexed_texts where type = ? and attribute = ? order by 1, 2',
      )
      .all(type, attribute)
    assert.deepEqual(actual, expected, attribute)
  }
}

const text = fc.constantFrom('', 'a', 'A', 'ab', 'É', 'éa', '\uffee', '😀', '\u{10ffff}')
const values = fc.record(
  {
    title: text,
    name: fc.record({ familyName: text }, { requiredKeys: [] }),
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': fc.record({ department: text }),
  },
  { requiredKeys: [] },
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ does: fc.constant('add' as const), values }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('change' as const), which: fc.nat(), values }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('remove' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constantFrom('list', 'clear', 'save', 'restore') }) },
)

/** Runs steps, and compares the lists of both stores in between. */
async function compareLists(
  { db, indexed, scanning, addUser, changeUser, remove, clear, snapshots, close }: ReturnType<typeof open>,
  steps: readonly Step[],
): Promise<void> {
  let ids: string[] = []
  let saved: { readonly id: string; readonly ids: readonly string[] } | undefined
  for (const [at, each] of steps.entries()) {
    const id = 'which' in each ? ids[each.which % ids.length] : undefined
    switch (each.does) {
      case 'add':
        ids.push(`u${at}`)
        await addUser(`u${at}`, each.values)
        break
      case 'change':
        if (id !== undefined) await changeUser(id, each.values)
        break
      case 'remove':
        if (id !== undefined) await remove('User', id)
        ids = ids.filter(other => other !== id)
        break
      case 'list':
        assert.deepEqual(await listsOf(indexed), await listsOf(scanning))
        break
      case 'clear':
        await clear()
        ids = []
        break
      case 'save':
        saved = { id: (await snapshots.save()).id, ids: [...ids] }
        break
      case 'restore':
        if (saved) await snapshots.restore(saved.id)
        if (saved) ids = [...saved.ids]
    }
  }
  await listsOf(indexed)
  await untilBuilt(db)
  // A restore completes the indexes, too.
  assert.deepEqual(await listsOf(indexed), await listsOf(scanning))
  requireCompleteRows(db)
  await close()
}

t.test(
  'lists by the index are those by the documents, whatever happens before and during a build',
  async t => {
    await assertProperty(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), steps => compareLists(open(t), steps)),
      { numRuns: 60 },
    )
  },
)

t.test('lists by long reads are those in place', async t => {
  let databases = 0
  await assertProperty(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 40 }), steps =>
      compareLists(open(t, `${t.testdir()}/${databases++}.db`, { longWork: 0 }), steps),
    ),
    { numRuns: 8 },
  )
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
