import t, { type Test } from 'tap'
import {
  type ConnectOptions,
  connectPostgres,
  inTransaction,
  type Lane,
} from '../../../../src/storage/postgres/connect.ts'
import { openConnection } from '../../../../src/storage/postgres/connection.ts'
import { migrate } from '../../../../src/storage/postgres/migrations.ts'
import { createPostgresSnapshots } from '../../../../src/storage/postgres/snapshots.ts'
import { clearRemovedTenant, lockTenants, resetTenants } from '../../../../src/storage/postgres/tenants.ts'
import { connect } from '../../../../src/storage/sqlite/connections.ts'
import { openSqlite } from '../../../../src/storage/sqlite/database.ts'
import { createDirectory } from '../../../../src/storage/sqlite/directory.ts'
import { migrate as migrateSqlite } from '../../../../src/storage/sqlite/migrations.ts'
import { createResourceStore } from '../../../../src/storage/sqlite/resources.ts'
import { createWriter } from '../../../../src/storage/sqlite/writer.ts'
import { actionsOn, keep, place, tenant, userDraft } from '../../../contract/store-fixture.ts'
import { copyToPostgres } from '../../../support/copy-to-postgres.ts'
import { createSchema, skipWithoutPostgres } from '../../../support/postgres.ts'
import { rowsOfTenant } from '../../../support/rows-of-tenant.ts'

const skip = skipWithoutPostgres
const other = tenant + 1

/** A schema whose rows are written by way of SQLite, and its snapshots. */
async function open(t: Test, { maxSnapshots = 50 } = {}) {
  const db = openSqlite(undefined)
  migrateSqlite(db)
  for (const [key, id] of [
    [tenant, 'acme'],
    [other, 'other'],
  ]) {
    db.prepare(
      `insert into tenants (key, id, profile, on_delete, throttle, switches, clock_offset, created)
        values (?, ?, 'rfc', 'retain', 'off', '{}', 5, 0)`,
    ).run(key, id)
  }
  const sqlite = connect(db)
  const writer = createWriter(db)
  const store = createResourceStore(sqlite, writer)
  const directory = createDirectory(sqlite, writer)

  const location = await createSchema(t)
  await migrate(location)
  const options: ConnectOptions = { readers: 1, lanes: 2 }
  const connections = connectPostgres(location, options)
  const connection = await openConnection(location)
  const client = await openConnection(location)
  t.teardown(async () => {
    await Promise.all([connections.close(), connection.close(), client.close()])
    await writer.close()
    await sqlite.close()
  })
  const [lane, changes] = connections.lanes
  if (!lane || !changes) throw new Error('There are no lanes.')
  let now = 0
  let wrong: Error | undefined
  const restored: (readonly number[])[] = []
  const createSnapshots = (on: Lane) =>
    createPostgresSnapshots({
      reads: connections.reads,
      lane: on,
      flush: async () => {},
      change: job => inTransaction(changes, job),
      confirm: async (_, keys) => {
        if (wrong) throw wrong
        restored.push(keys)
      },
      maxSnapshots,
      clock: () => ++now,
    })
  return {
    ...actionsOn(store),
    store,
    directory,
    connection,
    client,
    lane,
    snapshots: createSnapshots(lane),
    /** Those of another instance, whose restores are not used. */
    others: createSnapshots(changes),
    restored,
    failWith: (error: Error | undefined) => {
      wrong = error
    },
    /** Makes the rows of PostgreSQL those of SQLite. */
    async write() {
      await writer.flush()
      await copyToPostgres(db, connection)
    },
    rows: (key = tenant) => rowsOfTenant(connection, key),
    numbers: async (sql: string) => {
      const rows = await connection.query<{ readonly n: number }>({ text: sql })
      return rows.map(({ n }) => n)
    },
  }
}

