import t from 'tap'
import { groupType } from '../../../src/scim/core-schemas.ts'
import { membershipChanges } from '../../../src/scim/patch/membership.ts'
import { membersAfter, patching } from '../../support/patch.ts'
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
