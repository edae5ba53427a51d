import type { Test } from 'tap'
import type { AccountAssignments } from '../../src/domain/ports/account-assignments.ts'
import type { Directory } from '../../src/domain/ports/directory.ts'
import type { ResourceStore } from '../../src/domain/ports/resources.ts'
import type { Snapshots } from '../../src/domain/ports/snapshots.ts'
import { toResourceId } from '../../src/scim/resource.ts'
import { actionsOn, keep, place, rejectionOf, tenant, userDraft } from './store-fixture.ts'

/** The rows of the tenant by table, without the keys of resources and what identifies a restore. */
export type ComparableRows = Readonly<Record<string, readonly object[]>> & {
  readonly lastSeen: readonly { readonly id: string; readonly at: number }[]
}

/** A store with the tenant "acme" and its snapshots. */
export type OpenSnapshots = (
  t: Test,
  options?: { readonly maxSnapshots?: number },
) => Promise<{
  readonly store: ResourceStore
  readonly directory: Directory
  readonly assignments: AccountAssignments
  /** Their clock shows 1 at first, and 1 more at each save. */
  readonly snapshots: Snapshots
  readonly flush: () => Promise<void>
  /** Deletes the data of the tenant. */
  readonly clear: () => Promise<void>
  readonly rows: () => Promise<ComparableRows>
  /** Makes restores fail, as with a tenant that can't be served. */
  readonly failWith: (error: Error | undefined) => void
}>

