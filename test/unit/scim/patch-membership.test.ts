import t from 'tap'
import { attribute } from '../../../src/scim/attribute.ts'
import { groupType, userType } from '../../../src/scim/core-schemas.ts'
import { membershipChanges } from '../../../src/scim/patch/apply.ts'
import { maxInspections } from '../../../src/scim/patch/elements.ts'
import type { ResourceType } from '../../../src/scim/resource-types.ts'
import { membersAfter, type Operation, patching } from '../../support/patch.ts'
import { rejection } from '../../support/rejection.ts'
import { lenientReads, strictReads } from '../../support/request-policy.ts'

const edits = (
  ...operations: Parameters<typeof membersAfter> extends [unknown, ...infer Rest] ? Rest : never
) => membersAfter(strictReads, ...operations)
const ids = (...members: readonly string[]) => members.map(value => ({ value }))

t.test('R-179: members are added singly or as a list, with or without a path', async t => {
  t.same(edits({ op: 'add', path: 'members', value: ids('1', '2') }), [{ kind: 'add', members: ['1', '2'] }])
  t.same(edits({ op: 'add', path: 'members', value: { value: '1', type: 'User', display: 'M' } }), [
    { kind: 'add', members: ['1'] },
  ])
  t.same(edits({ op: 'add', value: { members: ids('1'), displayName: 'Plant' } }), [
    { kind: 'add', members: ['1'] },
  ])
  t.same(edits({ op: 'add', path: 'members', value: [] }), [])
})

t.test('R-183: remove of the members without a filter empties the group', async t => {
  t.same(edits({ op: 'remove', path: 'members' }), [{ kind: 'remove-all' }])
  t.same(edits({ op: 'remove', path: 'members', value: [] }), [{ kind: 'remove-all' }])
})

t.test('R-184: remove with a filter removes matching members', async t => {
  t.same(edits({ op: 'remove', path: 'members[value eq "1"]' }), [{ kind: 'remove', members: ['1'] }])
  t.same(edits({ op: 'remove', path: 'members[value eq "1" or value eq "2"]' }), [
    { kind: 'remove', members: ['1', '2'] },
  ])
  t.match(edits({ op: 'remove', path: 'members[value sw "1"]' }), [{ kind: 'remove-where' }])
})

t.test('filters that are evaluated for every member have few comparisons per request', async t => {
  const tests = (count: number, ...test: readonly string[]) =>
    Array.from({ length: count / test.length }, () => test.join(' and ')).join(' or ')
  const remove = (filter: string) => ({ op: 'remove', path: `members[${filter}]` })
  t.match(edits(remove(tests(20, 'display co "x"', 'type eq "User"'))), [{ kind: 'remove-where' }])
  t.same(
    rejection(() => edits(remove(tests(20, 'display co "x"')), remove('not (display pr)'))),
    {
      status: 400,
      scimType: 'tooMany',
      detail:
        'The filters on "members" have 21 comparisons in total; the maximum per request is 20, because each is evaluated ' +
        'for every member. Select members by ID, as in members[value eq "…"], or send fewer at once.',
    },
  )
  const named = Array.from({ length: 30 }, (_, at) => remove(`value eq "${at}" or value eq "x${at}"`))
  t.equal(edits(...named).length, 30, 'members selected by id have no such limit')
})

t.test('R-187: remove with a list of members removes only those', async t => {
  t.same(edits({ op: 'remove', path: 'members', value: ids('1', '2') }), [
    { kind: 'remove', members: ['1', '2'] },
  ])
  t.same(edits({ op: 'remove', path: 'members', value: { value: '1' } }), [
    { kind: 'remove', members: ['1'] },
  ])
})

t.test('R-189: replace of the members sets them', async t => {
  t.same(edits({ op: 'replace', path: 'members', value: ids('1') }), [{ kind: 'replace', members: ['1'] }])
  t.same(edits({ op: 'replace', value: { members: ids('1') } }), [{ kind: 'replace', members: ['1'] }])
  for (const value of [null, []]) {
    t.same(edits({ op: 'replace', path: 'members', value }), [{ kind: 'remove-all' }])
  }
})

t.test('R-171: edits are in the order of the operations', async t => {
  t.same(
    membersAfter(
      lenientReads,
      { op: 'Add', path: 'member', value: ids('1') },
      { op: 'Replace', path: 'displayName', value: 'Plant' },
      { op: 'Remove', path: 'members', value: ids('1') },
    ),
    [
      { kind: 'add', members: ['1'] },
      { kind: 'remove', members: ['1'] },
    ],
  )
})

t.test('R-060: a member cannot be modified in place', async t => {
  for (const operation of [
    { op: 'replace', path: 'members[value eq "1"].value', value: '2' },
    { op: 'replace', path: 'members[value eq "1"]', value: { value: '2' } },
    { op: 'add', path: 'members.value', value: '2' },
    { op: 'remove', path: 'members.value' },
  ]) {
    t.match(
      rejection(() => edits(operation)),
      { status: 400, scimType: 'mutability' },
    )
  }
})

t.test('a member without an id is rejected, so that no other member is removed', async t => {
  for (const value of [[{}], [{ value: null }], [{ display: 'M' }]]) {
    for (const op of ['add', 'remove', 'replace']) {
      t.equal(rejection(() => edits({ op, path: 'members', value })).scimType, 'invalidValue')
    }
  }
})

