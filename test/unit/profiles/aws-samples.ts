import type { OperationName, Profile, Rule, Rules } from '../../../src/profiles/profile.ts'
import { loadProfile } from '../../../src/profiles/registry.ts'
import { parseFilter } from '../../../src/scim/filter/bind.ts'
import type { JsonObject } from '../../../src/scim/json.ts'
import { parsePatch } from '../../../src/scim/patch/parse.ts'
import { typeByName } from '../../../src/scim/resource-types.ts'

type TypeName = 'User' | 'Group'

/** A part of a request, by the stage at which a rule checks it. */
export type Sample =
  | { readonly at: 'operation'; readonly type: TypeName; readonly operation: OperationName }
  | {
      readonly at: 'body'
      readonly type: TypeName
      readonly operation: 'create' | 'replace'
      readonly body: JsonObject
    }
  | {
      readonly at: 'sentPatch' | 'patch'
      readonly type: TypeName
      readonly operations: readonly JsonObject[]
    }
  | {
      readonly at: 'query'
      readonly type: TypeName
      readonly parameters: Readonly<Record<string, string>>
    }

const typeOf = ({ schema: { resourceTypes } }: Profile, name: TypeName) => {
  const type = typeByName(resourceTypes, name)
  if (!type) throw new Error(`no ${name}`)
  return type
}

const broken = <Subject>(rules: readonly Rule<Subject>[], subject: Subject) =>
  rules.flatMap(({ id, check }) => {
    const violation = check(subject)
    return violation ? [{ id, detail: violation.detail }] : []
  })

/** The rules of AWS that a sample violates at its stage, with their messages. */
export function check(sample: Sample, switches: Readonly<Record<string, string>> = {}) {
  const profile = loadProfile('aws', switches)
  const { rules, requests } = profile
  const { limits } = requests
  const type = typeOf(profile, sample.type)
  switch (sample.at) {
    case 'operation':
      return broken(rules.operation, { operation: sample.operation, type })
    case 'body':
      return broken(rules.body, { operation: sample.operation, type, body: sample.body })
    case 'sentPatch':
      return broken(rules.sentPatch, { type, operations: [], sent: sample.operations })
    case 'patch':
      return broken(rules.patch, {
        type,
        operations: parsePatch(sample.operations, type, requests, limits),
        sent: sample.operations,
      })
    case 'query': {
      const { parameters } = sample
      const filter = parameters.filter && parseFilter(parameters.filter, type, requests, limits)
      return broken(rules.query, { type, parameters, filter: filter || undefined })
    }
  }
}

export const idsIn = (rules: Rules): readonly string[] => [
  ...new Set(
    Object.values(rules).flatMap((list: readonly { readonly id: string }[]) => list.map(({ id }) => id)),
  ),
]

const userBody = {
  userName: 'mira.holt@example.org',
  name: { givenName: 'Mira', familyName: 'Holt' },
  displayName: 'Mira Holt',
  active: true,
  emails: [{ value: 'mira.holt@example.org', type: 'work', primary: true }],
}

export const user = (changes: JsonObject = {}): Sample => ({
  at: 'body',
  type: 'User',
  operation: 'create',
  body: { ...userBody, ...changes },
})

export const replacing = (changes: JsonObject = {}): Sample => ({
  at: 'body',
  type: 'User',
  operation: 'replace',
  body: { ...userBody, ...changes },
})

export const group = (changes: JsonObject = {}): Sample => ({
  at: 'body',
  type: 'Group',
  operation: 'create',
  body: { displayName: 'Dispatch Leads', ...changes },
})

export const members = (count: number): readonly JsonObject[] =>
  Array.from({ length: count }, (_, at) => ({
    value: `b4f8c4a8-30d1-70e2-9c55-${String(at).padStart(12, '0')}`,
  }))

export const sent = (type: TypeName, ...operations: JsonObject[]): Sample => ({
  at: 'sentPatch',
  type,
  operations,
})
export const patch = (type: TypeName, ...operations: JsonObject[]): Sample => ({
  at: 'patch',
  type,
  operations,
})
export const query = (type: TypeName, parameters: Readonly<Record<string, string>>): Sample => ({
  at: 'query',
  type,
  parameters,
})
export const filtered = (type: TypeName, filter: string): Sample => query(type, { filter })

type Pair = {
  readonly breaks: Sample
  readonly keeps: Sample
  readonly switches?: Readonly<Record<string, string>>
}

const path = 'emails[type eq "work"].value'

/** For each rule, a request that violates it and a similar one that does not. */
export const pairs: Readonly<Record<string, Pair>> = {
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
