import t, { type Test } from 'tap'
import { userType } from '../../../../src/scim/core-schemas.ts'
import { connect } from '../../../../src/storage/sqlite/connections.ts'
import { openSqlite } from '../../../../src/storage/sqlite/database.ts'
import { createDirectory } from '../../../../src/storage/sqlite/directory.ts'
import { migrate } from '../../../../src/storage/sqlite/migrations.ts'
import { createResourceStore } from '../../../../src/storage/sqlite/resources.ts'
import { createQueryRunner } from '../../../../src/storage/sqlite/statements.ts'
import { createWriter } from '../../../../src/storage/sqlite/writer.ts'
import { filterOn, pathOn, tenant } from '../../../contract/store-fixture.ts'

const users = 10_000
const abandoned = new Error('nobody waits for the rows')

/** A large directory whose searches are abandoned soon after their start. */
function open(t: Test) {
  const path = `${t.testdir()}/data.db`
  const db = openSqlite(path)
  migrate(db)
  db.exec(`
    with recursive n (key) as (select 1 union all select key + 1 from n limit ${users})
    insert into resources (key, tenant, type, id, document, search, keys, version, created, last_modified, label,
      display, names, enabled)
    select key, ${tenant}, 'User', 'u' || key, '{}', jsonb('{}'), '[]', 1, 1, 1, 'u' || key, '', 'u' || key, 1 from n;
    insert into keys select tenant, type, 'userName', id, key from resources;
    insert into counts values (${tenant}, 'User', 0, ${users})`)
  const connections = connect(db)
  const writer = createWriter(db)
  const ownConnection = openSqlite(path)
  t.teardown(async () => {
    ownConnection.close()
    await writer.close()
    await connections.close()
  })
  let checks = 0
  const run = createQueryRunner(ownConnection, () => {
    if (++checks > 3) throw abandoned
  })
  const longReads: typeof connections.longReads = {
    run: async queries => {
      checks = 0
      return run(queries)
    },
    close: async () => {},
  }
  const reading = { ...connections, longReads }
  return {
    store: createResourceStore(reading, writer, undefined, {
      textIndex: { minimum: Number.POSITIVE_INFINITY },
      longWork: 0,
    }),
    directory: createDirectory(reading, writer, 0),
  }
}

const page = { slice: { by: 'index', offset: 0, count: 10 }, total: true } as const

t.test('a list ends soon after its client has left', async t => {
  const { store } = open(t)
  const filter = (text: string) => ({ type: 'User', filter: filterOn(userType, text) })
  const sortBy = pathOn(userType, 'title')
  const nothing = [filter('title co "x"')]
  const lists = {
    'without an index': { typeQueries: nothing },
    'by an index': { typeQueries: [filter('userName co "x"')] },
    'of several types': {
      typeQueries: [filter('title co "x"'), { ...filter('title co "x"'), type: 'Group' }],
    },
    sorted: { typeQueries: [{ type: 'User', sortBy }], order: 'ascending' as const },
    'filtered and sorted': {
      typeQueries: [{ ...filter('title co "x"'), sortBy }],
      order: 'descending' as const,
    },
  }
  for (const [title, list] of Object.entries(lists)) {
    await t.rejects(async () => store.list(tenant, { ...list, ...page }), abandoned, title)
    if ('order' in list) await t.rejects(store.orderedKeys(tenant, list), abandoned, `the keys, ${title}`)
  }
  const count = { by: 'index', offset: 0, count: 0 } as const
  await t.rejects(
    async () => store.list(tenant, { typeQueries: nothing, slice: count, total: true }),
    abandoned,
    'the count',
  )
  const after = { by: 'after', key: 0, count: 10 } as const
  await t.rejects(
    async () => store.list(tenant, { typeQueries: nothing, slice: after, total: false }),
    abandoned,
    'by key',
  )
})

t.test('a search of the console ends soon after its client has left', async t => {
  const { directory } = open(t)
  const searches: Readonly<Record<string, () => Promise<unknown>>> = {
    'by text': () => directory.identities(tenant, 'User', { text: 'nobody', limit: 10 }),
    'stale identities': () =>
      directory.stale(tenant, { inactiveSince: 0, references: [], containers: [], limit: 10 }),
    'a value': () => directory.hasValue(tenant, 'User', ['title']),
  }
  for (const [title, search] of Object.entries(searches)) await t.rejects(search(), abandoned, title)
})
