import t from 'tap'
import { loadProfile, switchesOf } from '../../../src/profiles/registry.ts'
import type { JsonObject } from '../../../src/scim/json.ts'
import {
  check,
  filtered,
  idsIn,
  members,
  pairs,
  patch,
  query,
  replacing,
  type Sample,
  sent,
  user,
} from './aws-samples.ts'

const everyId = [
  ...new Set(
    switchesOf('aws').flatMap(({ id, values }) =>
      values.flatMap(value => idsIn(loadProfile('aws', { [id]: value }).rules)),
    ),
  ),
]

t.test('each rule has a request that violates it and one that does not', async t => {
  t.same(Object.keys(pairs).sort(), [...everyId].sort(), 'as many pairs as rules')
  for (const [id, { breaks, keeps, switches = {} }] of Object.entries(pairs)) {
    t.same(
      check(breaks, switches).map(one => one.id),
      [id],
      `only ${id} is violated`,
    )
    t.same(check(keeps, switches), [], `${id} is not violated`)
  }
})

t.test('a rule with a switch is off by default', async t => {
  for (const [id, { breaks, switches }] of Object.entries(pairs)) {
    if (switches)
      t.notOk(
        check(breaks).some(broken => broken.id === id),
        id,
      )
  }
})

const textOf = (sample: Sample, switches = {}) => check(sample, switches)[0]?.detail

t.test('errors with a known text of AWS have that text', async t => {
  t.equal(
    textOf(patch('Group', { op: 'replace', path: 'members', value: members(1) })),
    'Replacing group memberships is not supported.',
  )
  t.equal(
    textOf(sent('Group', { op: 'replace', value: { displayName: 'Leads', externalId: 'leads' } })),
    'Current PATCH support allows omitting "path" attribute only for Add and Replace operations modifying a single attribute.',
  )
  t.equal(textOf(sent('Group', { op: 'remove' })), 'Missing path in PATCH request')
  t.equal(textOf(filtered('User', 'displayName eq "Mira"')), 'Invalid Filter format')
  t.equal(
    textOf(
      user({
        emails: [
          { value: 'a', primary: true },
          { value: 'b', primary: true },
        ],
      }),
    ),
    'List attribute emails exceeds allowed limit of 1',
  )
  t.equal(
    textOf(user({ addresses: [{ type: 'work' }, { type: 'home' }] })),
    'List attribute addresses allowed limit of 1',
  )
  t.equal(
    textOf(user({ name: { givenName: 'Mira', familyName: '' } })),
    "2 validation errors detected: Value at 'name.familyName' failed to satisfy constraint: Member must have " +
      "length greater than or equal to 1; Value at 'name.familyName' failed to satisfy constraint: Member must " +
      'satisfy regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\t\\n\\r ]+',
  )
  t.equal(
    textOf(user({ 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { manager: '' } })),
    "2 validation errors detected: Value at 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User.manager.value' " +
      'failed to satisfy constraint: Member must have length greater than or equal to 1; Value at ' +
      "'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User.manager.value' failed to satisfy constraint: " +
      'Member must satisfy regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\t\\n\\r ]+',
  )
  t.equal(
    textOf(query('User', { count: '101' }), { countAbovePage: 'refuse' }),
    "1 validation errors detected: Value at 'count' failed to satisfy constraint: Member must have value less than or equal to 100",
  )
  t.equal(
    textOf(query('User', { count: '0' })),
    "1 validation errors detected: Value at 'count' failed to satisfy constraint: Member must have value greater than or equal to 1",
  )
  t.equal(
    textOf(query('User', { count: 'many' })),
    "1 validation errors detected: Value at 'count' failed to satisfy constraint: Member must be a number",
  )
})

