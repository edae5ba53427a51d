import t from 'tap'
import { ScimError } from '../../../../src/scim/error.ts'
import type { MembershipEdit } from '../../../../src/scim/patch/elements.ts'
import { toResourceId } from '../../../../src/scim/resource.ts'
import type {
  CurrentResource,
  ListedMember,
  Plan,
  PlanChange,
  PlanQueries,
  QueryName,
} from '../../../../src/storage/common/plans/plan.ts'
import { planPurge, planRemoval } from '../../../../src/storage/common/plans/remove.ts'
import { planInsert, planUpdate } from '../../../../src/storage/common/plans/write.ts'
import {
  add,
  groupDraft,
  memberFilter,
  place,
  refuse,
  removing,
  retaining,
  tenant,
  userDraft,
} from '../../../contract/store-fixture.ts'

/** Results of queries, made by hand. */
type Results = {
  readonly [Name in QueryName]?: (...of: PlanQueries[Name]['of']) => PlanQueries[Name]['result']
}

/** Runs a plan; each round of queries that it yields is noted. */
function run<Value>(plan: Plan<Value>, results: Results) {
  const rounds: string[][] = []
  let step = plan.next([])
  while (!step.done) {
    rounds.push(step.value.map(({ query, of }) => [query, ...of.slice(1)].join(' ')))
    step = plan.next(
      step.value.map(({ query, of }) => {
        const result = results[query] as ((...of: readonly unknown[]) => unknown) | undefined
        if (!result) throw new Error(`There is no result of ${query}.`)
        return result(...of)
      }),
    )
  }
  return { ...step.value, rounds }
}

const cause = { now: 2000, exchange: 'x' }

const newResource: Results = {
  tenant: () => true,
  room: () => true,
  newKey: () => 7,
  predecessor: () => undefined,
  holder: () => undefined,
}

/** A stored resource with the content of a draft. */
const stored = (
  draft: ReturnType<typeof userDraft>,
  id: string,
  type: string,
  key: number,
): CurrentResource => ({
  key,
  id: toResourceId(id),
  type,
  document: draft.next.document,
  label: draft.next.label,
  version: 4,
  era: null,
  created: 500,
  lastModified: 1000,
  secrets: null,
  keys: draft.next.keys.map(({ attribute, value }) => [attribute, value]),
})

/** The reason of a rejection. */
function reasonOf(running: () => unknown): string {
  try {
    running()
    return 'it was not rejected'
  } catch (error) {
    return error instanceof ScimError ? error.reason : String(error)
  }
}

const kinds = (changes: readonly PlanChange[]) => changes.map(({ change }) => change)

/** The members that changes add and remove. */
const membersIn = (changes: readonly PlanChange[]) =>
  changes.flatMap(({ change, row }) =>
    change === 'addMembers' || change === 'removeMembers'
      ? [[change, row.group, ...row.members.map(({ memberId }) => memberId)]]
      : [],
  )

t.test('a create queries in one round, and writes resource, keys and version', async t => {
  const { rounds, changes, value } = run(
    planInsert(place('User', 'a'), cause, userDraft('a', { userName: 'Ann' }), 10),
    newResource,
  )
  t.same(rounds, [['tenant', 'room User 10', 'newKey', 'predecessor User ann', 'holder User userName ann']])
  t.same(kinds(changes), ['addResource', 'addKeys', 'version'])
  t.match(value, { key: 7, version: 1, created: 2000, changed: true, added: 0, removed: 0 })
})

t.test('a create is rejected without its tenant, without room, and if its key is taken', async t => {
  const insert = (results: Results) => () =>
    run(planInsert(place('User', 'a'), cause, userDraft('a'), 10), { ...newResource, ...results })
  t.equal(reasonOf(insert({ tenant: () => false, room: () => false })), 'unauthorized')
  t.equal(reasonOf(insert({ room: () => false, holder: () => 3 })), 'quotaExceeded')
  t.equal(reasonOf(insert({ holder: () => 3 })), 'uniqueness')
})

