import type { Test } from 'tap'
import type { MemberPolicy } from '../../src/domain/ports/resources.ts'
import {
  actionsOn,
  add,
  groupDraft,
  type OpenStore,
  place,
  refuse,
  rejectionOf,
  removing,
  tenant,
  userDraft,
} from './store-fixture.ts'

const promising = (...promised: readonly (readonly [id: string, type: string])[]): MemberPolicy => ({
  ...refuse,
  promised: new Map(promised),
})

/** The behavior of every store with members that are created later, as in a bulk request. */
export function describePromisedMembers(t: Test, open: OpenStore): void {
  t.test('a member with a reserved id is in the group as soon as it is created', async t => {
    const { store, directory } = open(t)
    const { addUser, addGroup, membersOf } = actionsOn(store)
    await addUser('a')
    await addGroup('g', ['a', 'b'], promising(['b', 'User']))
    await addGroup('h', ['c'], promising(['c', 'User']))
    const { key } = await store.insert(
      place('User', 'b'),
      { now: 2000, exchange: 'x' },
      { ...userDraft('b'), awaited: true },
      9,
    )

    t.same(await membersOf('g'), ['a', 'b'])
    t.same((await store.related(tenant, 'groups', [key])).get(key), [
      { id: 'g', type: 'Group', display: 'Group g' },
    ])
    const group = { id: 'g', type: 'Group', display: 'Group g' }
    const member = { id: 'b', type: 'User', display: 'User b' }
    const history = await directory.history(tenant, 'User', 'b', { limit: 10 })
    t.match(history?.items, [
      { kind: 'version', action: 'created', at: 2000, exchange: 'x' },
      { kind: 'membership', event: 'added', at: 1002, exchange: 'x1002', group, member },
    ])
    t.match((await store.find(place('Group', 'g')))?.version, 1, 'the group is unchanged')
    t.match(await directory.stale(tenant, { limit: 9, inactiveSince: 0, references: [], containers: [] }), {
      items: [{ id: 'h', reasons: ['unresolved-reference'] }],
    })
  })

  t.test('a resource without a reserved id joins no group', async t => {
    const { store } = open(t)
    const { addUser, addGroup } = actionsOn(store)
    await addGroup('g', ['b'], promising(['b', 'User']))
    const { key } = await addUser('b')
    t.same((await store.related(tenant, 'groups', [key])).get(key), [])
  })

  t.test('a reserved id of an unacceptable type, and an id that is not reserved, are rejected', async t => {
    const { addGroup } = actionsOn(open(t).store)
    const policy = { ...promising(['b', 'Group']), types: ['User'] }
    t.equal(await rejectionOf(addGroup('g', ['b'], policy)), 'noSuchMember')
    t.equal(await rejectionOf(addGroup('g', ['c'], promising(['b', 'User']))), 'noSuchMember')
  })

  t.test('a group can be deleted if its reserved member was never created', async t => {
    const { store, directory } = open(t)
    const { remove } = actionsOn(store)
    const draft = groupDraft('g', [add('b')], promising(['b', 'User']))
    await store.insert(place('Group', 'g'), { now: 1 }, draft, 9)
    t.ok(await remove('Group', 'g', removing))
    const history = await directory.history(tenant, 'Group', 'g', { limit: 10 })
    t.same(
      history?.items.map(entry => (entry.kind === 'version' ? entry.action : entry.event)),
      ['deleted', 'removed', 'added', 'created'],
    )
  })
}
