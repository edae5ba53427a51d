import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import t, { type Test } from 'tap'
import type { Slices } from '../../../../src/domain/event-loop/slices.ts'
import type { Removal } from '../../../../src/domain/ports/resources.ts'
import { loadProfile } from '../../../../src/profiles/registry.ts'
import { userType } from '../../../../src/scim/core-schemas.ts'
import { prepareResource, resourceFromDocument } from '../../../../src/scim/document.ts'
import { connect } from '../../../../src/storage/sqlite/connections.ts'
import { openSqlite } from '../../../../src/storage/sqlite/database.ts'
import { createDirectory } from '../../../../src/storage/sqlite/directory.ts'
import { createLongWrites, createUnlistedTenants } from '../../../../src/storage/sqlite/long-writes.ts'
import { migrate } from '../../../../src/storage/sqlite/migrations.ts'
import { createResourceStore } from '../../../../src/storage/sqlite/resources.ts'
import { createSqliteSnapshots } from '../../../../src/storage/sqlite/snapshots.ts'
import { createTenantStore } from '../../../../src/storage/sqlite/tenants.ts'
import { createWriter } from '../../../../src/storage/sqlite/writer.ts'
import { actionsOn, add, place, removing, retaining, tenant } from '../../../contract/store-fixture.ts'

/** Each step of a job is a slice of its own. */
const shortSlices: Slices = { isOver: () => true, next: () => nextTurn(), hasWaiting: () => false }

/** A store with the tenant `acme`. In a file, jobs with more than one step run in slices. */
async function open(t: Test, path?: string) {
  const db = openSqlite(path)
  migrate(db)
  const connections = connect(db)
  const writer = createWriter(db, { snapshot: connections.snapshot, slices: shortSlices, longJob: 0 })
  const longWrites = createLongWrites(db, writer)
  const tenants = createTenantStore(db, writer, loadProfile, createUnlistedTenants({ longWrites }).remove)
  const store = createResourceStore(connections, writer, tenants.exists)
  const directory = createDirectory(connections, writer)
  const reload: Parameters<typeof createSqliteSnapshots>[0]['reload'] = rows => {
    const apply = tenants.reload(rows)
    return () => {
      store.reload()
      apply()
    }
  }
  const snapshots = createSqliteSnapshots({ db, writer, longWrites, reload })
  t.teardown(async () => {
    await writer.close()
    await longWrites.close()
    await connections.close()
  })
  await tenants.create({ profile: 'rfc' }, 'acme')
  return { db, writer, longWrites, tenants, store, directory, snapshots, ...actionsOn(store) }
}

type Opened = Awaited<ReturnType<typeof open>>

const idsOf = (name: string, count: number) => Array.from({ length: count }, (_, at) => `${name}${at}`)

async function fill({ addUser, addGroup, edit }: Opened, users: number): Promise<readonly string[]> {
  const ids = idsOf('u', users)
  await Promise.all(ids.map(id => addUser(id)))
  await addGroup('g')
  await edit('g', add(...ids))
  return ids
}

const rowsOf = ({ db }: Opened) =>
  ['resources', 'keys', 'memberships', 'versions', 'membership_events', 'deleted_resources', 'counts'].map(
    table => db.prepare<[], object>(`select * from ${table} order by 1, 2, 3`).all(),
  )

const removeManager: Removal = {
  ...retaining,
  references: ['title'],
  removeReference: referrer => {
    const { title: _, ...others } = resourceFromDocument(referrer)
    return prepareResource(userType, referrer.id, others)
  },
}

t.test('long changes in slices write the same rows as at once', async t => {
  const change = async (opened: Opened) => {
    const { edit, remove, store, directory, addUser, addGroup, membersOf } = opened
    const ids = await fill(opened, 130)
    await edit('g', { kind: 'remove', members: ids.slice(0, 70) })
    await edit('g', { kind: 'replace', members: ids.slice(20, 110) }, add(...ids.slice(0, 60)))
    await edit('g', { kind: 'remove-all' })
    await edit('g', add(...ids))
    for (const name of idsOf('many', 70)) await addGroup(name, ['u0', 'u1'])
    await remove('User', 'u0')
    await remove('Group', 'g', removing)
    await Promise.all(idsOf('m', 50).map(id => addUser(id, { title: 'u1' })))
    await store.remove(place('User', 'u1'), { now: 5000 }, removeManager)
    for (const id of idsOf('m', 50)) await remove('User', id)
    t.equal((await directory.purge(1, 6000, 'all')).length, 52)
    const rows = rowsOf(opened)
    await addGroup('new', ids.slice(2))
    t.same(await membersOf('new'), ids.slice(2))
    return rows
  }
  const [atOnce, inSlices] = [await change(await open(t)), await change(await open(t, `${t.testdir()}/x.db`))]
  t.same(inSlices, atOnce)
})

/** The number of members of `g` in each turn of the event loop until the task has ended. */
async function membersDuring({ store }: Opened, task: Promise<unknown>): Promise<readonly unknown[]> {
  const seen: unknown[] = []
  let isDone = false
  const ended = task.finally(() => {
    isDone = true
  })
  while (!isDone) {
    await nextTurn()
    const group = await store.find(place('Group', 'g'))
    seen.push(group && (await store.related(tenant, 'members', [group.key])).get(group.key)?.length)
  }
  await ended
  return seen
}