t.test('a create follows the deleted resource with its label', async t => {
  const { changes } = run(planInsert(place('User', 'a'), cause, userDraft('a'), 10), {
    ...newResource,
    predecessor: () => ({ key: 3, id: 'old' }),
  })
  t.match(changes, [
    { change: 'setSuccessor', row: { key: 3, successor: 'a' } },
    { change: 'addResource', row: { predecessor: 'old' } },
  ])
})

t.test('only keys that change are queried and written', async t => {
  const before = userDraft('a', { userName: 'ann', externalId: 'e' })
  const update = (after: typeof before) =>
    run(
      planUpdate(place('User', 'a'), cause, () => after),
      { current: () => stored(before, 'a', 'User', 5), holder: () => undefined },
    )
  const titled = update(userDraft('a', { userName: 'ann', externalId: 'e', title: 'x' }))
  t.same(titled.rounds, [['current User a update']])
  t.same(kinds(titled.changes), ['rewriteResource', 'version'])

  const renamed = update(userDraft('a', { userName: 'bob', externalId: 'e' }))
  t.same(renamed.rounds, [['current User a update'], ['holder User userName bob']])
  t.match(renamed.changes, [
    { change: 'dropKeys', row: { keys: [['userName', 'ann']] } },
    { change: 'rewriteResource', row: { content: { version: 5, lastModified: 2000 } } },
    { change: 'addKeys', row: { keys: [{ attribute: 'userName', value: 'bob', exclusive: true }] } },
    { change: 'version', row: { version: 5, action: 'changed' } },
  ])
})

t.test('a change without a difference writes nothing', async t => {
  const draft = userDraft('a')
  const { value, changes } = run(
    planUpdate(place('User', 'a'), cause, () => draft),
    { current: () => stored(draft, 'a', 'User', 5) },
  )
  t.match(value, { version: 4, lastModified: 1000, changed: false })
  t.same(changes, [])
})

/** Edits the members a, b and c of a group; d and e are users, too. */
function editGroup(...edits: readonly MembershipEdit[]) {
  const members = ['a', 'b', 'c']
  const users = [...members, 'd', 'e']
  const keyOf = (id: string) => 100 + users.indexOf(id)
  const listed = members.map(
    (memberId, at): ListedMember => ({
      key: at + 1,
      memberId,
      memberKey: keyOf(memberId),
      type: 'User',
      display: memberId.toUpperCase(),
    }),
  )
  return run(
    planUpdate(place('Group', 'g'), cause, () => groupDraft('g', edits)),
    {
      current: () => stored(groupDraft('g'), 'g', 'Group', 9),
      member: (_, id) =>
        users.includes(id) ? { key: keyOf(id), type: 'User', display: id.toUpperCase() } : undefined,
      membership: (_, _group, id) => listed.find(({ memberId }) => memberId === id),
      membersAfter: (_, _group, after) => listed.filter(({ key }) => key > after),
    },
  )
}

t.test('a new member takes two rounds, and gives the group a version with the same content', async t => {
  const { rounds, changes, value } = editGroup(add('d'))
  t.same(rounds, [['current Group g update'], ['member d', 'membership 9 d']])
  t.same(kinds(changes), ['addMembers', 'touchResource', 'version'])
  t.match(value, { version: 5, changed: true, added: 1, removed: 0 })
})

