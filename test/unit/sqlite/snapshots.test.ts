import { copyFileSync, existsSync, readdirSync, truncateSync, writeFileSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import t, { type Test } from 'tap'
import { toResourceId } from '../../../src/scim/resource.ts'
import { connect } from '../../../src/sqlite/connections.ts'
import { openSqlite } from '../../../src/sqlite/database.ts'
import { createDirectory } from '../../../src/sqlite/directory.ts'
import { createLongWrites } from '../../../src/sqlite/long-writes.ts'
import { migrate } from '../../../src/sqlite/migrations.ts'
import { createResourceStore } from '../../../src/sqlite/resources.ts'
import { createSqliteSnapshots } from '../../../src/sqlite/snapshots.ts'
import { clearTenants } from '../../../src/sqlite/tenant-clearing.ts'
import { createWriter } from '../../../src/sqlite/writer.ts'
import { actionsOn, place as at, keep, tenant, userDraft } from '../../contract/store-fixture.ts'

const page = { limit: 50 }

/** A store with one tenant, and its snapshots, over a file or in memory. */
function open(t: Test, path?: string, maxSnapshots = 50) {
  const db = openSqlite(path)
  migrate(db)
  const connections = connect(db)
  const writer = createWriter(db)
  const longWrites = createLongWrites(db, writer)
  const store = createResourceStore(connections, writer)
  const directory = createDirectory(connections, writer)
  db.exec(`
    insert or ignore into tenants (key, id, profile, on_delete, throttle, switches, clock_offset, created)
    values (${tenant}, 'acme', 'rfc', 'retain', 'off', '{}', 0, 0)`)
  let now = 0
  let wrong: Error | undefined
  const snapshots = createSqliteSnapshots({
    db,
    writer,
    longWrites,
    maxSnapshots,
    clock: () => ++now,
    reload: () => {
      if (wrong) throw wrong
      return () => {
        store.reload()
        directory.reload()
      }
    },
  })
  const close = async () => {
    if (!db.open) return
    await writer.close()
    await longWrites.close()
    await connections.close()
  }
  t.teardown(close)
  const ids = async () => (await directory.identities(tenant, 'User', page)).items.map(({ id }) => id)
  const failWith = (error: Error | undefined) => {
    wrong = error
  }
  const clear = () => writer.write(() => clearTenants(db, `tenant = ${tenant}`))
  return {
    db,
    clear,
    flush: writer.flush,
    store,
    directory,
    snapshots,
    ids,
    close,
    failWith,
    ...actionsOn(store),
  }
}

/** The tables of the store, without the columns that identify the restore of a row. */
const rowsOf = (db: Sqlite.Database): readonly (readonly object[])[] =>
  [
    'resources',
    'keys',
    'memberships',
    'versions',
    'membership_events',
    'deleted_resources',
    'last_seen',
    'counts',
  ].map(table =>
    db
      .prepare<[], Record<string, unknown>>(`select * from ${table} order by 1, 2`)
      .all()
      .map(({ era: _, ...row }) => row),
  )

for (const where of ['in memory', 'in a file']) {
  const place = (t: Test) => (where === 'in a file' ? `${t.testdir()}/data.db` : undefined)

  t.test(`${where}: each row of each table is restored`, async t => {
    const { db, snapshots, addUser, addGroup, changeUser, edit, remove, directory } = open(t, place(t))
    await addUser('a')
    const { key } = await addUser('b', { title: 'Boss' })
    await addGroup('g', ['a', 'b', 'nobody'], keep)
    await remove('User', 'a')
    directory.recordSeen(tenant, [key], 5000)
    const { id } = await snapshots.save('mine')
    const before = rowsOf(db)
    t.match(
      before,
      [[{}, {}], Array, [{}, {}], Array, Array, [{}], [{ at: 5000 }], Array],
      'it contains the times when identities were last seen',
    )
    await changeUser('b', { title: 'Former' })
    await edit('g', { kind: 'remove-all' })
    await addUser('c')
    t.same(await snapshots.restore(id), { tenants: ['acme'], skipped: [] })
    t.same(rowsOf(db), before)
  })

  t.test(`${where}: no key is reused, and the quota counts restored resources`, async t => {
    const { snapshots, directory, addUser, store, ids, clear } = open(t, place(t))
    const keys = new Set<number>()
    for (const id of ['a', 'b']) keys.add((await addUser(id)).key)
    const { id } = await snapshots.save()
    await clear()
    keys.add((await addUser('x')).key)
    await snapshots.restore(id)
    keys.add((await addUser('c')).key)
    t.equal(keys.size, 4)
    t.same(await ids(), ['c', 'b', 'a'])
    t.match(await directory.counts([tenant]), [{ User: { active: 3 } }])
    t.equal(
      (
        await store.list(tenant, {
          typeQueries: [{ type: 'User' }],
          slice: { by: 'index', offset: 0, count: 0 },
          total: true,
        })
      ).total,
      3,
    )
  })

  t.test(`${where}: each restore gives the resources a new era`, async t => {
    const { snapshots, clear, addUser, store } = open(t, place(t))
    await addUser('a')
    const { id } = await snapshots.save()
    const eraOf = async () => (await store.find({ tenant, type: 'User', id: toResourceId('a') }))?.era
    t.equal(await eraOf(), null)
    const eras = new Set<unknown>()
    for (let time = 0; time < 3; time++) {
      await clear()
      await snapshots.restore(id)
      eras.add(await eraOf())
    }
    t.equal(eras.size, 3)
    t.ok([...eras].every(era => typeof era === 'string'))
  })

  t.test(`${where}: snapshots are listed newest first, limited in number, and can be deleted`, async t => {
    const { snapshots } = open(t, place(t), 2)
    const one = await snapshots.save('one')
    const two = await snapshots.save('two')
    t.same(await snapshots.list(), [two, one])
    t.same(one, {
      id: one.id,
      name: 'one',
      created: 1,
      tenants: [{ id: 'acme', counts: {}, retained: 0 }],
      bytes: one.bytes,
    })
    await t.rejects(snapshots.save(), { name: 'SnapshotError', reason: 'limit' })
    t.same([await snapshots.remove(one.id), await snapshots.remove(one.id)], [true, false])
    t.same(await snapshots.list(), [two])
    t.equal(await snapshots.restore(one.id), undefined)
    t.equal((await snapshots.save()).name, '1970-01-01T00:00:00.003Z')
  })

  t.test(`${where}: a restore that fails changes nothing`, async t => {
    const { snapshots, addUser, failWith, db } = open(t, place(t))
    await addUser('a')
    const { id } = await snapshots.save()
    await addUser('b')
    const before = rowsOf(db)
    failWith(new Error('no such profile'))
    await t.rejects(snapshots.restore(id), {
      reason: 'unusable',
      message:
        "The snapshot has a tenant that this version of the server can't serve (no such profile). Restore it with the version that saved it, or delete it.",
    })
    t.same(rowsOf(db), before)
    failWith(undefined)
    t.ok(await snapshots.restore(id))
  })

  t.test(`${where}: a late record of a read stores nothing for a deleted resource`, async t => {
    const { db, snapshots, directory, addUser, clear, flush } = open(t, place(t))
    const empty = await snapshots.save()
    const { key } = await addUser('a')
    directory.recordSeen(tenant, [key], 5000)
    const full = await snapshots.save()
    const lastSeen = () => db.prepare('select key, at from last_seen').all()
    directory.recordSeen(tenant, [key], 6000)
    await snapshots.restore(empty.id)
    await flush()
    t.same(lastSeen(), [])
    directory.recordSeen(tenant, [key], 7000)
    await snapshots.restore(full.id)
    await flush()
    t.same(lastSeen(), [{ key, at: 5000 }], 'it is unchanged')
    directory.recordSeen(tenant, [key], 8000)
    await clear()
    await flush()
    t.same(lastSeen(), [])
  })

  t.test(`${where}: a row without a resource from an earlier version does not block a restore`, async t => {
    const { db, snapshots, directory, addUser, clear } = open(t, place(t))
    const { key } = await addUser('a')
    directory.recordSeen(tenant, [key], 5000)
    const { id } = await snapshots.save()
    await clear()
    db.prepare('insert into last_seen (key, at) values (?, 6000)').run(key)
    t.ok(await snapshots.restore(id))
    t.same(db.prepare('select key, at from last_seen').all(), [{ key, at: 5000 }])
  })

  t.test(`${where}: next to a remaining tenant, rows are restored with unused numbers`, async t => {
    const { db, snapshots, addUser, addGroup, directory, store, flush } = open(t, place(t))
    const newTenant = db.prepare(
      `insert into tenants (key, id, profile, on_delete, throttle, switches, clock_offset, created)
        values (?, ?, 'rfc', 'retain', 'off', '{}', 0, 0)`,
    )
    const highest = () =>
      db
        .prepare<[], Readonly<Record<string, number>>>(`
          select (select max(key) from resources) as key, (select max(key) from memberships) as membership,
            (select max(moment) from (select moment from versions union select moment from membership_events)) as moment`)
        .get()
    const { key } = await addUser('a')
    await addGroup('g', ['a'])
    for (let round = 1; round <= 40; round++) {
      const { id } = await snapshots.save()
      newTenant.run(tenant + round, `stays-${round}`)
      await store.insert({ ...at('User', 'x'), tenant: tenant + round }, { now: 1 }, userDraft('x'), 10)
      const last = await addUser(`later-${round}`)
      directory.recordSeen(tenant, [last.key], 9000)
      await snapshots.restore(id)
      await flush()
      t.same(db.prepare('select * from last_seen').all(), [], `round ${round}`)
      await snapshots.remove(id)
    }
    const { key: highestKey = 0, membership = 0, moment = 0 } = highest() ?? {}
    t.ok(highestKey > key && highestKey < 5000, `${highestKey} keys`)
    t.ok(membership < 5000 && moment < 5000, 'numbers are unique')
  })

  t.test(`${where}: concurrent writes run before or after a restore`, async t => {
    const { snapshots, addUser, ids } = open(t, place(t))
    await addUser('a')
    const { id } = await snapshots.save()
    const [, restored] = await Promise.all([addUser('b'), snapshots.restore(id), addUser('c'), addUser('d')])
    t.match(restored, { tenants: ['acme'] })
    const left = await ids()
    t.ok(left.includes('a'))
    await addUser('e')
    t.same(await ids(), ['e', ...left])
  })
}

t.test('snapshots are files next to the database and survive the process', async t => {
  const path = `${t.testdir()}/data.db`
  const first = open(t, path)
  await first.addUser('a')
  const { id, ...saved } = await first.snapshots.save('../../etc/passwd')
  t.same(readdirSync(`${path}.snapshots`), [`${id}.db`])
  await first.clear()
  await first.close()
  const second = open(t, path)
  t.same(await second.snapshots.list(), [{ id, ...saved }])
  await second.snapshots.restore(id)
  t.same(await second.ids(), ['a'])
})

t.test('incomplete files of a killed process are deleted, and no other file', async t => {
  const path = `${t.testdir()}/data.db`
  const first = open(t, path)
  const { id } = await first.snapshots.save()
  await first.close()
  const folder = `${path}.snapshots`
  for (const name of [`${id}.part`, 'notes.part', 'notes.db', 'readme.txt'])
    writeFileSync(`${folder}/${name}`, 'x')
  const second = open(t, path)
  t.same(readdirSync(folder).sort(), [`${id}.db`, 'notes.db', 'notes.part', 'readme.txt'].sort())
  t.same(
    (await second.snapshots.list()).map(one => one.id),
    [id],
  )
})

t.test('a damaged file is not listed and is rejected, and the server continues', async t => {
  const path = `${t.testdir()}/data.db`
  const { snapshots, addUser, ids } = open(t, path)
  for (let n = 0; n < 50; n++) await addUser(`u${n}`)
  const known = await snapshots.save('known')
  t.same(await snapshots.list(), [known])
  truncateSync(`${path}.snapshots/${known.id}.db`, 20_000)
  await t.rejects(snapshots.restore(known.id), {
    reason: 'unusable',
    message: /^The snapshot is damaged .*\. Delete it\.$/,
  })
  const id = '00000000-0000-4000-8000-000000000000'
  writeFileSync(`${path}.snapshots/${id}.db`, 'not a database, only text')
  t.same(
    (await snapshots.list()).map(one => one.name),
    ['known'],
  )
  await t.rejects(snapshots.restore(id), { name: 'SnapshotError', reason: 'unusable' })
  t.equal(await snapshots.remove(id), true)
  await addUser('more')
  t.equal((await ids()).length, 50, 'a page of a remaining list')
})

t.test('common columns are restored from another version of the tables', async t => {
  const path = `${t.testdir()}/data.db`
  const { snapshots, addUser, ids, store } = open(t, path)
  await addUser('a')
  const { id } = await snapshots.save()
  const change = (sql: string) => {
    const file = new Sqlite(`${path}.snapshots/${id}.db`)
    file.exec(sql)
    file.close()
  }
  change(`
    alter table resources drop column secrets;
    alter table resources drop column era;
    alter table resources add column color text;
    alter table tenants drop column declared`)
  await addUser('b')
  t.ok(await snapshots.restore(id))
  t.same(await ids(), ['a'])
  t.type((await store.find({ tenant, type: 'User', id: toResourceId('a') }))?.era, 'string')
  await addUser('b')
  change('alter table resources drop column label')
  await t.rejects(snapshots.restore(id), {
    reason: 'unusable',
    message:
      'The snapshot was saved by another version of the server and lacks data for the table "resources". Restore it with that version, or delete it.',
  })
  change('drop table versions')
  await t.rejects(snapshots.restore(id), { name: 'SnapshotError', reason: 'unusable' })
  t.same(await ids(), ['b', 'a'])
})

t.test('a snapshot without an identity belongs to the database next to it', async t => {
  const path = `${t.testdir()}/data.db`
  const { snapshots, addUser, ids, db, clear } = open(t, path)
  await addUser('a')
  const { id } = await snapshots.save()
  const file = new Sqlite(`${path}.snapshots/${id}.db`)
  file.exec('drop table identity')
  file.close()
  await clear()
  t.same(await snapshots.restore(id), { tenants: ['acme'], skipped: [] })
  t.same(await ids(), ['a'])
  db.exec(`update tenants set key = key + 1`)
  t.same(await snapshots.restore(id), { tenants: [], skipped: ['acme'] }, 'another tenant with the same id')
})

t.test('a snapshot with earlier names of tables is restored completely', async t => {
  const path = `${t.testdir()}/data.db`
  const { snapshots, addUser, remove, db, clear, directory, flush } = open(t, path)
  const { key } = await addUser('a')
  await addUser('b')
  directory.recordSeen(tenant, [key], 5000)
  await remove('User', 'b')
  const { id } = await snapshots.save()
  const before = rowsOf(db)
  const file = new Sqlite(`${path}.snapshots/${id}.db`)
  file.exec('alter table deleted_resources rename to departed; alter table last_seen rename to sightings')
  file.close()
  await clear()
  await flush()
  t.same(await snapshots.restore(id), { tenants: ['acme'], skipped: [] })
  t.same(rowsOf(db), before)
  t.same(
    before.slice(5, 7).map(rows => rows.length),
    [1, 1],
    'a deleted and a seen user',
  )
})

t.test('a snapshot next to another database is restored by the ids of tenants', async t => {
  const [path, elsewhere] = [`${t.testdir()}/data.db`, `${t.testdir()}/elsewhere.db`]
  const first = open(t, path)
  await first.addUser('a')
  const { id } = await first.snapshots.save()
  const second = open(t, elsewhere)
  second.db.exec(`update tenants set key = key + 1`)
  await second.snapshots.save()
  copyFileSync(`${path}.snapshots/${id}.db`, `${elsewhere}.snapshots/${id}.db`)
  t.same(await second.snapshots.restore(id), { tenants: ['acme'], skipped: [] })
  t.same(second.db.prepare('select tenant, id from resources').all(), [{ tenant: tenant + 1, id: 'a' }])
})

t.test('a failed write is reported and leaves nothing', async t => {
  const path = `${t.testdir()}/data.db`
  const { snapshots, addUser } = open(t, path)
  writeFileSync(`${path}.snapshots`, 'a file in the place of the folder')
  await t.rejects(snapshots.save(), { reason: 'unwritable', message: /^The snapshot can't be written \(/ })
  t.ok(existsSync(path))
  await addUser('a')
})
