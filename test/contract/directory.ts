import type { Test } from 'tap'
import { enterpriseUrn } from '../support/samples.ts'
import {
  actionsOn,
  keep,
  type OpenStore,
  place,
  rejectionOf,
  removing,
  tenant,
  userDraft,
} from './store-fixture.ts'

const page = { limit: 50 }
const ids = (found: { items: readonly { id: string }[] } | undefined) => found?.items.map(({ id }) => id)

/** The behavior of every directory. */
export function describeDirectory(t: Test, open: OpenStore): void {
  t.test('a deleted user is retained with its last state and its groups', async t => {
    const { store, directory } = open(t)
    const { addUser, addGroup, remove } = actionsOn(store)
    const { key, document } = await addUser('a')
    await addGroup('g', ['a'])
    await remove('User', 'a')
    t.same(await directory.identity(tenant, 'User', 'a'), {
      key,
      type: 'User',
      id: 'a',
      status: 'retained',
      label: 'a',
      display: 'User a',
      document,
      versions: 1,
      firstSeen: 1001,
      lastWritten: 1001,
      lastSeen: 1003,
      groups: [{ id: 'g', type: 'Group', display: 'Group g' }],
      origin: 'x1001',
      deleted: { at: 1003, exchange: 'x1003' },
    })
  })

  t.test('the policy "remove" leaves only history', async t => {
    const { store, directory } = open(t)
    const { addUser, remove } = actionsOn(store)
    await addUser('a')
    await remove('User', 'a', removing)
    const identity = await directory.identity(tenant, 'User', 'a')
    t.same([identity?.status, identity?.document], ['removed', undefined])
    const history = await directory.history(tenant, 'User', 'a', page)
    t.match(history?.items, [{ action: 'deleted' }, { action: 'created' }])
  })

  t.test('a resource created with the label of a deleted one is linked to it', async t => {
    const { store, directory } = open(t)
    const { addUser, remove } = actionsOn(store)
    await addUser('a', { userName: 'Ann' })
    await remove('User', 'a')
    await addUser('b', { userName: 'ann' })
    t.match(await directory.identity(tenant, 'User', 'a'), { successor: 'b', status: 'retained' })
    t.match(await directory.identity(tenant, 'User', 'b'), { predecessor: 'a', status: 'active' })
    await remove('User', 'b')
    await addUser('c', { userName: 'Ann' })
    t.match(await directory.identity(tenant, 'User', 'b'), { predecessor: 'a', successor: 'c' })
    t.match(await directory.identity(tenant, 'User', 'a'), { successor: 'b' })
  })

  t.test('the directory reports whether a resource of a type has a value at a path', async t => {
    const { store, directory } = open(t)
    const { addUser, remove } = actionsOn(store)
    const holds = (...path: readonly string[]) => directory.hasValue(tenant, 'User', path)
    t.equal(await holds(), false)
    await addUser('a', {
      password: 'hashed',
      name: { givenName: 'Ann' },
      emails: [{ value: 'a@x' }, { value: 'b@x', type: 'work' }],
      [enterpriseUrn]: { manager: { value: 'b' } },
    })
    const held = [
      [],
      ['userName'],
      ['password'],
      ['name'],
      ['name', 'givenName'],
      ['emails', 'type'],
      [enterpriseUrn],
      [enterpriseUrn, 'manager', 'value'],
    ]
    for (const path of held) t.equal(await holds(...path), true, path.join(' '))
    const free = [
      ['givenName'],
      ['type'],
      ['title'],
      ['name', 'familyName'],
      ['emails', 'display'],
      [enterpriseUrn, 'value'],
      [enterpriseUrn, 'department'],
    ]
    for (const path of free) t.equal(await holds(...path), false, path.join(' '))
    t.same(
      [await directory.hasValue(tenant, 'Group', []), await directory.hasValue(tenant + 1, 'User', [])],
      [false, false],
    )
    await remove('User', 'a')
    t.equal(await holds(), false, 'a retained resource does not count')
  })

  t.test('purging deletes the record and keeps the history', async t => {
    const { store, directory } = open(t)
    const { addUser, remove } = actionsOn(store)
    for (const id of ['a', 'b', 'c']) await addUser(id)
    await remove('User', 'a')
    await remove('User', 'b')
    t.same(await directory.purge(tenant, 9000, ['a', 'c', 'nobody']), ['a'])
    t.same(await directory.purge(tenant, 9001, 'all'), ['b'])
    const identity = await directory.identity(tenant, 'User', 'a')
    t.same([identity?.status, identity?.document], ['removed', undefined])
    const history = await directory.history(tenant, 'User', 'a', page)
    t.same(history?.items[0], { kind: 'version', version: 3, action: 'purged', at: 9000 })
    t.same(await directory.counts([tenant]), [{ User: { active: 1, disabled: 0, retained: 0, removed: 2 } }])
  })

  t.test('the history has versions and memberships from both sides, newest first, in pages', async t => {
    const { store, directory } = open(t)
    const { addUser, addGroup, changeUser, remove } = actionsOn(store)
    const { document } = await addUser('a')
    await addGroup('g', ['a'])
    const changed = await changeUser('a', { title: 'Boss' })
    await remove('User', 'a')
    const group = { id: 'g', type: 'Group', display: 'Group g' }
    const member = { id: 'a', type: 'User', display: 'User a' }
    const left = { kind: 'membership', event: 'removed', at: 1004, exchange: 'x1004', group, member }
    const joined = { kind: 'membership', event: 'added', at: 1002, exchange: 'x1002', group, member }
    const version = (number: number, action: string, at: number, text?: string, before?: string) => ({
      kind: 'version',
      version: number,
      action,
      at,
      exchange: `x${at}`,
      ...(text && { document: text }),
      ...(before && { before }),
    })
    const all = [
      version(3, 'deleted', 1004, undefined, changed?.document),
      left,
      version(2, 'changed', 1003, changed?.document, document),
      joined,
      version(1, 'created', 1001, document),
    ]
    t.same(await directory.history(tenant, 'User', 'a', page), { items: all })
    const start = await directory.history(tenant, 'User', 'a', { limit: 3 })
    t.same(start?.items, all.slice(0, 3))
    const rest = await directory.history(tenant, 'User', 'a', { limit: 3, cursor: start?.next ?? '' })
    t.same(rest, { items: all.slice(3) })
    t.match((await directory.history(tenant, 'Group', 'g', page))?.items, [
      { kind: 'version', version: 2 },
      left,
      joined,
      { kind: 'version', version: 1 },
    ])
    t.equal(await directory.history(tenant, 'User', 'nobody', page), undefined)
  })

  t.test('identities are found by the beginning of their ID', async t => {
    const { store, directory } = open(t)
    const { addUser, remove } = actionsOn(store)
    await addUser('a')
    await addUser('0a1b2c3d-4e5f', { userName: 'maggie', displayName: 'Maggie' })
    const list = async (text: string) => ids(await directory.identities(tenant, 'User', { ...page, text }))
    t.same(await list('0A1B2C'), ['0a1b2c3d-4e5f'])
    t.same(await list('0a1b'), [], 'too short')
    t.same(await list('1b2c3d-4e5f'), [], 'not the beginning')
    await remove('User', '0a1b2c3d-4e5f')
    t.same(await list('0a1b2c3d'), ['0a1b2c3d-4e5f'], 'a deleted one')
  })

  t.test('identities are listed by status and part of the name, newest first', async t => {
    const { store, directory } = open(t)
    const { addUser, addGroup, remove, changeUser } = actionsOn(store)
    for (const id of ['a', 'b', 'c', 'd']) await addUser(id)
    await changeUser('b', { active: false, displayName: 'Älfred' })
    await remove('User', 'c')
    await addGroup('g', ['a', 'b'])
    const list = (query: object) => directory.identities(tenant, 'User', { ...page, ...query })
    t.same(ids(await list({})), ['d', 'c', 'b', 'a'])
    t.same(ids(await list({ status: 'active' })), ['d', 'a'])
    t.same(ids(await list({ status: 'disabled' })), ['b'])
    t.same(ids(await list({ status: 'retained' })), ['c'])
    t.same(ids(await list({ status: 'removed' })), [])
    t.same(ids(await list({ text: 'äLF' })), ['b'])
    const start = await list({ limit: 3 })
    t.same(ids(await list({ limit: 3, cursor: start.next })), ['a'])
    t.same(ids(await directory.members(tenant, 'Group', 'g', page)), ['b', 'a'])
    t.equal(await directory.members(tenant, 'Group', 'x', page), undefined)
    t.equal(await rejectionOf(list({ cursor: 'x' })), 'invalidValue')
  })

  t.test('identities are sorted, deleted ones among them, in pages that are stable under writes', async t => {
    const { store, directory } = open(t)
    const { addUser, remove, changeUser } = actionsOn(store)
    const named: readonly (readonly [id: string, userName: string, displayName: string])[] = [
      ['1', 'zoe', 'Same'],
      ['2', 'Anna', 'same'],
      ['3', 'bert', 'Élise'],
      ['4', 'carl', 'Adam'],
    ]
    for (const [id, userName, displayName] of named) await addUser(id, { userName, displayName })
    await remove('User', '3')
    await changeUser('1', { userName: 'zoe', displayName: 'Same', title: 'Boss' })
    const list = (query: object) => directory.identities(tenant, 'User', { ...page, ...query })
    const walk = async (sort: string) => {
      const found: string[] = []
      let cursor: string | undefined
      do {
        const { items, next } = await list({ sort, limit: 1, ...(cursor && { cursor }) })
        found.push(...items.map(({ id }) => id))
        cursor = next
      } while (cursor !== undefined)
      return found
    }
    const orders = {
      label: ['2', '3', '4', '1'],
      display: ['4', '1', '2', '3'],
      lastModified: ['2', '3', '4', '1'],
      created: ['1', '2', '3', '4'],
    }
    for (const [sort, order] of Object.entries(orders)) {
      t.same(await walk(sort), order, sort)
      t.same(await walk(`-${sort}`), order.toReversed(), `-${sort}`)
    }
    t.same(ids(await list({ sort: 'label', status: 'active', text: 'a' })), ['2', '4', '1'])
    t.same(ids(await list({ status: 'deleted', sort: '-label' })), ['3'])
    t.same(ids(await list({ status: 'deleted' })), ['3'])
    const { next: cursor } = await list({ sort: 'label', limit: 2 })
    await remove('User', '2')
    await addUser('5', { userName: 'aaron' })
    await addUser('6', { userName: 'yann' })
    t.same(ids(await list({ sort: 'label', cursor })), ['4', '6', '1'])
    t.equal(await rejectionOf(list({ sort: '-label', cursor })), 'invalidValue', 'of another order')
    t.equal(await rejectionOf(list({ sort: 'created', cursor: '17' })), 'invalidValue')
  })

  t.test('disabled, retained and silent identities and unresolved references are stale', async t => {
    const { store, directory, flush } = open(t)
    const { addUser, addGroup, remove } = actionsOn(store)
    const urn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
    await addUser('off', { active: false })
    await addUser('gone')
    await remove('User', 'gone')
    const { key } = await addUser('asked-about')
    await addGroup('pointing', ['nobody'], keep)
    await addUser('led', { [urn]: { manager: { value: 'nobody' } } })
    await addUser('fine', { [urn]: { manager: { value: 'led' } } })
    const query = { ...page, inactiveSince: 0, references: [`${urn}:manager.value`], containers: [] }
    const shown = async (more: object) =>
      (await directory.stale(tenant, { ...query, ...more })).items.map(({ id, reasons }) => [id, reasons])
    const unresolved = ['unresolved-reference']
    t.same(await shown({}), [
      ['led', unresolved],
      ['pointing', unresolved],
      ['gone', ['retained']],
      ['off', ['disabled']],
    ])
    t.same(await shown({ reason: 'disabled' }), [['off', ['disabled']]])
    directory.recordSeen(tenant, key, 5000)
    await flush()
    t.match(await directory.identity(tenant, 'User', 'asked-about'), { lastSeen: 5000 })
    t.same(await shown({ reason: 'inactive', inactiveSince: 4000 }), [
      ['fine', ['inactive']],
      ['led', ['inactive', ...unresolved]],
      ['pointing', ['inactive', ...unresolved]],
      ['off', ['disabled', 'inactive']],
    ])
    t.same(await directory.staleCounts(tenant, { ...query, inactiveSince: 4000 }), {
      disabled: 1,
      retained: 1,
      inactive: 4,
      'unresolved-reference': 2,
      'empty-group': 0,
      replaced: 0,
      any: 5,
    })
  })

  t.test('empty groups and replaced identities are stale', async t => {
    const { store, directory } = open(t)
    const { addUser, addGroup, remove } = actionsOn(store)
    const shared = (id: string, active: boolean) => {
      const draft = userDraft(id, { userName: 'Änn', active })
      // As in a type whose resources may have the same label.
      const keys = draft.next.keys.map(key => ({ ...key, exclusive: false }))
      return { ...draft, next: { ...draft.next, keys } }
    }
    const insert = (id: string, active: boolean) =>
      store.insert(place('User', id), { now: 1 }, shared(id, active), 99)
    await insert('earlier', true)
    await insert('off', false)
    await insert('later', true)
    await insert('off-and-last', false)
    await addUser('gone')
    await remove('User', 'gone')
    await addUser('again', { userName: 'GONE' })
    await addGroup('empty')
    await addGroup('full', ['again'])
    const query = { ...page, inactiveSince: 0, references: [], containers: ['Group'] }
    const shown = async (more: object) =>
      (await directory.stale(tenant, { ...query, ...more })).items.map(({ id, reasons }) => [id, reasons])
    t.same(await shown({}), [
      ['empty', ['empty-group']],
      ['gone', ['retained', 'replaced']],
      ['off-and-last', ['disabled']],
      ['off', ['disabled', 'replaced']],
    ])
    t.same(await shown({ reason: 'replaced' }), [
      ['gone', ['retained', 'replaced']],
      ['off', ['disabled', 'replaced']],
    ])
    t.same(await shown({ reason: 'empty-group' }), [['empty', ['empty-group']]])
    t.same(await shown({ reason: 'empty-group', containers: [] }), [])
  })

  t.test('clearing a tenant deletes all its data, and no data of others', async t => {
    const { store, directory, clear } = open(t)
    const { addUser, addGroup, remove } = actionsOn(store)
    await addUser('a')
    await addUser('b')
    await addGroup('g', ['a', 'b'])
    await remove('User', 'b')
    await clear(2)
    t.match(await directory.counts([tenant]), [{ User: { active: 1, retained: 1 }, Group: { active: 1 } }])
    await clear(tenant)
    t.same(await directory.counts([tenant]), [{}])
    t.same(await directory.identities(tenant, 'User', page), { items: [] })
    t.match(await addUser('a'), { version: 1 })
  })
}
