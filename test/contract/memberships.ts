import type { Test } from 'tap'
import type { MembershipScope, Memberships } from '../../src/domain/ports/directory.ts'
import type { Via } from '../../src/domain/ports/resources.ts'
import {
  actionsOn,
  add,
  groupDraft,
  keep,
  type OpenStore,
  place,
  removing,
  tenant,
  userDraft,
} from './store-fixture.ts'

const via: Via = { api: 'identity-store', accessKey: 'SCIMKEY' }
const scope: MembershipScope = { tenant, groupType: 'Group', memberType: 'User' }

/** How changes by other APIs are recorded, and how memberships are read. */
export function describeMemberships(
  t: Test,
  open: (t: Test) => ReturnType<OpenStore> & { readonly memberships: Memberships },
): void {
  t.test('each change has the API and the access key that requested it', async t => {
    const { store, directory } = open(t)
    const { addUser, changeUser, remove } = actionsOn(store)
    const ann = await store.insert(place('User', 'ann'), { now: 1, exchange: 'e1', via }, userDraft('ann'), 9)
    const bob = await addUser('bob')
    t.same(
      await directory.authors(tenant, [ann.key, bob.key, 12_345]),
      new Map([
        [ann.key, { created: via, changed: via }],
        [bob.key, {}],
        [12_345, {}],
      ]),
    )
    await changeUser('ann', { title: 'Boss' })
    await store.update(place('User', 'bob'), { now: 2000, via }, () => userDraft('bob', { title: 'Boss' }))
    const group = groupDraft('g', [add('ann')])
    const { key } = await store.insert(place('Group', 'g'), { now: 2001, via }, group, 9)
    t.same(
      await directory.authors(tenant, [ann.key, bob.key, key]),
      new Map([
        [ann.key, { created: via }],
        [bob.key, { changed: via }],
        [key, { created: via, changed: via }],
      ]),
    )
    await store.remove(place('User', 'ann'), { now: 3000, via }, removing)
    await remove('User', 'bob')
    const historyOf = async (id: string) =>
      (await directory.history(tenant, 'User', id, { limit: 9 }))?.items.map(entry => [
        entry.kind === 'version' ? entry.action : entry.event,
        entry.via,
      ])
    t.same(await historyOf('ann'), [
      ['deleted', via],
      ['removed', via],
      ['added', via],
      ['changed', undefined],
      ['created', via],
    ])
    t.same(await historyOf('bob'), [
      ['deleted', undefined],
      ['changed', via],
      ['created', undefined],
    ])
    const changes = await directory.documentChanges(tenant, 'User', 'bob', 9)
    t.same(
      changes?.map(change => change.via),
      [via, undefined],
    )
  })

  t.test('memberships of a group and of a member are read in pages, in order of joining', async t => {
    const { store, memberships } = open(t)
    const { addUser, addGroup, edit } = actionsOn(store)
    const keys = new Map<string, number>()
    for (const id of ['a', 'b', 'c']) keys.set(id, (await addUser(id)).key)
    const { key: group } = await addGroup('g', ['nobody'], keep)
    await addGroup('h')
    await store.update(place('Group', 'g'), { now: 1500, via }, () => groupDraft('g', [add('c')]))
    await edit('h', add('c'))
    await edit('g', add('h'))
    await store.update(place('Group', 'g'), { now: 1600 }, () => groupDraft('g', [add('a', 'b')]))

    const all = await memberships.page(scope, 'group', group, 0, 9)
    t.same(
      all.map(({ key: _, ...membership }) => membership),
      [
        { group: 'g', member: 'c', at: 1500, via },
        { group: 'g', member: 'a', at: 1600 },
        { group: 'g', member: 'b', at: 1600 },
      ],
      'without members of other types, and ids that no resource has',
    )
    const [first, second, third] = all
    t.same(await memberships.page(scope, 'group', group, 0, 1), [first])
    t.same(await memberships.page(scope, 'group', group, first?.key ?? 0, 1), [second])
    t.same(await memberships.page(scope, 'group', group, second?.key ?? 0, 9), [third])
    t.match(await memberships.page(scope, 'member', keys.get('c') ?? 0, 0, 9), [
      { group: 'g', member: 'c' },
      { group: 'h', member: 'c' },
    ])
    t.same(await memberships.page({ ...scope, tenant: 2 }, 'group', group, 0, 9), [])
  })

  t.test('a membership is found by its ends, and by its key', async t => {
    const { store, memberships } = open(t)
    const { addUser, addGroup, edit, remove } = actionsOn(store)
    await addUser('a')
    await addUser('b')
    const { key: group } = await addGroup('group-1', ['a', 'b'])
    await addGroup('group-2', ['a', 'group-1'])
    const [ofA, ofB] = await memberships.page(scope, 'group', group, 0, 9)
    if (!ofA || !ofB) throw new Error('The group has no members.')
    const pairs = [
      { group: 'group-1', member: 'b' },
      { group: 'group-2', member: 'b' },
      { group: 'nothing', member: 'a' },
      { group: 'group-1', member: 'a' },
      { group: 'group-2', member: 'group-1' },
      { group: 'group-1\0', member: 'a' },
    ]
    const none = undefined
    t.same(await memberships.between(scope, pairs), [ofB, none, none, ofA, none, none])
    t.same(await memberships.between(scope, []), [])
    t.same(await memberships.withKey(scope, 'group-1', ofA.key), [ofA])
    t.same(await memberships.withKey(scope, 'gro', ofB.key), [ofB])
    t.same(await memberships.withKey(scope, 'group-2', ofA.key), [])
    t.same(await memberships.withKey({ ...scope, tenant: 2 }, 'group-1', ofA.key), [])

    await edit('group-1', { kind: 'remove', members: ['b'] })
    await edit('group-1', add('b'))
    const [again] = await memberships.between(scope, [{ group: 'group-1', member: 'b' }])
    t.not(again?.key, ofB.key, 'joining again is another membership')
    t.same(await memberships.withKey(scope, 'group-1', ofB.key), [])
    await remove('User', 'b')
    t.same(await memberships.between(scope, [{ group: 'group-1', member: 'b' }]), [none])
    await addUser('c')
    await edit('group-1', add('c'))
    const [newest] = await memberships.between(scope, [{ group: 'group-1', member: 'c' }])
    t.ok((newest?.key ?? 0) > (again?.key ?? 0), 'keys are not given again')
  })

  t.test('an imported membership is found by its ID at AWS until the member leaves', async t => {
    const { store, memberships } = open(t)
    const { addUser, addGroup, edit } = actionsOn(store)
    for (const id of ['a', 'b']) await addUser(id)
    await addGroup('g', ['b'])
    const join = (group: string, id: string, member: string) =>
      store.update(
        place('Group', group),
        { now: 5, via: { api: 'import', file: '"membership":"a-1"', membership: id } },
        () => groupDraft(group, [add(member)]),
      )
    await join('g', 'a-1', 'a')
    await addGroup('h')
    await join('h', 'A-1', 'a')
    const find = (id: string, of = scope) => memberships.withImportedId(of, id)
    const [, membership] = await memberships.page(
      scope,
      'member',
      (await store.find(place('User', 'a')))?.key ?? 0,
      0,
      9,
    )
    t.match(await find('a-1'), { group: 'g', member: 'a', via: { membership: 'a-1' } })
    t.same([(await find('A-1'))?.group, membership], ['h', await find('A-1')])
    t.same(await Promise.all(['b-1', '', 'a-1\0'].map(id => find(id))), [undefined, undefined, undefined])
    t.same(await find('a-1', { ...scope, tenant: 2 }), undefined)
    t.same(await find('a-1', { ...scope, memberType: 'Group' }), undefined)
    await edit('g', { kind: 'remove', members: ['a'] })
    await edit('g', add('a'))
    t.same(await find('a-1'), undefined)
  })
}
