import t from 'tap'
import type { ProfileName } from '../../../src/profiles/names.ts'
import { findBrokenRule } from '../../../src/profiles/profile.ts'
import { loadProfile } from '../../../src/profiles/registry.ts'
import { resolveAttribute } from '../../../src/scim/attribute.ts'
import type { Json, JsonObject } from '../../../src/scim/json.ts'
import { applyPatch } from '../../../src/scim/patch/apply.ts'
import { parsePatch } from '../../../src/scim/patch/parse.ts'
import { readResource } from '../../../src/scim/read-resource.ts'
import { readValue } from '../../../src/scim/read-value.ts'
import { typeByName } from '../../../src/scim/resource-types.ts'
import { rejection } from '../../support/rejection.ts'

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

/** The value of a user's attribute as the profile normalizes it and the core reads it. */
const read = (name: ProfileName, attribute: string, value: Json) => {
  const { requests, schema } = loadProfile(name)
  const [user] = schema.resourceTypes
  const found = user && resolveAttribute(user, attribute)?.at(-1)
  if (!found) throw new Error(`no ${attribute}`)
  return readValue(found, value, requests, attribute)
}

t.test('R-030 the RFC profile rejects a boolean in quotes, Entra and AWS accept it', async t => {
  t.match(
    rejection(() => read('rfc', 'active', 'False')),
    { status: 400, scimType: 'invalidValue' },
  )
  for (const name of ['entra', 'aws'] as const) {
    t.same([read(name, 'active', 'False'), read(name, 'active', 'TRUE')], [false, true])
    t.same(read(name, 'roles', [{ value: 'Admin', primary: 'True' }]), [{ value: 'Admin', primary: true }])
    t.match(
      rejection(() => read(name, 'active', 'yes')),
      { status: 400 },
    )
  }
})

t.test('a manager may be a bare id, an object, or an array of one object', async t => {
  for (const name of ['entra', 'aws'] as const) {
    const manager = (value: Json) => read(name, `${enterprise}:manager`, value)
    t.same(
      [manager('m1'), manager({ value: 'm1' }), manager([{ $ref: '../Users/m1', value: 'm1' }])],
      [{ value: 'm1' }, { value: 'm1' }, { value: 'm1' }],
    )
  }
  t.match(
    rejection(() => read('rfc', `${enterprise}:manager`, 'm1')),
    { status: 400, scimType: 'invalidValue' },
  )
})

t.test(
  'empty strings clear a value under Entra, and are kept under AWS, which rejects them later',
  async t => {
    t.same(
      [read('entra', 'title', ''), read('entra', `${enterprise}:manager`, ''), read('entra', 'title', null)],
      [undefined, undefined, undefined],
    )
    t.same(read('entra', `${enterprise}:manager`, { value: '' }), undefined)
    t.same(read('entra', 'emails', [{ type: 'work', value: '' }]), undefined)
    t.same(read('aws', 'title', ''), '')
    t.same(read('aws', `${enterprise}:manager`, { value: '' }), { value: '' })
  },
)

t.test('an app role may be JSON text in the value, under Entra', async t => {
  const value = JSON.stringify({ id: 'r1', value: 'Admin', displayName: 'Administrator' })
  t.same(read('entra', 'roles', [{ value }]), [{ value: 'Admin', display: 'Administrator' }])
  t.same(read('entra', 'roles', [{ value: '{not JSON' }]), [{ value: '{not JSON' }])
  t.same(read('entra', 'roles', [{ value: '{"id":"r1"}' }]), [{ value: '{"id":"r1"}' }])
})

t.test('a single element may replace a list of one', async t => {
  for (const name of ['entra', 'aws'] as const) {
    t.same(read(name, 'emails', { value: 'a@example.org' }), [{ value: 'a@example.org' }])
    t.same(read(name, 'emails', ['a@example.org']), [{ value: 'a@example.org' }])
  }
  t.match(
    rejection(() => read('rfc', 'emails', { value: 'a@example.org' })),
    { status: 400 },
  )
})

t.test('a number is accepted for a string, under Entra', async t => {
  t.same(read('entra', `${enterprise}:employeeNumber`, 4711), '4711')
  t.match(
    rejection(() => read('aws', `${enterprise}:employeeNumber`, 4711)),
    { status: 400 },
  )
})