t.test('each row of each table is restored, with new keys', { skip }, async t => {
  const { snapshots, addUser, addGroup, changeUser, edit, remove, directory, ...all } = await open(t)
  const long = 'x'.repeat(400)
  await addUser('a', { nickName: long })
  const { key } = await addUser('b', { title: 'Boss' })
  await addUser('c', { nickName: 'Cé' })
  await addGroup('g', ['a', 'b', 'nobody', long], keep)
  await remove('User', 'a')
  directory.recordSeen(tenant, key, 5000)
  await all.write()
  await all.connection.execute(`
    insert into indexed_attributes (tenant, type, attribute, path, built_to)
    values (${tenant}, 'User', 'nickName', '{nickName}', 0)`)
  const saved = await snapshots.save('mine')
  const before = await all.rows()
  t.match(before, { lastSeen: [{ id: 'b', at: 5000 }], deletedResources: [{ id: 'a' }], orphans: [{ n: 0 }] })
  t.equal(before.memberships.length, 3)
  const keys = await all.numbers('select key as n from resources order by key')
  await all.connection.execute(`
    select setval('resource_key', 5000);
    delete from memberships; delete from versions where resource_key = ${key};
    update resources set document = '{}', version = 9; update tenants set clock_offset = 99;
    insert into last_seen (tenant, key, at) values (${tenant}, 999, 1)`)
  t.same(await snapshots.restore(saved.id), { tenants: ['acme', 'other'], skipped: [] })
  const { indexedTexts, ...after } = await all.rows()
  const { indexedTexts: _, ...expected } = before
  t.same(after, expected)
  t.match(indexedTexts, [{ value: 'cé', id: 'c', whole: null }], 'the text index is completed')
  t.same(all.restored, [[tenant, other]])
  t.same(
    await all.numbers('select key as n from resources order by key'),
    keys.map((_, at) => 5000 + at + 2),
    'after the deleted user, in the same order',
  )
  t.same(await all.numbers('select built_to as n from indexed_attributes'), [null])
  t.same(await all.numbers('select count(*) as n from restored_keys'), [0])
  await snapshots.restore(saved.id)
  t.same((await all.rows()).versions, before.versions)
})

t.test('each restore gives the resources a new era', { skip }, async t => {
  const { snapshots, addUser, write, connection } = await open(t)
  await addUser('a')
  await write()
  const { id } = await snapshots.save()
  const eras = new Set<string | null>()
  for (let time = 0; time < 3; time++) {
    await snapshots.restore(id)
    const [row] = await connection.query<{ readonly era: string | null }>({
      text: 'select era from resources',
    })
    eras.add(row?.era ?? null)
  }
  t.equal(eras.size, 3)
  t.notOk(eras.has(null))
})

