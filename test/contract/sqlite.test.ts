import t, { type Test } from 'tap'
import { connect } from '../../src/storage/sqlite/connections.ts'
import { openSqlite } from '../../src/storage/sqlite/database.ts'
import { createDirectory } from '../../src/storage/sqlite/directory.ts'
import { migrate } from '../../src/storage/sqlite/migrations.ts'
import { createMemberships } from '../../src/storage/sqlite/related.ts'
import { createResourceStore } from '../../src/storage/sqlite/resources.ts'
import { clearTenants } from '../../src/storage/sqlite/tenant-rows.ts'
import { createWriter } from '../../src/storage/sqlite/writer.ts'
import { describeDirectory } from './directory.ts'
import { describeEffects } from './exchange-effects.ts'
import { describeRetention } from './history-retention.ts'
import { describePast } from './history-view.ts'
import { describeMemberships } from './memberships.ts'
import { describePromisedMembers } from './promised-members.ts'
import { describeStore } from './resources.ts'
import { describeSecrets } from './secrets.ts'
import { place, rejectionOf, tenant, userDraft } from './store-fixture.ts'

type Options = { readonly path?: string; readonly longWork?: number }

const open = (t: Test, hasTenant?: (key: number) => boolean, { path, ...options }: Options = {}) => {
  const db = openSqlite(path)
  migrate(db)
  const connections = connect(db)
  const writer = createWriter(db)
  t.teardown(async () => {
    await writer.close()
    await connections.close()
  })
  const store = createResourceStore(connections, writer, hasTenant, options)
  const directory = createDirectory(connections, writer, options.longWork)
  const clear = (tenant: number) => writer.write(() => clearTenants(db, `tenant = ${tenant}`))
  const memberships = createMemberships(connections.reads)
  return { store, directory, memberships, flush: writer.flush, clear }
}

t.test('nothing is created for a deleted tenant', async t => {
  const gone = new Set<number>()
  const { store, directory, clear } = open(t, key => !gone.has(key))
  await store.insert(place('User', 'a'), { now: 1 }, userDraft('a'), 10)
  gone.add(tenant)
  await clear(tenant)
  t.equal(await rejectionOf(store.insert(place('User', 'b'), { now: 2 }, userDraft('b'), 10)), 'unauthorized')
  t.same(await directory.counts([tenant]), [{}])
})

describeStore(t, open)
t.test('with lists and searches in threads', async t => {
  const openWithThreads = (t: Test) => open(t, undefined, { path: `${t.testdir()}/data.db`, longWork: 0 })
  describeStore(t, openWithThreads)
  describeDirectory(t, openWithThreads)
})
describeDirectory(t, open)
describePast(t, open)
describeRetention(t, open)
describeEffects(t, open)
describeSecrets(t, open)
describeMemberships(t, open)
describePromisedMembers(t, open)