t.test('every filter that AWS lists is accepted, and similar ones are rejected', async t => {
  const passes = (type: 'User' | 'Group', filter: string) => check(filtered(type, filter)).length === 0
  const offered = [
    ['User', 'userName eq "a"'],
    ['User', 'externalId eq "a"'],
    ['User', 'id eq "a"'],
    ['User', 'groups.value eq "a"'],
    ['User', 'id eq "a" and manager eq "b"'],
    ['User', 'manager eq "b" and id eq "a"'],
    ['Group', 'displayName eq "a"'],
    ['Group', 'externalId eq "a"'],
    ['Group', 'id eq "a"'],
    ['Group', 'members.value eq "a"'],
    ['Group', 'id eq "a" and members eq "b"'],
    ['Group', 'member eq "b" and id eq "a"'],
  ] as const
  const refused = [
    ['User', 'displayName eq "a"'],
    ['User', 'active eq true'],
    ['User', 'emails.value eq "a"'],
    ['User', 'manager eq "b"'],
    ['User', 'userName eq "a" or id eq "b"'],
    ['User', 'not (userName eq "a")'],
    ['User', 'userName pr'],
    ['User', 'id eq "a" and manager eq "b" and userName eq "c"'],
    ['Group', 'id eq "a" and displayName eq "b"'],
    ['Group', 'displayName co "a"'],
    ['Group', 'members[value eq "a"]'],
    ['Group', 'members eq "a"'],
    ['Group', 'member eq "a"'],
    ['Group', 'id eq "a" and members[value eq "b"]'],
    ['User', 'groups[value eq "a"]'],
    ['User', 'groups eq "a"'],
    ['Group', 'meta.created gt "2026-01-01T00:00:00Z"'],
  ] as const
  for (const [type, filter] of offered) t.ok(passes(type, filter), `${type}: ${filter}`)
  for (const [type, filter] of refused) t.notOk(passes(type, filter), `${type}: ${filter}`)
})

t.test('a repeated member counts each time towards the 100 changes of a PATCH', async t => {
  const [member = {}] = members(1)
  const repeated = (count: number) => Array.from({ length: count }, () => member)
  const operations: readonly JsonObject[] = [
    { op: 'add', path: 'members', value: repeated(101) },
    { op: 'remove', path: 'members', value: repeated(101) },
    { op: 'add', value: { id: '74a83408', members: repeated(101) } },
  ]
  for (const operation of operations) {
    t.same(
      check(patch('Group', operation)).map(({ id }) => id),
      ['aws/at-most-100-membership-changes'],
    )
  }
  t.same(check(patch('Group', { op: 'add', path: 'members', value: repeated(100) })), [])
  t.same(check(patch('Group', { op: 'replace', path: 'displayName', value: 'Leads' })), [])
  t.same(
    check(patch('Group', { op: 'remove', path: 'members[value eq "b4f8c4a8"]', value: repeated(101) })),
    [],
    'a path with a filter selects the removed members by itself',
  )
})

t.test('the display of a role is rejected in PUT and POST, and PATCH cannot change roles', async t => {
  const roles = [{ value: 'Admin', display: 'Administrator' }]
  t.same(check(replacing({ roles })), [
    { id: 'aws/no-role-display', detail: 'Attribute roles.display is not supported.' },
  ])
  const changes: readonly JsonObject[] = [
    { op: 'add', path: 'roles', value: roles },
    { op: 'replace', path: 'roles[value eq "Admin"].display', value: 'Administrator' },
    { op: 'replace', value: { roles } },
  ]
  for (const operation of changes) {
    t.same(
      check(patch('User', operation)).map(({ id }) => id),
      ['aws/attributes-that-patch-changes'],
    )
  }
})

t.test('the switch "legacyMembers" allows emptying and replacing groups as before 2024', async t => {
  const legacy = { legacyMembers: 'allow' }
  const replaced = patch('Group', { op: 'replace', path: 'members', value: members(1) })
  const emptied = patch('Group', { op: 'remove', path: 'members' })
  t.same([check(replaced, legacy), check(emptied, legacy)], [[], []])
})

t.test('the switch "email" rejects users without an email address', async t => {
  t.same(
    check(user({ emails: null }), { email: 'required' }).map(({ detail }) => detail),
    ["1 validation errors detected: Value at 'emails' failed to satisfy constraint: Member must not be null"],
  )
})
