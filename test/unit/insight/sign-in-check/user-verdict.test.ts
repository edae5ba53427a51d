import t from 'tap'
import { isAddress, isGuestName, primaryEmail } from '../../../../src/insight/sign-in-check/user-name.ts'
import { findAccessIssue, findUserIssues, verdictOf } from '../../../../src/insight/sign-in-check/users.ts'

t.test('SI-002 addresses are those of RFC 2822 without comments and literals', async t => {
  for (const address of [
    'anna@example.com',
    'a.b+c@x.example',
    "o'neil@example.com",
    'ann#EXT#@x.example',
    '"a b"@example.com',
    'jörg@example.com',
  ])
    t.ok(isAddress(address), address)
  for (const text of [
    '',
    'anna',
    '@example.com',
    'anna@',
    'a b@example.com',
    'anna@example.com ',
    'a@b@c',
    '.a@example.com',
    'a.@example.com',
    'a..b@example.com',
    'a@x..example',
    'anna@[127.0.0.1]',
    'Anna <anna@example.com>',
    'a\u0000@example.com',
    `${'a'.repeat(320)}@example.com`,
  ])
    t.notOk(isAddress(text), text)
})

t.test('the primary email address is the one that is marked, or the first', async t => {
  t.equal(primaryEmail({ emails: [{ value: 'a@x' }, { value: 'b@x', primary: true }] }), 'b@x')
  t.equal(primaryEmail({ emails: [{ value: 'a@x' }, { value: 'b@x' }] }), 'a@x')
  t.equal(primaryEmail({ emails: [] }), undefined)
  t.equal(primaryEmail({}), undefined)
})

const document = JSON.stringify({ emails: [{ value: 'Anna@example.com', primary: true }] })
const anna = { status: 'active', label: 'anna@example.com', document } as const
const rules = (changes: Partial<Parameters<typeof findUserIssues>[0]>) =>
  findUserIssues({ ...anna, ...changes }).map(({ rule }) => rule)

t.test('SI-030 to SI-034 come from a user as it is stored', async t => {
  t.same(rules({}), [])
  t.same(rules({ label: 'anna' }), ['SI-030', 'SI-033'])
  t.same(rules({ status: 'disabled' }), ['SI-031'])
  t.same(rules({ status: 'retained', predecessor: 'x' }), ['SI-031'])
  t.same(rules({ status: 'removed' }), ['SI-031'])
  t.same(rules({ label: 'anna_example.com#ext#@corp.example' }), ['SI-032', 'SI-033'])
  t.same(rules({ predecessor: 'x' }), ['SI-034'])
  t.ok(isGuestName('a#EXT#@b'))
})

t.test('SI-035 is about users who are in no group and have no assignment', async t => {
  const groups = [{ id: 'g' as never, type: 'Group' }]
  t.same(
    [
      findAccessIssue({ status: 'active', groups: [] }, false).length,
      findAccessIssue({ status: 'active', groups: [] }, true).length,
      findAccessIssue({ status: 'active', groups }, false).length,
      findAccessIssue({ status: 'removed', groups: [] }, false).length,
    ],
    [1, 0, 0, 0],
  )
})

t.test('the most severe issue decides', async t => {
  const verdict = (...ids: readonly ('SI-030' | 'SI-032' | 'SI-033')[]) =>
    verdictOf(ids.map(rule => ({ rule, detail: '' })))
  t.same(
    [verdict(), verdict('SI-033'), verdict('SI-033', 'SI-032'), verdict('SI-032', 'SI-030')],
    ['yes', 'yes', 'at-risk', 'no'],
  )
})
