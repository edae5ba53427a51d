import t from 'tap'
import { loadProfile, switchesOf } from '../../../src/profiles/registry.ts'
import type { JsonObject } from '../../../src/scim/json.ts'
import {
  check,
  filtered,
  group,
  idsIn,
  members,
  patch,
  query,
  replacing,
  type Sample,
  sent,
  user,
} from './aws-samples.ts'

type Pair = {
  readonly breaks: Sample
  readonly keeps: Sample
  readonly switches?: Readonly<Record<string, string>>
}

const path = 'emails[type eq "work"].value'

/** For each rule, a request that violates it and a similar one that does not. */
const pairs: Readonly<Record<string, Pair>> = {
  'aws/no-replacing-groups': {
    breaks: { at: 'operation', type: 'Group', operation: 'replace' },
    keeps: { at: 'operation', type: 'User', operation: 'replace' },
  },
  'aws/required-attributes': {
    breaks: user({ name: { givenName: 'Mira' } }),
    keeps: user({ NAME: { GivenName: 'Mira', FamilyName: 'Holt' } }),
  },
  'aws/no-empty-text': {
    breaks: user({ title: '' }),
    keeps: user({ id: '', title: null, phoneNumbers: [{ value: '1', type: '' }], emails: [], members: null }),
  },
  'aws/text-length': {
    breaks: user({ userName: 'm'.repeat(129) }),
    keeps: user({ userName: 'm'.repeat(128), title: 't'.repeat(1024), externalId: 'e'.repeat(256) }),
  },
  'aws/text-characters': {
    breaks: user({ userName: 'mira holt' }),
    keeps: user({ displayName: 'Mira\tHolt (Größe 日本) <>;:%', userName: "o'hara+1@example.org" }),
  },
  'aws/one-value-per-list': {
    breaks: user({ phoneNumbers: [{ value: '1' }, { value: '2' }] }),
    keeps: user({ phoneNumbers: [{ value: '1' }], addresses: [{ type: 'work' }], roles: [] }),
  },
  'aws/email-is-primary': {
    breaks: user({ emails: [{ value: 'mira.holt@example.org' }] }),
    keeps: user({ emails: [{ value: 'mira.holt@example.org', primary: 'True' }] }),
  },
  'aws/reserved-names': {
    breaks: group({ displayName: 'AWSAdministrators' }),
    keeps: group({ displayName: 'AWSAdministrators2' }),
  },
  'aws/no-role-display': {
    breaks: user({ roles: [{ value: 'Admin', display: 'Administrator' }] }),
    keeps: user({ roles: [{ value: 'Admin', type: 'work', primary: true, display: null }] }),
  },
  'aws/no-groups-on-create': {
    breaks: user({ groups: [{ value: '74a83408-d0c1-7011-a2b3-c4d5e6f70819' }] }),
    keeps: user({ groups: [] }),
  },
  'aws/at-most-100-members-on-create': {
    breaks: group({ members: members(101) }),
    keeps: group({ members: members(100) }),
  },
  'aws/no-nested-groups': {
    breaks: group({ members: [{ value: '74a83408-d0c1-7011-a2b3-c4d5e6f70819', type: 'Group' }] }),
    keeps: group({ members: [{ value: 'b4f8c4a8-30d1-70e2-9c55-1f0a6a7d2e31', type: 'User' }] }),
  },
  'aws/no-special-characters': {
    breaks: user({ displayName: 'Mira <Holt>' }),
    keeps: user({ profileUrl: 'https://people.example.org/mira' }),
    switches: { specialCharacters: 'refuse' },
  },
  'aws/no-line-breaks': {
    breaks: user({ displayName: 'Mira\nHolt' }),
    keeps: user({ displayName: 'Mira Holt' }),
    switches: { lineBreaks: 'refuse' },
  },
  'aws/no-unsupported-attributes': {
    breaks: user({ phoneNumbers: [{ value: '1', display: 'Desk' }] }),
    keeps: user({ shoeSize: 43, photos: [] }),
    switches: { unsupportedAttributes: 'refuse' },
  },
  'aws/put-repeats-the-id': {
    breaks: replacing({ id: null }),
    keeps: replacing({ ID: 'b4f8c4a8-30d1-70e2-9c55-1f0a6a7d2e31' }),
    switches: { putUserId: 'required' },
  },
  'aws/patch-op': {
    breaks: sent('User', { op: 'move', path: 'title', value: 'Dispatcher' }),
    keeps: sent('User', { op: 'Replace', path: 'title', value: 'Dispatcher' }),
  },
  'aws/remove-needs-a-path': {
    breaks: sent('Group', { op: 'Remove' }),
    keeps: sent('Group', { op: 'Remove', path: 'externalId' }),
  },
  'aws/add-and-replace-need-a-value': {
    breaks: sent('User', { op: 'add', path: 'title' }),
    keeps: sent('User', { op: 'add', path: 'title', value: 'Dispatcher' }),
  },
  'aws/pathless-changes-one-attribute': {
    breaks: sent('Group', { op: 'replace', value: { displayName: 'Leads', externalId: 'leads' } }),
    keeps: sent('Group', { op: 'replace', value: { id: '74a83408', externalId: 'leads' } }),
  },
  'aws/no-patch-of-unsupported-attributes': {
    breaks: sent('User', {
      op: 'add',
      path: 'photos[type eq "photo"].value',
      value: 'https://example.org/p',
    }),
    keeps: sent('User', { op: 'add', path: 'phoneNumbers[type eq "work"].value', value: '1' }),
    switches: { unsupportedAttributes: 'refuse' },
  },
  'aws/attributes-that-patch-changes': {
    breaks: patch('User', { op: 'add', path: 'roles', value: [{ value: 'Admin' }] }),
    keeps: patch('User', {
      op: 'add',
      path: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department',
      value: 'Freight',
    }),
  },
  'aws/no-removing-user-name-and-active': {
    breaks: patch('User', { op: 'remove', path: 'active' }),
    keeps: patch('User', { op: 'remove', path: 'title' }),
  },
  'aws/one-change-of-user-name-and-active': {
    breaks: patch(
      'User',
      { op: 'replace', path: 'active', value: false },
      { op: 'Replace', value: { active: 'True' } },
    ),
    keeps: patch(
      'User',
      { op: 'replace', path: 'active', value: false },
      { op: 'replace', path: 'userName', value: 'm.holt@example.org' },
    ),
  },
  'aws/eq-only-in-paths': {
    breaks: patch('User', { op: 'replace', path: 'emails[type sw "wo"].value', value: 'm@example.org' }),
    keeps: patch('User', { op: 'replace', path, value: 'm@example.org' }),
  },
  'aws/no-removing-required-attributes': {
    breaks: patch('User', { op: 'remove', path: 'name' }),
    keeps: patch('User', { op: 'remove', path: 'name.middleName' }),
  },
  'aws/at-most-100-membership-changes': {
    breaks: patch(
      'Group',
      { op: 'add', path: 'members', value: members(60) },
      { op: 'remove', path: 'members', value: members(41) },
    ),
    keeps: patch(
      'Group',
      { op: 'add', path: 'members', value: members(60) },
      { op: 'remove', path: 'members', value: members(40) },
    ),
  },
  'aws/no-replacing-members': {
    breaks: patch('Group', { op: 'replace', path: 'members', value: members(1) }),
    keeps: patch('Group', { op: 'add', path: 'members', value: members(1) }),
  },
  'aws/no-removing-all-members': {
    breaks: patch('Group', { op: 'remove', path: 'members', value: [] }),
    keeps: patch('Group', { op: 'remove', path: 'members', value: members(1) }),
  },
  'aws/members-replaced-by-nobody': {
    breaks: patch('Group', { op: 'replace', path: 'members', value: [{ value: '' }] }),
    keeps: patch('Group', { op: 'replace', path: 'members', value: members(1) }),
    switches: { legacyMembers: 'ignore' },
  },
  'aws/no-filtered-member-path': {
    breaks: patch('Group', { op: 'remove', path: 'members[value eq "b4f8c4a8"]' }),
    keeps: patch('Group', { op: 'remove', path: 'members', value: [{ value: 'b4f8c4a8' }] }),
    switches: { filteredMemberPath: 'refuse' },
  },
  'aws/filters': {
    breaks: filtered('User', 'userName sw "mira"'),
    keeps: filtered('User', 'userName eq "mira.holt@example.org"'),
  },
  'aws/cursor-characters': {
    breaks: query('User', { cursor: 'a b' }),
    keeps: query('User', { cursor: '' }),
  },
  'aws/count-in-range': {
    breaks: query('User', { count: '0' }),
    keeps: query('User', { count: '101' }),
  },
  'aws/count-within-page': {
    breaks: query('User', { count: '101' }),
    keeps: query('User', { count: '100' }),
    switches: { countAbovePage: 'refuse' },
  },
  'aws/no-empty-cursor-with-filter': {
    breaks: query('Group', { cursor: '', filter: 'members.value eq "b4f8c4a8"' }),
    keeps: query('User', { cursor: '', filter: 'groups.value eq "74a83408"' }),
    switches: { emptyCursorWithFilter: 'refuse' },
  },
  'aws/members-and-groups-by-value': {
    breaks: filtered('Group', 'members[value eq "b4f8c4a8"]'),
    keeps: filtered('Group', 'members.value eq "b4f8c4a8"'),
  },
  'aws/no-id-with-members-value': {
    breaks: filtered('Group', 'id eq "74a83408" and members.value eq "b4f8c4a8"'),
    keeps: filtered('Group', 'id eq "members.value eq" and members eq "b4f8c4a8"'),
    switches: { idWithMembersValue: 'refuse' },
  },
  'aws/no-unsupported-parameters': {
    breaks: query('Group', { excludedAttributes: 'members' }),
    keeps: query('Group', { count: '1' }),
    switches: { unsupportedParameters: 'refuse' },
  },
  'aws/filter-says-member': {
    breaks: filtered('Group', 'id eq "74a83408" and members eq "b4f8c4a8"'),
    keeps: filtered('Group', 'id eq "members eq" and member eq "b4f8c4a8"'),
    switches: { memberFilter: 'member' },
  },
}

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
