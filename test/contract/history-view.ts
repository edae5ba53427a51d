import type { Test } from 'tap'
import type { Directory, PointInTime, TimelineQuery } from '../../src/domain/ports/directory.ts'
import { groupType, userType } from '../../src/scim/core-schemas.ts'
import { readLabels } from '../../src/scim/document.ts'
import {
  actionsOn,
  add,
  groupDraft,
  keep,
  type OpenStore,
  place,
  removing,
  retaining,
  tenant,
  userDraft,
} from './store-fixture.ts'

/** A moment, as `actionsOn` counts them. */
export const atMoment = (at: number): PointInTime => ({
  at,
  readDocument: (type, document) =>
    readLabels(type === 'User' ? userType : groupType, 'no id', JSON.parse(document)),
})

const page = { limit: 50 }

/** The identities at a moment, and their state. */
const people = async (directory: Directory, at: number, query = {}) =>
  (await directory.historyView.identities(tenant, 'User', atMoment(at), { ...page, ...query })).items.map(
    ({ id, status, display, groups }) => [id, status, display, groups.map(group => group.id)],
  )

/** The past states of every directory. */
export function describePast(t: Test, open: OpenStore): void {
  t.test('the users at a moment are those that existed, as they were', async t => {
    const { store, directory } = open(t)
    const { addUser, addGroup, changeUser, remove } = actionsOn(store)
    await addUser('a') // 1001
    await addUser('b', { active: false }) // 1002
    await addGroup('g', ['a']) // 1003
    await changeUser('a', { displayName: 'Ann', active: false }) // 1004
    await remove('User', 'a') // 1005
    await remove('User', 'b', removing) // 1006
    await directory.purge(tenant, 1007, 'all')
    t.same(await people(directory, 1000), [])
    t.same(await people(directory, 1001), [['a', 'active', 'User a', []]])
    t.same(await people(directory, 1003), [
      ['b', 'disabled', 'User b', []],
      ['a', 'active', 'User a', ['g']],
    ])
    t.same(await people(directory, 1004, { text: 'ANN' }), [['a', 'disabled', 'Ann', ['g']]])
    t.same(await people(directory, 1003, { status: 'active' }), [['a', 'active', 'User a', ['g']]])
    t.same(await people(directory, 1003, { status: 'retained' }), [])
    t.same(await people(directory, 1005), [['b', 'disabled', 'User b', []]])
    t.same(await people(directory, 1007), [])
  })

  t.test(
    'a resource has the version of the moment, and none before its creation or after its deletion',
    async t => {
      const { store, directory } = open(t)
      const { addUser, changeUser, remove } = actionsOn(store)
      const { key, document } = await addUser('a')
      directory.recordSeen(tenant, key, 1001)
      await changeUser('a', { title: 'Boss' })
      await remove('User', 'a')
      const at = (moment: number) => directory.historyView.identity(tenant, 'User', 'a', atMoment(moment))
      t.equal(await at(1000), undefined)
      t.same(await at(1001), {
        key,
        type: 'User',
        id: 'a',
        status: 'active',
        label: 'a',
        display: 'User a',
        document,
        versions: 1,
        firstSeen: 1001,
        lastWritten: 1001,
        lastSeen: 1001,
        groups: [],
        origin: 'x1001',
      })
      t.match(await at(1002), { versions: 2, lastWritten: 1002, document: /Boss/ })
      t.equal(await at(1003), undefined)
      t.equal(await directory.historyView.identity(tenant, 'Group', 'a', atMoment(1001)), undefined)
      t.equal(await directory.historyView.identity(tenant + 1, 'User', 'a', atMoment(1001)), undefined)
    },
  )

  t.test('a change or deletion that is dated before the last change has the time of that', async t => {
    const { store, directory } = open(t)
    const { addUser, addGroup } = actionsOn(store)
    await addUser('a') // 1001
    await addGroup('g') // 1002
    const early = { now: 900, exchange: 'x1003' }
    await store.update(place('User', 'a'), early, () => userDraft('a', { title: 'Boss' }))
    await store.update(place('Group', 'g'), early, () => groupDraft('g', [add('a')]))
    const at = async (moment: number) => {
      const { historyView } = directory
      const user = await historyView.identity(tenant, 'User', 'a', atMoment(moment))
      return [user?.versions, user?.groups.map(({ id }) => id)]
    }
    t.same(await at(1000), [undefined, undefined])
    t.same(await at(1001), [2, []])
    t.same(await at(1002), [2, ['g']])
    await store.remove(place('User', 'a'), early, retaining)
    t.match(await directory.identity(tenant, 'User', 'a'), { deleted: { at: 1001 } })
    t.match((await directory.history(tenant, 'Group', 'g', page))?.items, [
      { kind: 'version', version: 3, at: 1002 },
      { kind: 'membership', event: 'removed' },
      { kind: 'version', version: 2, at: 1002 },
      { kind: 'membership', event: 'added', at: 1002 },
      { kind: 'version', version: 1, at: 1002 },
    ])
  })

  t.test('the members at a moment have the names of that moment, newest first', async t => {
    const { store, directory } = open(t)
    const { addUser, addGroup, changeUser, edit, remove } = actionsOn(store)
    await addUser('a')
    await addUser('b')
    await addGroup('g', ['a', 'b', 'nobody'], keep) // 1003
    await changeUser('a', { displayName: 'Ann' }) // 1004
    await edit('g', { kind: 'remove', members: ['a'] }) // 1005
    await edit('g', { kind: 'add', members: ['a'] }) // 1006
    await remove('User', 'b') // 1007
    await edit('g', { kind: 'remove', members: ['nobody'] }) // 1008
    await remove('Group', 'g') // 1009
    const members = async (at: number) =>
      (await directory.historyView.members(tenant, 'Group', 'g', atMoment(at), page))?.items.map(
        ({ id, type, display }) => [id, type, display],
      )
    const nobody = ['nobody', undefined, undefined]
    const ben = ['b', 'User', 'User b']
    t.equal(await members(1002), undefined)
    t.same(await members(1003), [nobody, ben, ['a', 'User', 'User a']])
    t.same(await members(1004), [nobody, ben, ['a', 'User', 'Ann']])
    t.same(await members(1005), [nobody, ben])
    t.same(await members(1006), [['a', 'User', 'Ann'], nobody, ben])
    t.same(await members(1007), [['a', 'User', 'Ann'], nobody])
    t.same(await members(1008), [['a', 'User', 'Ann']])
    t.equal(await members(1009), undefined)
    const start = await directory.historyView.members(tenant, 'Group', 'g', atMoment(1003), { limit: 2 })
    const rest = { limit: 2, cursor: start?.next ?? '' }
    t.match(await directory.historyView.members(tenant, 'Group', 'g', atMoment(1003), rest), {
      items: [{ id: 'a' }],
    })
  })

  t.test('the pages of a past list are complete', async t => {
    const { store, directory } = open(t)
    const { addUser, remove } = actionsOn(store)
    for (let n = 0; n < 12; n++) await addUser(`u${n}`)
    for (const n of [1, 4, 7]) await remove('User', `u${n}`)
    for (const n of [2, 5]) await remove('User', `u${n}`, removing)
    const whole = await directory.historyView.identities(tenant, 'User', atMoment(1012), page)
    t.equal(whole.items.length, 12)
    t.notOk('next' in whole)
    for (const limit of [1, 5, 12]) {
      const items: unknown[] = []
      let cursor: string | undefined
      do {
        const query = { limit, ...(cursor !== undefined && { cursor }) }
        const found = await directory.historyView.identities(tenant, 'User', atMoment(1012), query)
        items.push(...found.items)
        cursor = found.next
      } while (cursor !== undefined)
      t.same(items, whole.items, `by ${limit}`)
    }
  })

  t.test('a timeline counts changes in intervals of equal length', async t => {
    const { store, directory } = open(t)
    const { addUser, addGroup, remove } = actionsOn(store)
    const timeline = (query: Omit<TimelineQuery, 'parts'>, parts: number) =>
      directory.timeline(tenant, { ...query, parts })
    const none = { changes: 0 }
    t.same(await timeline({ now: 500 }, 2), { from: 500, until: 500, intervals: [none, none] })
    await addUser('a') // 1001
    await addUser('b') // 1002
    await addGroup('g', ['a', 'b']) // 1003, with two that joined
    await remove('User', 'a') // 1004: it leaves, the group has changed, it is deleted
    const [first, second] = [
      { changes: 1, last: 1001 },
      { changes: 1, last: 1002 },
    ]
    const [third, fourth] = [
      { changes: 3, last: 1003 },
      { changes: 3, last: 1004 },
    ]
    t.same(await timeline({ now: 1004 }, 4), {
      from: 1001,
      until: 1004,
      intervals: [first, second, third, fourth],
    })
    t.same(
      await timeline({ now: 1004 }, 8),
      { from: 1001, until: 1004, intervals: [first, none, second, none, none, third, none, fourth] },
      'intervals shorter than a millisecond',
    )
    t.same(await timeline({ now: 1002 }, 1), {
      from: 1001,
      until: 1002,
      intervals: [{ changes: 2, last: 1002 }],
    })
    t.same(await directory.timeline(tenant + 1, { now: 1004, parts: 2 }), {
      from: 1004,
      until: 1004,
      intervals: [none, none],
    })
    t.same(
      await timeline({ from: 1002, until: 1003, now: 1004 }, 2),
      { from: 1002, until: 1003, intervals: [second, third], before: 1001, after: 1004 },
      'a range, and the changes next to it',
    )
    t.same(
      await timeline({ from: 1003, until: 2000, now: 1003 }, 1),
      { from: 1003, until: 1003, intervals: [third], before: 1002 },
      'nothing is later than now',
    )
  })

  t.test(
    'document changes include versions that changed the document, not those that changed only memberships',
    async t => {
      const { store, directory } = open(t)
      const { addUser, addGroup, edit, changeUser } = actionsOn(store)
      const { document } = await addUser('a')
      const created = await addGroup('g')
      await edit('g', { kind: 'add', members: ['a'] })
      const changed = await changeUser('a', { title: 'Boss' })
      const first = { version: 1, at: 1001, exchange: 'x1001', document }
      const second = {
        version: 2,
        at: 1004,
        exchange: 'x1004',
        document: changed?.document,
        before: document,
      }
      t.same(await directory.documentChanges(tenant, 'User', 'a', 9), [second, first])
      t.same(await directory.documentChanges(tenant, 'User', 'a', 1), [second])
      t.same(await directory.documentChanges(tenant, 'Group', 'g', 9), [
        { version: 1, at: 1002, exchange: 'x1002', document: created.document },
      ])
      t.equal(await directory.documentChanges(tenant, 'User', 'nobody', 9), undefined)
    },
  )

  t.test('a purge has a preview', async t => {
    const { store, directory } = open(t)
    const { addUser, remove } = actionsOn(store)
    for (const id of ['a', 'b', 'c']) await addUser(id)
    for (const id of ['a', 'b']) await remove('User', id)
    const preview = await directory.purgeable(tenant, 'all', 1)
    t.same(preview.ids, ['a', 'b'])
    t.match(preview.records, [{ id: 'a', type: 'User', label: 'a', deleted: { at: 1004 }, groups: [] }])
    t.match(await directory.purgeable(tenant, ['c', 'b'], 9), { ids: ['b'], records: [{ id: 'b' }] })
    t.same(await directory.purge(tenant, 9000, 'all'), ['a', 'b'], 'the preview purges nothing')
  })
}
