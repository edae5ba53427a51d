import t, { type Test } from 'tap'
import { describeRequest, type Intent } from '../../../../src/domain/journal/description.ts'
import type { OperationFacts } from '../../../../src/domain/journal/operation.ts'
import type { Refusal } from '../../../../src/domain/tenants/tenant.ts'
import { findAttribute, resolveAttribute } from '../../../../src/scim/attribute.ts'
import { groupType, userType } from '../../../../src/scim/core-schemas.ts'
import { parseFilter } from '../../../../src/scim/filter/bind.ts'
import type { Json } from '../../../../src/scim/json.ts'
import type { PatchOperation, PatchTarget } from '../../../../src/scim/patch/elements.ts'
import type { ResourceType } from '../../../../src/scim/resource-types.ts'
import { deviceType } from '../../../support/device-type.ts'
import { strictReads } from '../../../support/request-policy.ts'

const limits = { filterLength: 1000, filterDepth: 10 }
const filter = (type: ResourceType, text: string) => parseFilter(text, type, strictReads, limits)

const target = (type: ResourceType, name: string): PatchTarget => {
  const path = resolveAttribute(type, name)
  if (!path) throw new Error(`${type.name} has no ${name}.`)
  return { path, text: name }
}

const operation = (
  type: ResourceType,
  op: PatchOperation['op'],
  name: string,
  value?: Json,
): PatchOperation => ({ op, path: name, assignments: [{ target: target(type, name), value }], ignored: [] })

/** Entra's format for several changes: an operation without a path. */
const pathless = (
  type: ResourceType,
  values: Record<string, Json>,
  ignored: string[] = [],
): PatchOperation => ({
  op: 'replace',
  assignments: Object.entries(values).map(([name, value]) => ({ target: target(type, name), value })),
  ignored,
})

const leaving = (id: string): PatchOperation => {
  const members = target(groupType, 'members')
  const value = findAttribute(members.path[0]?.subAttributes ?? [], 'value')
  const where = { kind: 'compare', path: value ? [value] : [], operator: 'eq', value: id } as const
  return {
    op: 'remove',
    path: `members[value eq "${id}"]`,
    ignored: [],
    assignments: [{ target: { ...members, where }, value: undefined }],
  }
}

const people = (count: number) => Array.from({ length: count }, (_, at) => ({ value: String(at) }))
const guid = '3F2504E0-4F89-11D3-9A0C-0305E82C3301'
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

/** An intent, its sentence, and its data. */
type Case = readonly [Intent, action: string, facts: OperationFacts]

const compare = (t: Test, cases: readonly Case[]) =>
  t.same(
    cases.map(([intent]) => describeRequest(intent)),
    cases.map(([, action, facts]) => ({ ...facts, action })),
  )

t.test('operations are described by the resource type', async t => {
  compare(t, [
    [{ kind: 'create', type: userType }, 'create user', { operation: 'create' }],
    [{ kind: 'read', type: userType }, 'read user', { operation: 'read' }],
    [{ kind: 'replace', type: userType }, 'replace user', { operation: 'replace' }],
    [
      { kind: 'replace', type: userType, enabled: false },
      'replace user (disabled)',
      { operation: 'replace', enabled: false },
    ],
    [{ kind: 'delete', type: groupType }, 'delete group', { operation: 'delete' }],
    [{ kind: 'create', type: deviceType }, 'create device', { operation: 'create' }],
    [{ kind: 'search' }, 'search everything', { operation: 'search' }],
    [{ kind: 'bulk', operations: 1 }, 'bulk of 1 operation', { operation: 'bulk', bulkOperations: 1 }],
    [{ kind: 'bulk', operations: 20 }, 'bulk of 20 operations', { operation: 'bulk', bulkOperations: 20 }],
    [{ kind: 'discovery', document: 'schemas' }, 'read schemas', { operation: 'discovery' }],
    [{ kind: 'unknown-address' }, 'unknown address', { operation: 'unknown-address' }],
    [
      { kind: 'unsupported', what: 'DELETE on /Users' },
      'unsupported: DELETE on /Users',
      { operation: 'unsupported' },
    ],
    [{ kind: 'malformed' }, 'malformed request', { operation: 'malformed' }],
  ])
})