t.test('edits see those before them, and only the difference is written', async t => {
  const remove = (...members: readonly string[]): MembershipEdit => ({ kind: 'remove', members })
  const replace = (...members: readonly string[]): MembershipEdit => ({ kind: 'replace', members })
  const removeAll: MembershipEdit = { kind: 'remove-all' }
  const where = (text: string): MembershipEdit => ({ kind: 'remove-where', where: memberFilter(text) })
  const cases: readonly (readonly [edits: readonly MembershipEdit[], ...members: readonly unknown[]])[] = [
    [[add('a', 'd', 'd')], ['addMembers', 9, 'd']],
    [[remove('a'), add('a')]],
    [[add('d'), remove('d')]],
    [
      [add('d', 'e'), remove('d'), add('d')],
      ['addMembers', 9, 'e', 'd'],
    ],
    [
      [remove('a', 'd'), replace('a', 'b', 'd')],
      ['removeMembers', 9, 'c'],
      ['addMembers', 9, 'd'],
    ],
    [
      [add('d'), replace('d', 'b')],
      ['removeMembers', 9, 'a', 'c'],
      ['addMembers', 9, 'd'],
    ],
    [[add('d'), where('display eq "D"')]],
    [
      [add('d'), where('display ne "D"')],
      ['removeMembers', 9, 'a', 'b', 'c'],
      ['addMembers', 9, 'd'],
    ],
    [
      [removeAll, add('b')],
      ['removeMembers', 9, 'a', 'c'],
    ],
    [
      [removeAll, add('b', 'd'), where('value eq "b"')],
      ['removeMembers', 9, 'a', 'c', 'b'],
      ['addMembers', 9, 'd'],
    ],
    [[add('d'), removeAll, replace('c', 'b', 'a')]],
  ]
  for (const [edits, ...members] of cases) {
    const { changes, value } = editGroup(...edits)
    t.same(
      membersIn(changes).map(([change, group, ...ids]) => [change, group, ...ids]),
      members,
    )
    const count = (change: string) =>
      membersIn(changes).reduce((n, [kind, , ...ids]) => n + (kind === change ? ids.length : 0), 0)
    t.match(value, {
      changed: members.length > 0,
      added: count('addMembers'),
      removed: count('removeMembers'),
    })
  }
})

t.test('a new group reads no stored members', async t => {
  const edits = [
    add('a', 'b'),
    { kind: 'remove', members: ['a'] },
    { kind: 'replace', members: ['b', 'c'] },
  ] as const
  const { rounds, changes } = run(planInsert(place('Group', 'g'), cause, groupDraft('g', edits), 10), {
    ...newResource,
    member: (_, id) => ({ key: id.charCodeAt(0), type: 'User', display: id }),
  })
  t.same(rounds.slice(1), [['member a', 'member b'], ['member c']])
  t.same(kinds(changes), ['addResource', 'addKeys', 'version', 'addMembers'])
  t.same(membersIn(changes), [['addMembers', 7, 'b', 'c']])
  const ofItself = () =>
    run(planInsert(place('Group', 'g'), cause, groupDraft('g', [add('g')]), 10), {
      ...newResource,
      member: () => undefined,
    })
  t.equal(reasonOf(ofItself), 'invalidValue', 'it is not a member of itself')
})

t.test('a membership is linked when its member is removed and added again', async t => {
  const { changes } = run(
    planUpdate(place('Group', 'g'), cause, () => groupDraft('g', [{ kind: 'remove-all' }, add('a')], refuse)),
    {
      current: () => stored(groupDraft('g'), 'g', 'Group', 9),
      membersAfter: () => [{ key: 1, memberId: 'a', memberKey: null, type: null, display: null }],
      member: () => ({ key: 5, type: 'User', display: 'A' }),
    },
  )
  t.match(changes, [
    { change: 'removeMembers', row: { members: [{ memberId: 'a', memberKey: null }] } },
    { change: 'addMembers', row: { members: [{ memberId: 'a', memberKey: 5 }] } },
  ])
})

t.test('a group that also refers to a deleted resource gets one version', async t => {
  const next = { ...groupDraft('g').next, document: '{"id":"g"}' }
  const { rounds, changes, value } = run(
    planRemoval(place('User', 'a'), cause, {
      ...removing,
      references: ['owner.value'],
      removeReference: referrer => ({
        ...next,
        document: referrer.id === 'g' ? next.document : referrer.document,
      }),
    }),
    {
      current: () => stored(userDraft('a'), 'a', 'User', 5),
      groupsOf: () => [
        { key: 11, id: 'h', type: 'Group', display: 'H' },
        { key: 9, id: 'g', type: 'Group', display: 'G' },
      ],
      membersAfter: () => [],
      types: () => ['Group', 'User'],
      referrersAfter: (_, type) => (type === 'Group' ? [9, 12] : [5]),
      resources: (_, keys) => keys.map(key => stored(groupDraft('g'), key === 9 ? 'g' : 'h', 'Group', key)),
    },
  )
  t.equal(value, true)
  t.same(rounds.at(-1), ['resources 9,11,12'])
  t.same(kinds(changes), [
    'removeMembers',
    'removeMembers',
    'rewriteResource',
    'touchResource',
    'version',
    'version',
    'version',
    'addDeleted',
    'dropKeys',
    'dropResource',
  ])
  t.match(
    changes.flatMap(({ change, row }) => (change === 'version' ? [[row.key, row.action, row.version]] : [])),
    [
      [9, 'changed', 5],
      [11, 'changed', 5],
      [5, 'deleted', 5],
    ],
  )
})