for (const [title, task, after] of [
  ['an added list of members', ({ edit }) => edit('g', add(...idsOf('u', 300))), 300],
  ['a removal of all members', ({ edit }) => edit('g', { kind: 'remove-all' }), 0],
  ['a deletion of a group', ({ remove }) => remove('Group', 'g'), undefined],
] satisfies readonly (readonly [string, (opened: Opened) => Promise<unknown>, unknown])[]) {
  t.test(`${title}: reads in between see the state before`, async t => {
    const opened = await open(t, `${t.testdir()}/x.db`)
    await fill(opened, 200)
    for (const id of idsOf('u', 300).slice(200)) await opened.addUser(id)
    const seen = await membersDuring(opened, task(opened))
    const before = seen.filter(members => members === 200).length
    t.ok(before >= 2, `${before} reads`)
    t.same([...new Set(seen)], [200, after].slice(0, new Set(seen).size))
    t.same(await membersDuring(opened, Promise.resolve()), [after])
  })
}

for (const [title, task, after] of [
  ['a reset', ({ longWrites }) => longWrites.reset('acme'), undefined],
  ['a deletion of a tenant', ({ tenants }) => tenants.remove('acme'), undefined],
  [
    'a restore',
    async ({ snapshots, edit, remove }, id) => {
      await edit('g', { kind: 'remove-all' })
      await remove('User', 'u0')
      await snapshots.restore(id)
    },
    100,
  ],
] satisfies readonly (readonly [string, (opened: Opened, snapshot: string) => Promise<unknown>, unknown])[]) {
  t.test(`${title}: reads are served until it has ended`, async t => {
    const opened = await open(t, `${t.testdir()}/x.db`)
    await fill(opened, 100)
    const { id } = await opened.snapshots.save()
    const seen = await membersDuring(opened, task(opened, id))
    t.ok(seen.length >= 2, `${seen.length} reads`)
    const complete: readonly unknown[] = [100, 0, after]
    t.same(
      seen.filter(members => !complete.includes(members)),
      [],
    )
    t.same(await membersDuring(opened, Promise.resolve()), [after])
  })
}

t.test('changes of one turn are made in the order of the calls, long ones too', async t => {
  const opened = await open(t, `${t.testdir()}/x.db`)
  const { edit, remove, addGroup, membersOf, directory } = opened
  const ids = await fill(opened, 200)
  await edit('g', { kind: 'remove-all' })
  const results = await Promise.allSettled([edit('g', add(...ids)), remove('User', 'u199')])
  t.same(
    results.map(({ status }) => status),
    ['fulfilled', 'fulfilled'],
  )
  t.same(await membersOf('g'), ids.slice(0, 199), 'the deletion also removes the membership')
  await Promise.all([remove('Group', 'g', removing), addGroup('g')])
  t.same(
    [await membersOf('g'), (await directory.counts([1]))[0]?.Group],
    [[], { active: 1, disabled: 0, retained: 0, removed: 1 }],
  )
})

t.test('the thread starts while a job in slices holds the lock of the database', async t => {
  const opened = await open(t, `${t.testdir()}/x.db`)
  const { db, longWrites } = opened
  await fill(opened, 10)
  db.exec('begin immediate')
  const name = { id: 's', name: 'during the job', created: 1 }
  t.match(await longWrites.call?.('saveSnapshot', `${t.testdirName}/s.db`, name), {
    ...name,
    tenants: [{ id: 'acme', counts: { User: 10, Group: 1 } }],
  })
  db.exec('rollback')
})

t.test('a write that follows a reset in the same turn waits for it', async t => {
  const opened = await open(t, `${t.testdir()}/x.db`)
  const { longWrites, addUser, directory } = opened
  await fill(opened, 100)
  const ended: string[] = []
  await Promise.all([
    longWrites.reset(undefined).then(() => ended.push('reset')),
    nextTurn()
      .then(() => addUser('later'))
      .then(() => ended.push('user')),
  ])
  t.same(ended, ['reset', 'user'])
  t.match(await directory.counts([1]), [{ User: { active: 1 }, Group: undefined }])
})

t.test('two restores and a reset at the same time follow one another', async t => {
  const opened = await open(t, `${t.testdir()}/x.db`)
  const { longWrites, snapshots, directory } = opened
  await fill(opened, 100)
  const { id } = await snapshots.save()
  const results = await Promise.all([
    snapshots.restore(id),
    longWrites.reset('acme').then(rows => rows.map(row => row.id)),
    snapshots.restore(id),
    snapshots.save('after'),
  ])
  t.match(results, [{ tenants: ['acme'] }, ['acme'], { tenants: ['acme'] }, { name: 'after' }])
  t.match(await directory.counts([1]), [{ User: { active: 100 }, Group: { active: 1 } }])
})

t.test('an idle thread ends, and a later change starts another', async t => {
  const { db, writer } = await open(t, `${t.testdir()}/x.db`)
  const started: Worker[] = []
  const note = (worker: Worker) => void started.push(worker)
  process.on('worker', note)
  t.teardown(() => process.off('worker', note))
  const longWrites = createLongWrites(db, writer, 0)
  t.teardown(longWrites.close)
  for (const expected of [1, 2]) {
    t.same(
      (await longWrites.reset('acme')).map(({ id }) => id),
      ['acme'],
    )
    t.equal(started.length, expected)
    const thread = started.at(-1)
    thread?.ref()
    if (thread) await once(thread, 'exit')
  }
})

t.test('after the end of the thread, changes fail and the database is as before', async t => {
  const opened = await open(t, `${t.testdir()}/x.db`)
  const { longWrites, snapshots, directory, db } = opened
  await fill(opened, 100)
  await longWrites.close()
  await t.rejects(longWrites.reset('acme'), { name: 'DatabaseError' })
  await t.rejects(snapshots.save(), { name: 'SnapshotError', reason: 'unwritable' })
  t.match(await directory.counts([1]), [{ User: { active: 100 } }])
  t.same(db.pragma('integrity_check'), [{ integrity_check: 'ok' }])
})