t.test('R-006 a rejection has the problem of the token', async t => {
  const rejected = (refusal: Refusal, action: string): Case => [
    { kind: 'rejected', refusal },
    action,
    { operation: 'rejected' },
  ]
  compare(t, [
    rejected('missing', 'rejected: no token'),
    rejected('unknown', 'rejected: unknown token'),
    rejected('expired', 'rejected: token expired'),
    rejected('deleted', 'rejected: token deleted'),
    rejected('other-tenant', 'rejected: token of another tenant'),
    rejected('read-only', 'rejected: read-only token'),
  ])
})

t.test('lists are described by the attributes of the filter', async t => {
  const list = (type: ResourceType, text: string, found?: number): Intent => ({
    kind: 'list',
    type,
    filter: filter(type, text),
    ...(found !== undefined && { found }),
  })
  const lookUp = { operation: 'look-up' } as const
  const search = { operation: 'search', results: 3 } as const
  compare(t, [
    [{ kind: 'list', type: userType }, 'list users', { operation: 'list' }],
    [list(userType, 'userName eq "anna"', 1), 'look up user by userName', { ...lookUp, results: 1 }],
    [list(userType, 'userName eq "anna"', 0), 'look up user by userName', { ...lookUp, results: 0 }],
    [list(userType, 'userName eq "anna"'), 'look up user by userName', lookUp],
    [list(userType, 'emails[value eq "a"]', 1), 'look up user by emails.value', { ...lookUp, results: 1 }],
    [
      list(userType, 'externalId eq "1" and userName eq "a"', 1),
      'look up user by externalId, userName',
      { ...lookUp, results: 1 },
    ],
    [list(groupType, 'members.value eq "1"', 1), 'look up group by members', { ...lookUp, results: 1 }],
    [
      list(groupType, 'id eq "1" and members eq "2"', 1),
      'look up group by id, members',
      { ...lookUp, results: 1 },
    ],
    [
      list(userType, 'title co "x" or name.familyName pr', 3),
      'search users by title, name.familyName',
      search,
    ],
    [list(userType, `${enterprise}:department sw "x"`, 3), 'search users by department', search],
    [list(deviceType, 'not (serial eq "x")', 3), 'search devices by serial', search],
  ])
})

t.test('a look-up of a random UUID without results is a connection test', async t => {
  const list = (text: string, found: number, type: ResourceType = userType) => {
    const { operation, action } = describeRequest({ kind: 'list', type, filter: filter(type, text), found })
    return [operation, action]
  }
  t.same(list(`userName eq "${guid}"`, 0), ['probe', 'test connection'])
  t.same(list(`emails[value eq "${guid}"]`, 0), ['probe', 'test connection'])
  t.same(list(`displayName eq "${guid}"`, 0, groupType), ['probe', 'test connection'])
  t.same(list(`userName eq "${guid}"`, 1), ['look-up', 'look up user by userName'], 'it is a user name')
  t.same(list(`title eq "${guid}"`, 0), ['look-up', 'look up user by title'], 'not a matching attribute')
  t.same(
    list(`externalId eq "${guid}"`, 0),
    ['look-up', 'look up user by externalId'],
    'object ids in Entra ID are UUIDs',
  )
})

t.test('a PATCH is described by its changes', async t => {
  const user = (...operations: PatchOperation[]): Intent => ({ kind: 'patch', type: userType, operations })
  compare(t, [
    [user(), 'change user', { operation: 'update' }],
    [
      user(operation(userType, 'replace', 'active', false)),
      'disable user',
      { operation: 'disable', enabled: false },
    ],
    [user(operation(userType, 'add', 'active', true)), 'enable user', { operation: 'enable', enabled: true }],
    [user(operation(userType, 'remove', 'active')), 'change active of user', { operation: 'update' }],
    [user(operation(userType, 'replace', 'userName', 'b')), 'rename user', { operation: 'rename' }],
    [
      user(operation(userType, 'replace', 'displayName', 'B'), operation(userType, 'replace', 'title', 'C')),
      'change displayName, title of user',
      { operation: 'update' },
    ],
    [
      user(pathless(userType, { active: false, title: 'x' })),
      'disable user, change title of user',
      { operation: 'disable', enabled: false },
    ],
    [
      user(
        pathless(userType, {
          title: 'x',
          nickName: 'x',
          locale: 'x',
          timezone: 'x',
          userType: 'x',
          'name.givenName': 'x',
        }),
      ),
      'change title, nickName, locale, timezone and 2 more of user',
      { operation: 'update' },
    ],
    [
      user(pathless(userType, { [`${enterprise}:department`]: 'x' })),
      'change department of user',
      { operation: 'update' },
    ],
    [user(pathless(userType, {}, ['shoeSize'])), 'change shoeSize of user', { operation: 'update' }],
    [
      user(pathless(userType, {}, ['password[value eq "s3cret"]'])),
      'change password of user',
      { operation: 'update' },
    ],
    [user(pathless(userType, {}, ['[s3cret]'])), 'change something unknown of user', { operation: 'update' }],
    [
      { kind: 'patch', type: deviceType, operations: [operation(deviceType, 'replace', 'inUse', false)] },
      'disable device',
      { operation: 'disable', enabled: false },
    ],
    [
      { kind: 'patch', type: deviceType, operations: [operation(deviceType, 'replace', 'serial', '2')] },
      'rename device',
      { operation: 'rename' },
    ],
  ])
})