t.test('R-194: memberships are counted over all operations', async t => {
  t.equal(
    membershipChanges(
      edits(
        { op: 'add', path: 'members', value: ids('1', '2') },
        { op: 'remove', path: 'members', value: ids('3') },
        { op: 'remove', path: 'members' },
      ),
    ),
    4,
  )
})

t.test('R-183: the document of a group contains no members', async t => {
  const { patch } = patching(strictReads, groupType)
  t.same(patch({ displayName: 'Plant' }, { op: 'add', path: 'members', value: ids('1') }), {
    displayName: 'Plant',
  })
})

/** Removals that find nothing do work, too. */
const ignoringMisses = { ...strictReads, unmatchedRemoval: 'ignore' } as const
const { patch } = patching(ignoringMisses)
const emails = Array.from({ length: 1000 }, (_, at) => ({ value: `a${at}@x.example`, type: 'work' }))
const times = (count: number, make: (at: number) => Operation) =>
  Array.from({ length: count }, (_, at) => make(at))
const anyOf = (tests: number) => Array.from({ length: tests }, (_, at) => `value eq "b${at}"`).join(' or ')

t.test('a thousand operations may scan a list of a thousand values', async t => {
  const walks: Readonly<Record<string, readonly Operation[]>> = {
    'by a filter': times(1000, () => ({ op: 'remove', path: 'emails[value eq "nobody"]' })),
    'changing every value': times(1000, at => ({ op: 'replace', path: 'emails.display', value: `${at}` })),
    'adding existing values': times(1000, at => ({ op: 'add', path: 'emails', value: [emails[at] ?? null] })),
    'removing listed values': times(1000, at => ({
      op: 'remove',
      path: 'emails',
      value: [{ value: `b${at}` }],
    })),
  }
  for (const [how, operations] of Object.entries(walks)) {
    t.equal((patch({ emails }, ...operations).emails as unknown[]).length, 1000, how)
  }
})

t.test(
  'a request that would inspect too many values is rejected with the operation that exceeds the limit',
  async t => {
    const tests = 40
    const enough = maxInspections / (tests * emails.length)
    const remove: Operation = { op: 'remove', path: `emails[${anyOf(tests)}]` }
    const before = { emails }
    t.same(
      rejection(() => patch(before, ...times(enough + 1, () => remove))),
      {
        status: 400,
        scimType: 'tooMany',
        detail:
          `The operations up to Operations[${enough - 3}] exceed the maximum of 2,000,000 inspections of values, because ` +
          'filters and lists are long. Nothing was changed. Send fewer operations per request, or shorter filters.',
      },
    )
    t.same(before, { emails })
  },
)

t.test('long filters on short lists stay within the budget', async t => {
  const before = { emails: emails.slice(0, 2) }
  t.same(patch(before, ...times(1000, () => ({ op: 'remove', path: `emails[${anyOf(50)}]` }))), before)
})

t.test('values that are recomputed for each operation count for more', async t => {
  const changeAll = (at: number): Operation => ({ op: 'replace', path: 'emails.display', value: `${at}` })
  const add = (at: number): Operation => ({ op: 'add', path: 'emails', value: [emails[at] ?? null] })
  t.match(
    rejection(() => patch({ emails }, ...times(1000, at => (at % 2 === 0 ? changeAll(at) : add(at))))),
    { scimType: 'tooMany' },
  )
  const long = emails.slice(0, 10).map(email => ({ ...email, value: email.value.padEnd(20_000, 'x') }))
  const seek: Operation = { op: 'remove', path: 'emails[value co "y" or value co "z" or value co "ä"]' }
  t.match(
    rejection(() => patch({ emails: long }, ...times(1000, () => seek))),
    { scimType: 'tooMany' },
  )
})

t.test('a filter applies to times, lists and attributes with names of JavaScript’s own', async t => {
  const badges = attribute('badges', 'The badges of a visitor.', {
    type: 'complex',
    multiValued: true,
    subAttributes: [
      attribute('valueOf', 'A name that every object has.'),
      attribute('since', 'When.', { type: 'dateTime' }),
      attribute('doors', 'The doors that it opens.', { multiValued: true }),
      attribute('level', 'The security level.', { type: 'integer' }),
    ],
  })
  const visitor: ResourceType = { ...userType, attributes: [...userType.attributes, badges] }
  const red = { since: '2026-01-01T00:00:00Z', doors: ['North', 'South'] }
  const blue = { since: '2026-02-01T00:00:00+01:00', doors: ['West'], level: 3, valueOf: 'Blue' }
  const left = (filter: string) =>
    patching(ignoringMisses, visitor).patch(
      { badges: [red, blue] },
      { op: 'remove', path: `badges[${filter}]` },
    )
  t.same(left('since lt "2026-01-31T00:00:00Z"'), { badges: [blue] })
  t.same(left('doors eq "SOUTH"'), { badges: [blue] })
  t.same(left('not (level pr)'), { badges: [blue] })
  t.same(left('valueOf eq "blue"'), { badges: [red] })
  t.same(left('valueOf pr and doors eq "south"'), { badges: [red, blue] })
  t.same(left('level ge 3 or doors sw "n"'), {})
})