t.test('an attribute of an extension needs no URN, under Entra and AWS', async t => {
  for (const name of ['entra', 'aws'] as const) {
    const { fullAttributeName } = loadProfile(name).requests
    t.same(
      ['manager', 'department', 'manager.value', 'userName', `${enterprise}:manager`, 'shoeSize'].map(one =>
        fullAttributeName('User', one),
      ),
      [
        `${enterprise}:manager`,
        `${enterprise}:department`,
        `${enterprise}:manager.value`,
        'userName',
        `${enterprise}:manager`,
        'shoeSize',
      ],
    )
    t.equal(fullAttributeName('Group', 'department'), 'department')
  }
  t.equal(loadProfile('rfc').requests.fullAttributeName('User', 'manager'), 'manager')
})

t.test('"member" means the members of groups under AWS, unless the tenant’s switch is set', async t => {
  t.same(
    ['both', 'member', 'members'].map(memberFilter =>
      loadProfile('aws', { memberFilter }).requests.fullAttributeName('Group', 'member'),
    ),
    ['members', 'members', 'member'],
  )
  t.equal(loadProfile('aws').requests.fullAttributeName('User', 'member'), 'member')
})

const { schema, requests, rules } = loadProfile('aws')
const { limits, completeResource } = requests
const type = typeByName(schema.resourceTypes, 'User')
if (!type) throw new Error('no User')

const mira = {
  userName: 'mira.holt@example.org',
  name: { givenName: 'Mira', familyName: 'Holt' },
  displayName: 'Mira Holt',
  active: true,
}

/** The user after a PATCH, and the rules that it violates. */
function patched(before: JsonObject, ...operations: JsonObject[]) {
  if (!type) throw new Error('no User')
  const { resource } = readResource(before, type, requests)
  const after = applyPatch(resource, parsePatch(operations, type, requests, limits), requests)
  const completed = completeResource?.(type, 'patch', after) ?? after
  const subject = { operation: 'patch', type, resource: completed, members: [] } as const
  const violations = rules.resource.flatMap(rule => findBrokenRule([rule], subject) ?? [])
  return { after: completed, violations: violations.map(({ id, detail }) => ({ id, detail })) }
}

t.test('an email address that Entra adds by path becomes the user’s primary one', async t => {
  const work = { op: 'Add', path: 'emails[type eq "work"].value', value: 'm.holt@example.org' }
  t.same(patched(mira, work, { op: 'Replace', path: 'active', value: 'False' }), {
    after: {
      ...mira,
      active: false,
      emails: [{ type: 'work', value: 'm.holt@example.org', primary: true }],
    },
    violations: [],
  })
})

t.test('a PATCH that would add a second email address is rejected', async t => {
  const before = { ...mira, emails: [{ value: 'mira@example.org', type: 'home', primary: true }] }
  const { violations } = patched(before, {
    op: 'Add',
    path: 'emails[type eq "work"].value',
    value: 'm@example.org',
  })
  t.same(violations[0], {
    id: 'aws/one-value-per-list',
    detail: 'List attribute emails exceeds allowed limit of 1',
  })
})

t.test('a PATCH that sets an empty string is rejected, also for the manager', async t => {
  t.same(
    patched(mira, { op: 'Replace', path: 'title', value: '' }).violations.map(({ id }) => id),
    ['aws/no-empty-text'],
  )
  t.same(
    patched(mira, { op: 'Replace', path: `${enterprise}:manager`, value: '' }).violations.map(({ id }) => id),
    ['aws/no-empty-text'],
  )
})

t.test('a PATCH in Entra’s format sets manager and address', async t => {
  const { after, violations } = patched(
    mira,
    { op: 'Add', path: `${enterprise}:manager`, value: '3418d4b8-5081-7046-1f0a-6c1d2e3f4a5b' },
    { op: 'Add', path: 'addresses[type eq "work"].locality', value: 'Hull' },
    { op: 'Add', path: 'addresses[type eq "work"].country', value: 'UK' },
  )
  t.same(violations, [])
  t.same(after, {
    ...mira,
    addresses: [{ type: 'work', locality: 'Hull', country: 'UK' }],
    [enterprise]: { manager: { value: '3418d4b8-5081-7046-1f0a-6c1d2e3f4a5b' } },
  })
})

t.test('attributes that AWS ignores leave the user unchanged', async t => {
  t.same(
    patched(
      mira,
      { op: 'replace', value: { id: 'another' } },
      { op: 'add', path: 'shoeSize', value: 43 },
      { op: 'add', path: 'photos', value: [{ value: 'https://example.org/p' }] },
    ),
    { after: mira, violations: [] },
  )
})
