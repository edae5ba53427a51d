import type { Test } from 'tap'
import type { PageQuery, Slice } from '../../src/domain/ports/resources.ts'
import { groupType, userType } from '../../src/scim/core-schemas.ts'
import { prepareResource, resourceFromDocument } from '../../src/scim/document.ts'
import type { MembershipEdit } from '../../src/scim/patch/elements.ts'
import {
  actionsOn,
  add,
  filterOn,
  first,
  groupDraft,
  keep,
  memberFilter,
  type OpenStore,
  pathOn,
  place,
  rejectionOf,
  removing,
  tenant,
  userDraft,
} from './store-fixture.ts'

const numbered = (count: number) => Array.from({ length: count }, (_, at) => `u${at}`)

/** The behavior of every resource store. */
export function describeStore(t: Test, open: OpenStore): void {
  t.test('a resource is stored unchanged and found by id, type and tenant', async t => {
    const { store } = open(t)
    const { next } = userDraft('a')
    const written = await store.insert(place('User', 'a'), { now: 5 }, userDraft('a'), 10)
    const stored = {
      id: 'a',
      type: 'User',
      document: next.document,
      label: next.label,
      version: 1,
      era: null,
      created: 5,
      lastModified: 5,
    }
    t.same(written, { ...stored, key: written.key, changed: true, added: 0, removed: 0 })
    t.same(await store.find(place('User', 'a')), { ...stored, key: written.key })
    t.equal(await store.find(place('Group', 'a')), undefined)
    t.equal(await store.find({ ...place('User', 'a'), tenant: 2 }), undefined)
  })

  t.test('R-018 the time of the last change never decreases', async t => {
    const { store } = open(t)
    await store.insert(place('User', 'a'), { now: 50 }, userDraft('a'), 10)
    const written = await store.update(place('User', 'a'), { now: 20 }, () =>
      userDraft('a', { displayName: 'B' }),
    )
    t.match(written, { version: 2, created: 50, lastModified: 50 })
  })

  t.test('an update that changes nothing creates no version', async t => {
    const { store } = open(t)
    const { addUser, addGroup, changeUser, edit } = actionsOn(store)
    const user = await addUser('a')
    const group = await addGroup('g', ['a'])
    t.same(await changeUser('a', {}), { ...user, changed: false })
    t.same(await edit('g', add('a')), { ...group, changed: false, added: 0, removed: 0 })
    t.same(await edit('g', { kind: 'replace', members: ['a'] }), {
      ...group,
      changed: false,
      added: 0,
      removed: 0,
    })
  })

  t.test('an added or removed membership creates a version with the same document', async t => {
    const { store } = open(t)
    const { addUser, addGroup, edit } = actionsOn(store)
    await addUser('a')
    const group = await addGroup('g')
    t.match(await edit('g', add('a')), {
      version: 2,
      changed: true,
      added: 1,
      removed: 0,
      document: group.document,
    })
    t.match(await edit('g', { kind: 'remove', members: ['a', 'b'] }), { version: 3, added: 0, removed: 1 })
    t.equal(await store.update(place('Group', 'none'), { now: 1 }, () => groupDraft('none')), undefined)
  })

  t.test('an exclusive key belongs to one resource of its type and tenant, ignoring case', async t => {
    const { store } = open(t)
    const { addUser, changeUser } = actionsOn(store)
    await addUser('a', { userName: 'Ann' })
    t.equal(await rejectionOf(addUser('b', { userName: 'ANN' })), 'uniqueness')
    t.equal(await store.find(place('User', 'b')), undefined, 'a rejected update writes nothing')
    await addUser('b')
    t.equal(await rejectionOf(changeUser('b', { userName: 'ann' })), 'uniqueness')
    await store.insert(
      { ...place('User', 'c'), tenant: 2 },
      { now: 1 },
      userDraft('c', { userName: 'ann' }),
      9,
    )
    await changeUser('a', { userName: 'Anna' })
    t.match(
      await changeUser('b', { userName: 'ann' }),
      { changed: true },
      'the key is free after its holder releases it',
    )
  })

  t.test('the limit of resources is enforced', async t => {
    const { store } = open(t)
    await store.insert(place('User', 'a'), { now: 1 }, userDraft('a'), 1)
    const another = () => store.insert(place('User', 'b'), { now: 2 }, userDraft('b'), 1)
    t.equal(await rejectionOf(another()), 'quotaExceeded')
    await store.remove(place('User', 'a'), { now: 3 }, removing)
    t.match(await another(), { version: 1 })
  })

  t.test('a change that throws is rolled back alone', async t => {
    const { store } = open(t)
    const { addUser, changeUser, edit, addGroup } = actionsOn(store)
    await addUser('a')
    await addGroup('g')
    const outcomes = await Promise.allSettled([
      changeUser('a', { title: 'Boss' }),
      edit('g', add('a'), add('nobody')),
      store.update(place('User', 'a'), { now: 9 }, () => {
        throw new Error('no')
      }),
      addUser('b'),
    ])
    t.same(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
    )
    t.match(await store.find(place('Group', 'g')), { version: 1 })
    t.match(await store.find(place('User', 'a')), { version: 2 })
    t.match(await store.find(place('User', 'b')), { version: 1 })
  })

  t.test('no concurrent change is lost', async t => {
    const { store } = open(t)
    const { addUser, addGroup, edit, membersOf } = actionsOn(store)
    const ids = numbered(50)
    await Promise.all(ids.map(id => addUser(id)))
    await addGroup('g')
    await Promise.all(ids.map(id => edit('g', add(id))))
    t.same(await membersOf('g'), ids)
    t.match(await store.find(place('Group', 'g')), { version: 51 })
    const half = ids.filter((_, at) => at % 2 === 0)
    await Promise.all(half.map(id => edit('g', { kind: 'remove', members: [id] })))
    t.same(
      await membersOf('g'),
      ids.filter(id => !half.includes(id)),
    )
  })

  t.test('edits of members are applied in order', async t => {
    const { store } = open(t)
    const { addUser, addGroup, edit, membersOf } = actionsOn(store)
    for (const id of ['a', 'b', 'c']) await addUser(id)
    await addGroup('g', ['a', 'b'])
    t.match(await edit('g', { kind: 'replace', members: ['b', 'c'] }), { added: 1, removed: 1 })
    t.same(await membersOf('g'), ['b', 'c'])
    t.match(await edit('g', { kind: 'remove-all' }, add('c', 'a')), { added: 1, removed: 1 })
    t.same(await membersOf('g'), ['c', 'a'])
    const isB = memberFilter('display eq "user b"')
    t.match(await edit('g', add('b'), { kind: 'remove-where', where: isB }, add('b')), {
      added: 1,
      removed: 0,
    })
    t.same(await membersOf('g'), ['c', 'a', 'b'])
  })

  t.test('a member that is removed and added again in one request keeps its position', async t => {
    const { store, directory } = open(t)
    const { addUser, addGroup, edit, membersOf } = actionsOn(store)
    for (const id of ['a', 'b']) await addUser(id)
    await addGroup('g', ['a', 'b'])
    const group = await store.find(place('Group', 'g'))
    const edits: readonly (readonly MembershipEdit[])[] = [
      [{ kind: 'remove', members: ['a'] }, add('a')],
      [{ kind: 'remove-all' }, add('b', 'a')],
      [
        { kind: 'replace', members: ['b'] },
        { kind: 'replace', members: ['b', 'a'] },
      ],
    ]
    for (const each of edits) {
      t.same(await edit('g', ...each), { ...group, changed: false, added: 0, removed: 0 })
    }
    t.same(await membersOf('g'), ['a', 'b'])
    const history = await directory.history(tenant, 'User', 'a', { limit: 10 })
    t.same(
      history?.items.map(entry => (entry.kind === 'version' ? entry.action : entry.event)),
      ['added', 'created'],
    )
  })

  t.test('members are removed by a filter on id, type or name', async t => {
    const { store } = open(t)
    const { addUser, addGroup, edit, membersOf } = actionsOn(store)
    for (const id of ['a', 'b', 'c']) await addUser(id)
    await addGroup('h')
    await addGroup('g', ['a', 'b', 'c', 'h'])
    const where = (name: string, value: string): MembershipEdit => ({
      kind: 'remove-where',
      where: memberFilter(`${name} eq "${value}"`),
    })
    t.match(await edit('g', where('value', 'a')), { removed: 1 })
    t.match(await edit('g', where('type', 'group')), { removed: 1 })
    t.match(await edit('g', where('display', 'user c')), { removed: 1 })
    t.same(await membersOf('g'), ['b'])
  })

  t.test('the display that a client sends for a member is kept, and found by filters', async t => {
    const { store } = open(t)
    const { addGroup, addUser, edit } = actionsOn(store)
    for (const id of ['a', 'b']) await addUser(id)
    const { key } = await addGroup('g')
    const shown = async () =>
      (await store.related(tenant, 'members', [key])).get(key)?.map(({ id, display }) => [id, display])
    const found = async (filter: string) => {
      const query = { typeQueries: [{ type: 'Group', filter: filterOn(groupType, filter) }] }
      return (await store.list(tenant, { ...query, slice: first(10), total: true })).total
    }
    const named = (kind: 'add' | 'replace', ...members: readonly (readonly [string, string])[]) =>
      ({ kind, members: members.map(([id]) => id), displays: new Map(members) }) as const

    t.match(await edit('g', named('add', ['a', 'ÄLICE'], ['b', 'User b'])), { added: 2, removed: 0 })
    t.same(await shown(), [
      ['a', 'ÄLICE'],
      ['b', 'User b'],
    ])
    t.same(
      [
        await found('members[display eq "älice"]'),
        await found('members.display sw "user"'),
        await found('members[display eq "User a"]'),
      ],
      [1, 1, 0],
    )
    const unchanged = { changed: false, added: 0, removed: 0 }
    t.match(await edit('g', named('add', ['a', 'Alice'])), unchanged, 'the member is there')
    t.match(await edit('g', named('replace', ['a', 'ÄLICE'], ['b', 'User b'])), unchanged)
    t.match(await edit('g', { kind: 'replace', members: ['a', 'b'] }), unchanged)
    t.match(await edit('g', named('replace', ['a', 'Alice'], ['b', 'Bob'])), { added: 2, removed: 2 })
    t.same(await shown(), [
      ['a', 'Alice'],
      ['b', 'Bob'],
    ])
    const isBob = { kind: 'remove-where', where: memberFilter('display eq "bob"') } as const
    t.match(await edit('g', isBob, add('b')), { added: 1, removed: 1 })
    t.same(await shown(), [
      ['a', 'Alice'],
      ['b', 'User b'],
    ])
    await Promise.all([
      edit('g', { kind: 'remove', members: ['a'] }),
      edit('g', named('add', ['a', 'A'])),
      edit('g', named('replace', ['a', 'Al'])),
    ])
    t.same(await shown(), [['a', 'Al']], 'concurrent changes of one group')
  })

  t.test('an unknown member is rejected or kept, and no group is a member of itself', async t => {
    const { store } = open(t)
    const { addGroup, addUser, edit } = actionsOn(store)
    await addUser('a')
    t.equal(await rejectionOf(addGroup('g', ['nobody'])), 'noSuchMember')
    t.equal(await rejectionOf(addGroup('g', ['a'], { types: ['Group'], unknown: 'keep' })), 'noSuchMember')
    const { key } = await addGroup('g', ['nobody', 'a'], keep)
    t.same((await store.related(tenant, 'members', [key])).get(key), [
      { id: 'nobody' },
      { id: 'a', type: 'User', display: 'User a' },
    ])
    t.equal(await rejectionOf(edit('g', add('g'))), 'invalidValue')
  })

  t.test('related resources are read for several keys at once', async t => {
    const { store } = open(t)
    const { addGroup, addUser } = actionsOn(store)
    const [a, b] = [await addUser('a'), await addUser('b')]
    await addGroup('g', ['a'])
    await addGroup('h', ['a'])
    t.same(
      await store.related(tenant, 'groups', [a.key, b.key]),
      new Map([
        [
          a.key,
          [
            { id: 'g', type: 'Group', display: 'Group g' },
            { id: 'h', type: 'Group', display: 'Group h' },
          ],
        ],
        [b.key, []],
      ]),
    )
    t.same(
      await store.relatedById(tenant, ['b', 'nobody']),
      new Map([['b', { id: 'b', type: 'User', display: 'User b' }]]),
    )
  })

  t.test('groups of several members are read with the groups that contain them', async t => {
    const { store } = open(t)
    const { addGroup, addUser, edit, remove } = actionsOn(store)
    /** Absent if the store does not read it with the resource. */
    const isMember = async (id: string) => (await store.find(place('User', id), true))?.isMember
    const [a, b, c] = [await addUser('a'), await addUser('b'), await addUser('c')]
    const shown = async () => {
      const keys = [a.key, b.key, c.key]
      const related = await store.related(tenant, 'groups', keys, 'nested')
      const alone = await Promise.all(keys.map(key => store.relatedOf(tenant, 'groups', key, 'nested')))
      t.same(alone, [...related.values()], 'the groups of one member')
      return [...related.values()].map(groups =>
        groups.map(({ id, indirect }) => (indirect ? `(${id})` : id)).join(' '),
      )
    }
    await addGroup('inner', ['a'])
    await addGroup('side', ['a', 'b'])
    t.same(await shown(), ['inner side', 'side', ''])
    t.not(await isMember('b'), 0)
    t.not(await isMember('c'), 1)
    await addGroup('middle', ['inner', 'b'])
    await addGroup('outer', ['side', 'middle'])
    t.same(await shown(), ['inner side (middle) (outer)', 'side middle (outer)', ''])
    t.same((await store.related(tenant, 'groups', [b.key], 'nested')).get(b.key)?.at(-1), {
      id: 'outer',
      type: 'Group',
      display: 'Group outer',
      indirect: true,
    })
    await edit('inner', add('outer'))
    t.same(await shown(), ['inner side (middle) (outer)', 'side middle (outer) (inner)', ''], 'a cycle')
    t.same((await store.related(tenant, 'groups', [b.key])).get(b.key)?.length, 2, 'direct groups by default')
    t.same(
      (await store.relatedOf(tenant, 'groups', b.key)).length,
      2,
      'direct groups of one member by default',
    )
    await remove('Group', 'middle')
    t.same(await shown(), ['inner side (outer)', 'side (outer) (inner)', ''])
  })

  t.test('deleting a user changes its groups', async t => {
    const { store } = open(t)
    const { addGroup, addUser, membersOf, remove } = actionsOn(store)
    for (const id of ['a', 'b']) await addUser(id)
    await addGroup('g', ['a', 'b'])
    t.equal(await remove('User', 'a'), true)
    t.equal(await remove('User', 'a'), false)
    t.same(await membersOf('g'), ['b'])
    t.match(await store.find(place('Group', 'g')), { version: 2 })
    await remove('Group', 'g')
    const user = await store.find(place('User', 'b'))
    t.same(user && (await store.related(tenant, 'groups', [user.key])).get(user.key), [])
  })

  t.test('references to a deleted resource are removed', async t => {
    const { store } = open(t)
    const { addUser } = actionsOn(store)
    const urn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
    await addUser('boss')
    await addUser('a', { [urn]: { manager: { value: 'boss' } } })
    await store.remove(
      place('User', 'boss'),
      { now: 5000 },
      {
        onDelete: 'remove',
        references: [`${urn}:manager.value`],
        removeReference: referrer =>
          prepareResource(userType, referrer.id, { ...resourceFromDocument(referrer), [urn]: null }),
      },
    )
    const { document } = userDraft('a').next
    t.match(await store.find(place('User', 'a')), { document, version: 2, lastModified: 5000 })
  })

  t.test('lists are in order of creation, by index or key, with the total', async t => {
    const { store } = open(t)
    const { addUser, remove } = actionsOn(store)
    for (const id of numbered(5)) await addUser(id)
    await remove('User', 'u1')
    const list = async (slice: Slice, total = false) => {
      const found = await store.list(tenant, { typeQueries: [{ type: 'User' }], slice, total })
      return { ...found, page: found.page.map(({ id }) => id) }
    }
    t.same(await list(first(10), true), { page: ['u0', 'u2', 'u3', 'u4'], total: 4, hasMore: false })
    t.same(await list({ by: 'index', offset: 1, count: 2 }, true), {
      page: ['u2', 'u3'],
      total: 4,
      hasMore: true,
    })
    t.same(await list({ by: 'index', offset: 4, count: 2 }, true), { page: [], total: 4, hasMore: false })
    const key = (await store.find(place('User', 'u3')))?.key ?? 0
    t.same(await list({ by: 'after', key: 0, count: 3 }), { page: ['u0', 'u2', 'u3'], hasMore: true })
    t.same(await list({ by: 'after', key, count: 3 }), { page: ['u4'], hasMore: false })
    t.same(await list({ by: 'before', key, count: 1 }), { page: ['u2'], hasMore: true })
    t.same(await list({ by: 'before', key, count: 2 }), { page: ['u0', 'u2'], hasMore: false })
    t.same(await list(first(0), true), { page: [], total: 4, hasMore: false })
  })

  t.test('a list of several types, each with its own filter, has one order', async t => {
    const { store } = open(t)
    const { addUser, addGroup } = actionsOn(store)
    await addUser('a', { displayName: 'Z', title: 'x' })
    await addGroup('g')
    await addUser('b', { displayName: 'A' })
    await addGroup('h')
    const typeQueries = [{ type: 'User' }, { type: 'Group' }]
    const list = async (query: Partial<PageQuery>) => {
      const found = await store.list(tenant, { typeQueries, slice: first(10), total: true, ...query })
      return [found.page.map(({ id }) => id).join(' '), found.total, found.hasMore]
    }
    t.same(await list({}), ['a g b h', 4, false])
    t.same(await list({ slice: { by: 'index', offset: 1, count: 2 } }), ['g b', 4, true])
    const filter = filterOn(userType, 'title pr')
    t.same(await list({ typeQueries: [{ type: 'User', filter }, { type: 'Group' }] }), ['a g h', 3, false])
    const key = (await store.find(place('User', 'b')))?.key ?? 0
    t.same(await list({ slice: { by: 'before', key, count: 1 }, total: false }), ['g', undefined, true])
    t.same(await list({ typeQueries: [] }), ['', 0, false])
    const sorted = [
      { type: 'User', sortBy: pathOn(userType, 'displayName') },
      { type: 'Group', sortBy: pathOn(groupType, 'displayName') },
    ]
    t.same(await list({ typeQueries: sorted, order: 'ascending' }), ['b g h a', 4, false])
    const lacking = [{ type: 'User', sortBy: pathOn(userType, 'title') }, { type: 'Group' }]
    t.same(await list({ typeQueries: lacking, order: 'ascending' }), ['a g b h', 4, false])
    t.same(await list({ typeQueries: lacking, order: 'descending' }), ['h b g a', 4, false])
  })

  t.test('sorted keys are read as resources, without deleted ones', async t => {
    const { store } = open(t)
    const { addUser, remove } = actionsOn(store)
    const keys = new Map<string, number>()
    for (const id of ['b', 'c', 'a']) {
      keys.set(id, (await addUser(id, { title: id === 'c' ? 'x' : 'y' })).key)
    }
    const keyOf = (id: string) => keys.get(id) ?? 0
    const order = async (name: string, order: 'ascending' | 'descending', text?: string) => {
      const filter = text === undefined ? {} : { filter: filterOn(userType, text) }
      const typeQueries = [{ type: 'User', sortBy: pathOn(userType, name), ...filter }]
      return [...(await store.orderedKeys(tenant, { typeQueries, order }))]
    }
    t.same(await order('userName', 'ascending'), ['a', 'b', 'c'].map(keyOf))
    t.same(await order('userName', 'descending'), ['c', 'b', 'a'].map(keyOf))
    t.same(await order('title', 'descending'), ['a', 'b', 'c'].map(keyOf))
    t.same(await order('userName', 'ascending', 'title eq "y"'), ['a', 'b'].map(keyOf))
    t.same([...(await store.orderedKeys(tenant, { typeQueries: [], order: 'ascending' }))], [])
    await remove('User', 'b')
    const found = await store.findByKeys(tenant, ['c', 'b', 'a'].map(keyOf))
    t.same(
      found.map(({ id }) => id),
      ['c', 'a'],
    )
    t.same(await store.findByKeys(2, [keyOf('a')]), [], 'of another tenant')
  })

  t.test('lists are filtered by every kind of filter, and counted beyond the page', async t => {
    const { store } = open(t)
    const { addUser, addGroup, changeUser, edit } = actionsOn(store)
    for (const id of numbered(5)) await addUser(id, { externalId: 'same', title: `Title ${id}` })
    await addGroup('g', ['u1', 'u3'])
    const list = async (type: 'User' | 'Group', text: string, count = 10) => {
      const filter = filterOn(type === 'User' ? userType : groupType, text)
      const { page, total } = await store.list(tenant, {
        typeQueries: [{ type, filter }],
        slice: first(count),
        total: true,
      })
      return { ids: page.map(({ id }) => id), total }
    }
    t.same(await list('User', 'userName eq "U2"'), { ids: ['u2'], total: 1 })
    t.same(await list('User', 'id eq "u2"'), { ids: ['u2'], total: 1 })
    t.same(await list('User', 'userName eq "nobody"'), { ids: [], total: 0 })
    t.same(await list('User', 'externalId eq "same"', 2), { ids: ['u0', 'u1'], total: 5 })
    t.same(await list('User', 'externalId eq "same"', 0), { ids: [], total: 5 })
    t.same(await list('User', 'title co "title u" and not (userName eq "u0")', 2), {
      ids: ['u1', 'u2'],
      total: 4,
    })
    t.same(await list('User', 'groups.value eq "g"'), { ids: ['u1', 'u3'], total: 2 })
    t.same(await list('Group', 'members.value eq "u1"'), { ids: ['g'], total: 1 })
    const since = 'meta.lastModified ge "1970-01-01T00:00:02Z"'
    t.same(await list('Group', since), { ids: [], total: 0 })
    await store.update(place('Group', 'g'), { now: 3000 }, () => groupDraft('g', [add('u4')]))
    t.same(await list('Group', since), { ids: ['g'], total: 1 }, 'a change of members is a change')
    await changeUser('u2', { userName: 'other' })
    await edit('g')
    t.same(await list('User', 'userName eq "u2"'), { ids: [], total: 0 })
  })
}
