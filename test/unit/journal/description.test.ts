import t from 'tap'
import { describeRequest, type Intent } from '../../../src/journal/description.ts'
import { findAttribute, resolveAttribute } from '../../../src/scim/attribute.ts'
import { groupType, userType } from '../../../src/scim/core-schemas.ts'
import { parseFilter } from '../../../src/scim/filter/parse.ts'
import type { Json } from '../../../src/scim/json.ts'
import type { PatchOperation, PatchTarget } from '../../../src/scim/patch/operation.ts'
import type { ResourceType } from '../../../src/scim/resource-types.ts'
import { deviceType } from '../../support/device-type.ts'
import { strictReads } from '../../support/request-policy.ts'

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

/** Entra's way of many changes in one: an operation without a path. */
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

const said = (t: Tap, cases: readonly (readonly [Intent, string])[]) => {
  for (const [intent, words] of cases) t.equal(describeRequest(intent), words)
}
type Tap = { equal: (found: unknown, wanted: unknown) => boolean }

t.test('operations are called by their type', async t => {
  said(t, [
    [{ kind: 'create', type: userType }, 'create user'],
    [{ kind: 'read', type: userType }, 'read user'],
    [{ kind: 'replace', type: userType }, 'replace user'],
    [{ kind: 'replace', type: userType, enabled: false }, 'replace user (disabled)'],
    [{ kind: 'delete', type: groupType }, 'delete group'],
    [{ kind: 'create', type: deviceType }, 'create device'],
    [{ kind: 'search' }, 'search everything'],
    [{ kind: 'bulk', operations: 1 }, 'bulk of 1 operation'],
    [{ kind: 'bulk', operations: 20 }, 'bulk of 20 operations'],
    [{ kind: 'discovery', document: 'schemas' }, 'read schemas'],
    [{ kind: 'unknown-address' }, 'unknown address'],
    [{ kind: 'unsupported', what: 'DELETE on /Users' }, 'unsupported: DELETE on /Users'],
    [{ kind: 'broken-request' }, 'broken request'],
  ])
})

t.test('R-006 a refusal says what is wrong with the token', async t => {
  said(t, [
    [{ kind: 'refused', refusal: 'missing' }, 'refused: no token'],
    [{ kind: 'refused', refusal: 'unknown' }, 'refused: unknown token'],
    [{ kind: 'refused', refusal: 'expired' }, 'refused: token expired'],
    [{ kind: 'refused', refusal: 'deleted' }, 'refused: token deleted'],
    [{ kind: 'refused', refusal: 'other-tenant' }, 'refused: token of another tenant'],
    [{ kind: 'refused', refusal: 'read-only' }, 'refused: token may only read'],
  ])
})

t.test('lists say what was looked for', async t => {
  const list = (type: ResourceType, text: string, found?: number): Intent => ({
    kind: 'list',
    type,
    filter: filter(type, text),
    ...(found !== undefined && { found }),
  })
  said(t, [
    [{ kind: 'list', type: userType }, 'list users'],
    [list(userType, 'userName eq "anna@example.com"', 1), 'look up user by userName'],
    [list(userType, 'userName eq "anna@example.com"', 0), 'look up user by userName'],
    [list(userType, 'emails[value eq "a@example.com"]', 1), 'look up user by emails.value'],
    [list(userType, 'externalId eq "1" and userName eq "a"', 1), 'look up user by externalId, userName'],
    [list(groupType, 'members.value eq "1"', 1), 'look up group by members'],
    [list(groupType, 'id eq "1" and members eq "2"', 1), 'look up group by id, members'],
    [list(userType, 'title co "x" or name.familyName pr', 3), 'search users by title, name.familyName'],
    [list(userType, `${enterprise}:department sw "x"`, 3), 'search users by department'],
    [list(deviceType, 'not (serial eq "x")', 3), 'search devices by serial'],
  ])
})

