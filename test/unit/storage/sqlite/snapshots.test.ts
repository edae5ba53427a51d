import { copyFileSync, existsSync, readdirSync, truncateSync, writeFileSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import t, { type Test } from 'tap'
import { toResourceId } from '../../../../src/scim/resource.ts'
import { connect } from '../../../../src/storage/sqlite/connections.ts'
import { openSqlite } from '../../../../src/storage/sqlite/database.ts'
import { createDirectory } from '../../../../src/storage/sqlite/directory.ts'
import { createLongWrites } from '../../../../src/storage/sqlite/long-writes.ts'
import { migrate } from '../../../../src/storage/sqlite/migrations.ts'
import { createResourceStore } from '../../../../src/storage/sqlite/resources.ts'
import { createSqliteSnapshots } from '../../../../src/storage/sqlite/snapshots.ts'
import { clearTenants } from '../../../../src/storage/sqlite/tenant-rows.ts'
import { createWriter } from '../../../../src/storage/sqlite/writer.ts'
import { actionsOn, add, place as at, tenant, userDraft } from '../../../contract/store-fixture.ts'

const page = { limit: 50 }

/** A store with one tenant, and its snapshots, over a file or in memory. */
function open(t: Test, path?: string) {
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
  const snapshots = createSqliteSnapshots({
    db,
    writer,
    longWrites,
    reload: () => () => {
      store.reload()
      directory.reload()
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

  t.test(`${where}: a row without a resource from an earlier version does not block a restore`, async t => {
    const { db, snapshots, directory, addUser, clear } = open(t, place(t))
    const { key } = await addUser('a')
    directory.recordSeen(tenant, key, 5000)
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
      directory.recordSeen(tenant, last.key, 9000)
      await snapshots.restore(id)
      await flush()
      t.same(db.prepare('select * from last_seen').all(), [], `round ${round}`)
      await snapshots.remove(id)
    }
    const { key: highestKey = 0, membership = 0, moment = 0 } = highest() ?? {}
    t.ok(highestKey > key && highestKey < 5000, `${highestKey} keys`)
    t.ok(membership < 5000 && moment < 5000, 'numbers are unique')
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

t.test('a snapshot of an earlier version, with other and fewer tables, is restored completely', async t => {
  const path = `${t.testdir()}/data.db`
  const { snapshots, addUser, addGroup, edit, remove, db, clear, directory, flush } = open(t, path)
  const { key } = await addUser('a')
  await addUser('b')
  await addGroup('g', ['a'])
  await edit('g', { kind: 'remove-all' }, add('b'))
  await edit('g', add('a'))
  directory.recordSeen(tenant, key, 5000)
  await remove('User', 'b')
  const { id } = await snapshots.save()
  const before = rowsOf(db)
  const file = new Sqlite(`${path}.snapshots/${id}.db`)
  file.exec(`
    alter table deleted_resources rename to departed; alter table last_seen rename to sightings;
    update memberships set key = rowid; alter table memberships drop column at; alter table memberships drop column via;
    alter table versions drop column via; alter table membership_events drop column via;
    drop table permission_sets; drop table account_assignments; drop table assignment_requests`)
  file.close()
  await clear()
  await flush()
  db.exec(
    `insert into permission_sets (tenant, id, name, content, created_at) values (${tenant}, 'ps-1', 'New', '{}', 1)`,
  )
  t.same(await snapshots.restore(id), { tenants: ['acme'], skipped: [] })
  t.same(rowsOf(db), before)
  t.same(
    before.slice(5, 7).map(rows => rows.length),
    [1, 1],
    'a deleted and a seen user',
  )
  t.same(db.prepare('select * from permission_sets').all(), [], 'the snapshot has no permission sets')
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