t.test('snapshots are listed newest first, limited in number, and can be deleted', { skip }, async t => {
  const { snapshots, others, addUser, remove, write, numbers } = await open(t, { maxSnapshots: 2 })
  await addUser('a')
  await addUser('b')
  await remove('User', 'b')
  await write()
  const one = await snapshots.save('one')
  t.same(one, {
    id: one.id,
    name: 'one',
    created: 1,
    tenants: [
      { id: 'acme', counts: { User: 1 }, retained: 1 },
      { id: 'other', counts: {}, retained: 0 },
    ],
    bytes: one.bytes,
  })
  t.ok(one.bytes > 500 && one.bytes < 10_000, `${one.bytes} bytes`)
  const results = await Promise.allSettled([snapshots.save('two'), others.save('three')])
  t.same(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'], 'of two instances, one saves')
  await t.rejects(snapshots.save(), {
    name: 'SnapshotError',
    reason: 'limit',
    message: 'There are 2 snapshots, which is the maximum. Delete one first.',
  })
  const [newest, oldest] = await snapshots.list()
  t.same(oldest, one)
  t.same([await snapshots.remove(one.id), await snapshots.remove(one.id)], [true, false])
  t.same(await snapshots.list(), [newest])
  t.equal(await snapshots.restore(one.id), undefined)
  t.equal(await snapshots.restore('\0'), undefined)
  t.equal(await snapshots.remove(newest?.id ?? ''), true)
  t.same(
    await numbers(`select (select count(*) from snapshot_resources) + (select count(*) from snapshot_versions)
      + (select count(*) from snapshot_tenants) as n`),
    [0],
    'their rows are deleted',
  )
  t.match((await snapshots.save()).name, /^1970-01-01T00:00:00\.\d{3}Z$/)
})

t.test('a restore that fails changes nothing', { skip }, async t => {
  const { snapshots, addUser, failWith, rows, write } = await open(t)
  await addUser('a')
  await write()
  const { id } = await snapshots.save()
  await addUser('b')
  await write()
  const before = await rows()
  failWith(new Error('no such profile'))
  await t.rejects(snapshots.restore(id), {
    reason: 'unusable',
    message:
      "The snapshot has a tenant that this version of the server can't serve (no such profile). Restore it with the version that saved it, or delete it.",
  })
  t.same(await rows(), before)
  failWith(undefined)
  t.ok(await snapshots.restore(id))
})

t.test('deleted tenants are skipped, and newer ones stay as they are', { skip }, async t => {
  const { snapshots, addUser, connection, lane, rows, write, store, numbers } = await open(t)
  await addUser('a')
  await store.insert({ ...place('User', 'o'), tenant: other }, { now: 1 }, userDraft('o'), 10)
  await write()
  const { id } = await snapshots.save()
  await connection.execute(`delete from tenants where key = ${other}`)
  await inTransaction(lane, transaction => clearRemovedTenant(transaction, { key: other, id: 'other' }))
  t.same(await numbers(`select count(*) as n from resources where tenant = ${other}`), [0])
  await connection.execute(`
    insert into tenants (id, profile, on_delete, throttle, switches, clock_offset, created)
    values ('other', 'aws', 'retain', 'off', '{}', 0, 0)`)
  const [newer = 0] = await numbers(`select key as n from tenants where id = 'other'`)
  t.ok(newer > other, 'the key is not reused')
  const before = await rows(newer)
  t.same(await snapshots.restore(id), { tenants: ['acme'], skipped: ['other'] })
  t.same(await rows(newer), before)
})

t.test('requests continue while a snapshot is saved, and wait for a restore', { skip }, async t => {
  const { snapshots, addUser, client, write, rows } = await open(t)
  await addUser('a')
  await write()
  const before = await rows()
  const begin = `begin; select 1 from tenants where key = ${tenant} for key share`
  const rename = `update resources set label = 'renamed' where tenant = ${tenant}`
  await client.execute(`${begin}; ${rename}`)
  const { id } = await snapshots.save()
  const restore = snapshots.restore(id)
  await client.execute('commit')
  t.same(await restore, { tenants: ['acme', 'other'], skipped: [] })
  t.same(await rows(), before, 'the request that was not committed yet is not in the snapshot')
})

t.test('a reset affects one tenant only, and waits for its requests only', { skip }, async t => {
  const { addUser, addGroup, client, lane, write, rows, store, numbers } = await open(t)
  await addUser('a')
  await addGroup('g', ['a'])
  await store.insert({ ...place('User', 'o'), tenant: other }, { now: 1 }, userDraft('o'), 10)
  await write()
  const before = await rows(other)
  await client.execute(`begin; select 1 from tenants where key = ${other} for key share`)
  t.same(await inTransaction(lane, transaction => resetTenants(transaction, 'acme')), [tenant])
  await client.execute('commit')
  const { settings, orphans: _, ...rest } = await rows()
  t.match(settings, [{ profile: 'rfc', clock_offset: 0 }])
  t.same(Object.values(rest).flat(), [])
  t.same(await rows(other), before)
  t.same(await inTransaction(lane, transaction => resetTenants(transaction, undefined)), [tenant, other])
  t.same(await numbers('select count(*) as n from resources'), [0])
  t.same(await inTransaction(lane, transaction => resetTenants(transaction, 'nobody')), [])
})

t.test('a lock that requests hold for too long is reported', { skip }, async t => {
  const { client, connection, write } = await open(t)
  await write()
  await client.execute(`begin; select 1 from tenants where key = ${tenant} for key share`)
  await connection.execute('begin')
  const locked = lockTenants(connection, 't.key = $1', [tenant], 10)
  await t.rejects(locked, { name: 'BusyError', message: /^Clients change the tenant without a pause/ })
})