t.test('a look-up of a random UUID that finds nobody is a test of the connection', async t => {
  const list = (text: string, found: number, type: ResourceType = userType) =>
    describeRequest({ kind: 'list', type, filter: filter(type, text), found })
  t.equal(list(`userName eq "${guid}"`, 0), 'test connection')
  t.equal(list(`emails[value eq "${guid}"]`, 0), 'test connection')
  t.equal(list(`displayName eq "${guid}"`, 0, groupType), 'test connection')
  t.equal(list(`userName eq "${guid}"`, 1), 'look up user by userName', 'somebody is called so')
  t.equal(list(`title eq "${guid}"`, 0), 'look up user by title', 'nobody matches by it')
  t.equal(list(`externalId eq "${guid}"`, 0), 'look up user by externalId', "Entra's object ids are UUIDs")
})

t.test('a patch says what becomes of a resource', async t => {
  const user = (...operations: PatchOperation[]): Intent => ({ kind: 'patch', type: userType, operations })
  said(t, [
    [user(), 'change user'],
    [user(operation(userType, 'replace', 'active', false)), 'disable user'],
    [user(operation(userType, 'add', 'active', true)), 'enable user'],
    [user(operation(userType, 'remove', 'active')), 'change active of user'],
    [user(operation(userType, 'replace', 'userName', 'b')), 'rename user'],
    [
      user(operation(userType, 'replace', 'displayName', 'B'), operation(userType, 'replace', 'title', 'C')),
      'change displayName, title of user',
    ],
    [user(pathless(userType, { active: false, title: 'x' })), 'disable user, change title of user'],
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
    ],
    [user(pathless(userType, { [`${enterprise}:department`]: 'x' })), 'change department of user'],
    [user(pathless(userType, {}, ['shoeSize'])), 'change shoeSize of user'],
    [user(pathless(userType, {}, ['password[value eq "s3cret"]'])), 'change password of user'],
    [user(pathless(userType, {}, ['[s3cret]'])), 'change something unknown of user'],
    [
      { kind: 'patch', type: deviceType, operations: [operation(deviceType, 'replace', 'inUse', false)] },
      'disable device',
    ],
    [
      { kind: 'patch', type: deviceType, operations: [operation(deviceType, 'replace', 'serial', '2')] },
      'rename device',
    ],
  ])
})

t.test('a patch of a group counts who comes and who leaves', async t => {
  const group = (...operations: PatchOperation[]): Intent => ({ kind: 'patch', type: groupType, operations })
  const add = (count: number) => operation(groupType, 'add', 'members', people(count))
  const remove = (count: number) => operation(groupType, 'remove', 'members', people(count))
  said(t, [
    [group(add(1)), 'add 1 member'],
    [group(add(3)), 'add 3 members'],
    [group(add(1), add(1)), 'add 2 members'],
    [group(remove(1)), 'remove 1 member'],
    [group(leaving('1'), leaving('2')), 'remove 2 members'],
    [group(add(2), remove(1)), 'add 2 and remove 1 members'],
    [group(operation(groupType, 'remove', 'members')), 'remove all members'],
    [group(operation(groupType, 'replace', 'members', people(2))), 'replace members'],
    [group(operation(groupType, 'replace', 'displayName', 'x'), add(2)), 'rename group, add 2 members'],
  ])
})

t.test('OC-006 what a value without a path only repeats is no change', async t => {
  const change = (...operations: PatchOperation[]): string =>
    describeRequest({ kind: 'patch', type: groupType, operations })
  const repeated = ['id', 'Meta', 'schemas']
  t.equal(change(pathless(groupType, { displayName: 'Ops' }, repeated)), 'rename group')
  t.equal(change(pathless(groupType, { externalId: 'g-2' }, ['id'])), 'change externalId of group')
  t.equal(change(pathless(groupType, {}, ['id'])), 'change group')
  t.equal(change(pathless(groupType, {}, ['id', 'colour'])), 'change colour of group')
  t.equal(
    change({ op: 'replace', path: 'id', assignments: [], ignored: ['id'] }),
    'change id of group',
    'a path is meant',
  )
})