t.test('added and removed members of a PATCH are counted', async t => {
  const group = (...operations: PatchOperation[]): Intent => ({ kind: 'patch', type: groupType, operations })
  const add = (count: number) => operation(groupType, 'add', 'members', people(count))
  const remove = (count: number) => operation(groupType, 'remove', 'members', people(count))
  compare(t, [
    [group(add(1)), 'add 1 member', { operation: 'add-members', membersAdded: 1 }],
    [group(add(3)), 'add 3 members', { operation: 'add-members', membersAdded: 3 }],
    [group(add(1), add(1)), 'add 2 members', { operation: 'add-members', membersAdded: 2 }],
    [group(remove(1)), 'remove 1 member', { operation: 'remove-members', membersRemoved: 1 }],
    [
      group(leaving('1'), leaving('2')),
      'remove 2 members',
      { operation: 'remove-members', membersRemoved: 2 },
    ],
    [
      group(add(2), remove(1)),
      'add 2 and remove 1 members',
      { operation: 'change-members', membersAdded: 2, membersRemoved: 1 },
    ],
    [group(operation(groupType, 'remove', 'members')), 'remove all members', { operation: 'remove-members' }],
    [
      group(operation(groupType, 'replace', 'members', people(2))),
      'replace members',
      { operation: 'replace-members' },
    ],
    [
      group(operation(groupType, 'replace', 'displayName', 'x'), add(2)),
      'rename group, add 2 members',
      { operation: 'add-members', membersAdded: 2 },
    ],
  ])
})

t.test('OC-006 repeated common attributes in a value without a path are not changes', async t => {
  const change = (...operations: PatchOperation[]): string =>
    describeRequest({ kind: 'patch', type: groupType, operations }).action
  const repeated = ['id', 'Meta', 'schemas']
  t.equal(change(pathless(groupType, { displayName: 'Ops' }, repeated)), 'rename group')
  t.equal(change(pathless(groupType, { externalId: 'g-2' }, ['id'])), 'change externalId of group')
  t.equal(change(pathless(groupType, {}, ['id'])), 'change group')
  t.equal(change(pathless(groupType, {}, ['id', 'color'])), 'change color of group')
  t.equal(
    change({ op: 'replace', path: 'id', assignments: [], ignored: ['id'] }),
    'change id of group',
    'a path is intentional',
  )
})

t.test('IS-601 requests to AWS APIs are described like those to SCIM', async t => {
  compare(t, [
    [
      { kind: 'look-up', type: userType, by: ['userName'] },
      'look up user by userName',
      { operation: 'look-up' },
    ],
    [
      { kind: 'list', type: userType, found: 100, continued: true },
      'list users, continued',
      { operation: 'list', results: 100 },
    ],
    [
      { kind: 'change', type: userType, attributes: ['userName', 'title', 'emails', 'title'] },
      'rename user, change title, emails of user',
      { operation: 'rename' },
    ],
    [
      { kind: 'change', type: groupType, attributes: ['description'] },
      'change description of group',
      { operation: 'update' },
    ],
    [
      { kind: 'membership', change: 'add', member: 'barney' },
      'add member barney',
      { operation: 'add-members', membersAdded: 1 },
    ],
    [
      { kind: 'membership', change: 'remove' },
      'remove member',
      { operation: 'remove-members', membersRemoved: 1 },
    ],
    [
      { kind: 'other', operation: 'list', action: 'list instances', found: 1 },
      'list instances',
      { operation: 'list', results: 1 },
    ],
    [{ kind: 'rejected-key', refusal: 'unknown' }, 'rejected: unknown access key', { operation: 'rejected' }],
    [
      { kind: 'rejected-key', refusal: 'wrong-signature', differs: 'host' },
      'rejected: wrong signature (host)',
      { operation: 'rejected' },
    ],
  ])
})