t.test('a removal that is rejected, or finds nothing, writes nothing', async t => {
  const check = () => {
    throw new Error('rejected')
  }
  t.throws(
    () =>
      run(planRemoval(place('User', 'a'), cause, { ...retaining, check }), {
        current: () => stored(userDraft('a'), 'a', 'User', 5),
      }),
    /rejected/,
  )
  const none = run(planRemoval(place('User', 'a'), cause, retaining), { current: () => undefined })
  t.same([none.value, none.changes], [false, []])
})

t.test('long lists of members are read in pages and written in portions', async t => {
  const members = Array.from({ length: 501 }, (_, at): ListedMember => {
    return { key: at + 1, memberId: `m${at}`, memberKey: at, type: 'User', display: '' }
  })
  const { rounds, changes } = run(
    planUpdate(place('Group', 'g'), cause, () => groupDraft('g', [{ kind: 'remove-all' }])),
    {
      current: () => stored(groupDraft('g'), 'g', 'Group', 9),
      membersAfter: (_, _group, after, limit) => members.slice(after, after + limit),
    },
  )
  t.same(rounds.slice(1), [['membersAfter 9 0 500'], ['membersAfter 9 500 500']])
  t.same(
    membersIn(changes).map(([, , ...ids]) => ids.length),
    [...Array.from({ length: 10 }, () => 50), 1],
  )
})

t.test('many members are added and removed in portions', async t => {
  const ids = Array.from({ length: 501 }, (_, at) => `m${at}`)
  const results: Results = {
    current: () => stored(groupDraft('g'), 'g', 'Group', 9),
    member: () => ({ key: 1, type: 'User', display: '' }),
    membership: (_, _group, memberId) => ({ memberId, memberKey: 1 }),
  }
  const sizesOf = (edit: MembershipEdit) =>
    run(
      planUpdate(place('Group', 'g'), cause, () => groupDraft('g', [edit])),
      results,
    ).rounds.map(round => round.length)
  t.same(sizesOf({ kind: 'add', members: ids }), [1, 1000, 2])
  t.same(sizesOf({ kind: 'remove', members: ids }), [1, 500, 1])
})

t.test('large documents are stored as differences from the newest one that is stored whole', async t => {
  const draft = (title: string) => userDraft('a', { title, nickName: 'n'.repeat(5000) })
  const update = (version: number) =>
    run(
      planUpdate(place('User', 'a'), cause, () => draft('new')),
      {
        current: () => ({ ...stored(draft('old'), 'a', 'User', 5), version }),
        lastWhole: () => draft('old').next.document,
      },
    )
  const { rounds, changes } = update(4)
  t.same(rounds, [['current User a update'], ['lastWhole 5']])
  t.match(changes.at(-1), { change: 'version', row: { document: null, difference: String } })
  t.match(update(63), {
    rounds: { length: 1 },
    changes: [{}, { row: { document: String, difference: null } }],
  })
})

t.test('a purge returns the ids in order of keys', async t => {
  const { rounds, changes, value } = run(planPurge(tenant, 3000, 'all'), {
    deletedTypes: () => ['Group', 'User'],
    retainedAfter: (_, type) =>
      type === 'Group' ? [{ key: 4, id: 'g', version: 1 }] : [{ key: 2, id: 'a', version: 6 }],
  })
  t.same(rounds, [['deletedTypes'], ['retainedAfter Group 0 200'], ['retainedAfter User 0 200']])
  t.same(value, ['a', 'g'])
  t.same(changes, [
    {
      change: 'purgeRecords',
      row: {
        tenant,
        records: [
          { key: 2, version: 8 },
          { key: 4, version: 3 },
        ],
        at: 3000,
      },
    },
  ])
})