export function describeSnapshots(t: Test, open: OpenSnapshots): void {
  const page = { limit: 50 }

  const openWith = async (t: Test, options?: { readonly maxSnapshots?: number }) => {
    const opened = await open(t, options)
    const ids = async () => {
      await opened.flush()
      return (await opened.directory.identities(tenant, 'User', page)).items.map(({ id }) => id)
    }
    return { ...opened, ...actionsOn(opened.store), ids }
  }

  t.test('each row of each table is restored', async t => {
    const {
      snapshots,
      addUser,
      addGroup,
      changeUser,
      edit,
      remove,
      directory,
      assignments,
      store,
      rows,
      flush,
    } = await openWith(t)
    await addUser('a')
    const { key } = await addUser('b', { title: 'Boss' })
    await addGroup('g', ['a', 'b', 'nobody', 'x'.repeat(400)], keep)
    await addGroup('h')
    await edit('h', { kind: 'add', members: ['b'], displays: new Map([['b', 'The boss']]) })
    const set = await assignments.createPermissionSet(tenant, { now: 1 }, 'Reader', { tags: [] })
    const permissionSet = typeof set === 'object' ? set.id : ''
    const target = { account: '111122223333', permissionSet, principal: { type: 'User', id: 'a' } as const }
    await assignments.assign(tenant, { now: 2, exchange: 'x' }, target)
    await assignments.unassign(tenant, { now: 3, exchange: 'y' }, target)
    await assignments.assign(tenant, { now: 4 }, target)
    await remove('User', 'a')
    directory.recordSeen(tenant, key, 5000)
    const { id } = await snapshots.save('mine')
    await flush()
    const before = await rows()
    t.match(before, { lastSeen: [{ id: 'b', at: 5000 }], deletedResources: [{ id: 'a' }] })
    t.equal(before.memberships?.length, 4)
    t.same(
      [before.permissionSets?.length, before.assignments?.length, before.assignmentRequests?.length],
      [1, 2, 3],
    )
    await assignments.unassign(tenant, { now: 5 }, target)
    await assignments.deletePermissionSet(tenant, { now: 6 }, permissionSet)
    await assignments.createPermissionSet(tenant, { now: 7 }, 'Other', {})
    await changeUser('b', { title: 'Former' })
    await edit('g', { kind: 'remove-all' })
    await addUser('c')
    t.same(await snapshots.restore(id), { tenants: ['acme'], skipped: [] })
    t.same(await rows(), before)
    const group = await store.find(place('Group', 'h'))
    const members = await store.related(tenant, 'members', [group?.key ?? 0])
    t.match([...members.values()], [[{ id: 'b', display: 'The boss' }]])
  })

  t.test('a restored directory is written and read like any other', async t => {
    const { snapshots, addUser, addGroup, changeUser, membersOf, remove, rows, ids } = await openWith(t)
    await addUser('a')
    await addUser('b')
    await addGroup('g', ['a', 'later'], keep)
    const { id } = await snapshots.save()
    await remove('User', 'a')
    await snapshots.restore(id)
    t.same(await membersOf('g'), ['a', 'later'])
    t.match(await changeUser('b', { title: 'Boss' }), { version: 2 })
    await addUser('later')
    await remove('User', 'a')
    t.same(await membersOf('g'), ['later'])
    t.same((await ids()).slice(0, 2), ['later', 'b'])
    t.match(await rows(), { deletedResources: [{ id: 'a' }] })
  })

  t.test('no key is reused, and the quota counts restored resources', async t => {
    const { snapshots, directory, addUser, store, ids, clear, flush } = await openWith(t)
    const keys = new Set<number>()
    for (const id of ['a', 'b']) keys.add((await addUser(id)).key)
    const { id } = await snapshots.save()
    await clear()
    keys.add((await addUser('x')).key)
    await snapshots.restore(id)
    keys.add((await addUser('c')).key)
    t.equal(keys.size, 4)
    t.same(await ids(), ['c', 'b', 'a'])
    await flush()
    t.match(await directory.counts([tenant]), [{ User: { active: 3 } }])
    const { total } = await store.list(tenant, {
      typeQueries: [{ type: 'User' }],
      slice: { by: 'index', offset: 0, count: 0 },
      total: true,
    })
    t.equal(total, 3)
    t.equal(
      await rejectionOf(store.insert(place('User', 'd'), { now: 1 }, userDraft('d'), 3)),
      'quotaExceeded',
    )
  })

  t.test('each restore gives the resources a new era', async t => {
    const { snapshots, clear, addUser, store } = await openWith(t)
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

  t.test('snapshots are listed newest first, limited in number, and can be deleted', async t => {
    const { snapshots } = await openWith(t, { maxSnapshots: 2 })
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

  t.test('a summary has the numbers of resources by type, and of retained ones', async t => {
    const { snapshots, addUser, addGroup, remove } = await openWith(t)
    await addUser('a')
    await addUser('b')
    await addGroup('g', ['a'])
    await remove('User', 'b')
    t.match(await snapshots.save(), {
      tenants: [{ id: 'acme', counts: { User: 1, Group: 1 }, retained: 1 }],
    })
  })

  t.test('a restore that fails changes nothing', async t => {
    const { snapshots, addUser, failWith, rows } = await openWith(t)
    await addUser('a')
    const { id } = await snapshots.save()
    await addUser('b')
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

  t.test('a late record of a read stores nothing for a deleted resource', async t => {
    const { snapshots, directory, addUser, clear, flush, rows } = await openWith(t)
    const empty = await snapshots.save()
    const { key } = await addUser('a')
    directory.recordSeen(tenant, key, 5000)
    const full = await snapshots.save()
    const lastSeen = async () => {
      await flush()
      return (await rows()).lastSeen
    }
    directory.recordSeen(tenant, key, 6000)
    await snapshots.restore(empty.id)
    t.same(await lastSeen(), [])
    directory.recordSeen(tenant, key, 7000)
    await snapshots.restore(full.id)
    t.same(await lastSeen(), [{ id: 'a', at: 5000 }], 'it is unchanged')
    directory.recordSeen(tenant, key, 8000)
    await clear()
    t.same(await lastSeen(), [])
  })

  t.test('concurrent writes run before or after a restore', async t => {
    const { snapshots, addUser, ids } = await openWith(t)
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
