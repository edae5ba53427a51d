import t from 'tap'
import { loadProfile } from '../../../src/profiles/registry.ts'
import { groupType } from '../../../src/scim/core-schemas.ts'
import type { Json } from '../../../src/scim/json.ts'
import type { Resource } from '../../../src/scim/resource.ts'
import { membersAfter, type Operation, patching, patchOf } from '../../support/patch.ts'
import { enterpriseUrn } from '../../support/samples.ts'

const entra = loadProfile('entra')

const { patch, read } = patching(entra.requests)
const managerUrn = `${enterpriseUrn}:manager`

const babs: Resource = {
  userName: 'babs@example.com',
  active: true,
  name: { givenName: 'Babs', familyName: 'Jensen' },
  emails: [{ value: 'babs@example.com', type: 'work', primary: true }],
}
const withManager = (value: string): Resource => ({ ...babs, [enterpriseUrn]: { manager: { value } } })
const yields = (t: Tap, resource: Resource, operation: Operation, after: Resource) =>
  t.same(patch(resource, operation), after, JSON.stringify(operation))
type Tap = { same: (actual: unknown, expected: unknown, message: string) => unknown }

t.test('disable: Entra replaces active with "False", or with false', async t => {
  for (const value of ['False', 'false', false]) {
    for (const op of ['Replace', 'replace', 'Add', 'add']) {
      yields(t, babs, { op, path: 'active', value }, { ...babs, active: false })
    }
    yields(t, babs, { op: 'replace', value: { active: value } }, { ...babs, active: false })
  }
})

t.test('add one attribute: Entra adds nickName', async t => {
  for (const op of ['Add', 'add']) {
    yields(t, babs, { op, path: 'nickName', value: 'Babs' }, { ...babs, nickName: 'Babs' })
  }
})

const renamed: Resource = {
  ...babs,
  name: { givenName: 'Barbara', familyName: 'Jensen' },
  displayName: 'Barbara Jensen',
  emails: [{ value: 'b@example.com', type: 'work', primary: true }],
  [enterpriseUrn]: { employeeNumber: '7', department: 'Tours' },
}

t.test('replace several: Entra sends one operation per attribute', async t => {
  t.same(
    patch(
      babs,
      { op: 'Replace', path: 'displayName', value: 'Barbara Jensen' },
      { op: 'Replace', path: 'emails[type eq "work"].value', value: 'b@example.com' },
      { op: 'Replace', path: 'name.givenName', value: 'Barbara' },
      { op: 'Replace', path: `${enterpriseUrn}:employeeNumber`, value: '7' },
      { op: 'Replace', path: `${enterpriseUrn}:department`, value: 'Tours' },
    ),
    renamed,
  )
})

t.test(
  'replace or add several: with the flag, Entra merges them into one value with dotted names and URNs',
  async t => {
    for (const op of ['replace', 'add']) {
      t.same(
        patch(
          babs,
          { op, path: 'emails[type eq "work"].value', value: 'b@example.com' },
          {
            op,
            value: {
              displayName: 'Barbara Jensen',
              'name.givenName': 'Barbara',
              [`${enterpriseUrn}:employeeNumber`]: '7',
              [`${enterpriseUrn}:department`]: 'Tours',
            },
          },
        ),
        renamed,
      )
    }
  },
)

t.test('email, phone, address: Entra writes to filtered paths, even without a matching value', async t => {
  for (const op of ['Add', 'Replace', 'add', 'replace']) {
    const operations = [
      { op, path: 'emails[type eq "work"].value', value: 'b@example.com' },
      { op, path: 'phoneNumbers[type eq "mobile"].value', value: '1' },
      { op, path: 'addresses[type eq "work"].formatted', value: 'Main St' },
      { op, path: 'addresses[type eq "work"].locality', value: 'Springfield' },
    ]
    const after = {
      ...babs,
      emails: [{ value: 'b@example.com', type: 'work', primary: true }],
      phoneNumbers: [{ value: '1', type: 'mobile' }],
      addresses: [{ type: 'work', formatted: 'Main St', locality: 'Springfield' }],
    }
    t.same(patch(babs, ...operations), after)
    const value = Object.fromEntries(operations.map(({ path, value }) => [path, value]))
    t.same(patch(babs, { op, value }), after)
  }
})

t.test('enterprise attribute: Entra sends its path or its key with the URN', async t => {
  const path = `${enterpriseUrn}:department`
  const after = { ...babs, [enterpriseUrn]: { department: 'Tours' } }
  yields(t, babs, { op: 'Add', path, value: 'Tours' }, after)
  yields(t, babs, { op: 'replace', value: { [path]: 'Tours' } }, after)
  yields(t, babs, { op: 'replace', value: { [enterpriseUrn]: { department: 'Tours' } } }, after)
})

t.test('set manager: Entra sends the bare id, an object, or an array of one object', async t => {
  const values: readonly Json[] = ['m2', { value: 'm2' }, [{ $ref: 'http://x/Users/m2', value: 'm2' }]]
  for (const value of values) {
    for (const path of [managerUrn, 'manager', 'Manager']) {
      for (const op of ['Add', 'Replace', 'add', 'replace']) {
        yields(t, babs, { op, path, value }, withManager('m2'))
        yields(t, withManager('m1'), { op, path, value }, withManager('m2'))
        yields(t, babs, { op, value: { [path]: value } }, withManager('m2'))
      }
    }
  }
})

t.test(
  'remove manager: Microsoft sends an empty string, an empty value, null, or a filtered remove',
  async t => {
    for (const value of ['', { value: '' }, null, [], [{ value: '' }]]) {
      for (const path of [managerUrn, 'manager']) {
        yields(t, withManager('m1'), { op: 'Replace', path, value }, babs)
        yields(t, babs, { op: 'replace', path, value }, babs)
        yields(t, withManager('m1'), { op: 'replace', value: { [path]: value } }, babs)
        yields(t, withManager('m1'), { op: 'Add', path, value }, withManager('m1'))
      }
    }
    for (const path of ['manager[value eq "m1"]', `${managerUrn}[value eq "m1"]`, managerUrn, 'manager']) {
      yields(t, withManager('m1'), { op: 'remove', path }, babs)
      yields(t, babs, { op: 'remove', path }, babs)
    }
    yields(t, withManager('m2'), { op: 'remove', path: 'manager[value eq "m1"]' }, withManager('m2'))
  },
)

t.test('disable with a manager to clear: all operations of the request count', async t => {
  t.same(
    patch(
      withManager('m1'),
      { op: 'remove', path: 'manager[value eq "m1"]' },
      { op: 'replace', value: { active: false } },
    ),
    { ...babs, active: false },
  )
})

t.test('add member: Entra adds a list of ids, with "$ref": null or without it', async t => {
  for (const value of [[{ value: '1' }], [{ $ref: null, value: '1' }]]) {
    for (const op of ['Add', 'add']) {
      t.same(membersAfter(entra.requests, { op, path: 'members', value }), [{ kind: 'add', members: ['1'] }])
    }
  }
})

t.test('remove member: Entra lists the members, or filters for them with the flag', async t => {
  t.same(membersAfter(entra.requests, { op: 'Remove', path: 'members', value: [{ value: '1' }] }), [
    { kind: 'remove', members: ['1'] },
  ])
  t.same(membersAfter(entra.requests, { op: 'remove', path: 'members[value eq "1"]' }), [
    { kind: 'remove', members: ['1'] },
  ])
})

t.test('roles: Entra adds a role as JSON text, or replaces the list', async t => {
  const packed = JSON.stringify({ id: 'r1', value: 'admin', displayName: 'Admin' })
  yields(
    t,
    babs,
    { op: 'Add', path: 'roles', value: [{ value: packed }] },
    { ...babs, roles: [{ value: 'admin', display: 'Admin' }] },
  )
  yields(
    t,
    { ...babs, roles: [{ value: 'old' }] },
    { op: 'replace', path: 'roles', value: [{ value: 'admin', primary: 'True' }] },
    { ...babs, roles: [{ value: 'admin', primary: true }] },
  )
  yields(
    t,
    { ...babs, roles: [{ value: 'old', primary: true }] },
    { op: 'replace', path: 'roles[primary eq "True"].value', value: 'admin' },
    { ...babs, roles: [{ value: 'admin', primary: true }] },
  )
})

t.test("null update: Microsoft's test replaces attributes with an empty string, then with null", async t => {
  const full = { ...babs, title: 'Guide', [enterpriseUrn]: { department: 'Tours' } }
  for (const value of ['', null]) {
    yields(
      t,
      full,
      { op: 'replace', path: 'title', value },
      { ...babs, [enterpriseUrn]: { department: 'Tours' } },
    )
    yields(
      t,
      full,
      { op: 'replace', path: `${enterpriseUrn}:department`, value },
      { ...babs, title: 'Guide' },
    )
    yields(
      t,
      babs,
      { op: 'replace', path: 'name.givenName', value },
      { ...babs, name: { familyName: 'Jensen' } },
    )
    const { emails: _emails, ...withoutEmails } = babs
    yields(t, babs, { op: 'replace', path: 'emails[type eq "work"].value', value }, withoutEmails)
    yields(t, withoutEmails, { op: 'replace', path: 'emails[type eq "work"].value', value }, withoutEmails)
  }
})

t.test('one attribute in several operations: the validator removes, adds and replaces it', async t => {
  t.same(
    patch(
      babs,
      { op: 'remove', path: 'emails[type eq "work"].value' },
      { op: 'add', path: 'emails[type eq "work"].value', value: 'a' },
      { op: 'replace', path: 'emails[type eq "work"].value', value: 'b' },
    ).emails,
    [{ type: 'work', value: 'b' }],
  )
})

t.test('unknown attributes do not fail a request', async t => {
  t.match(read(patchOf({ op: 'Add', path: 'urn:x:custom:2.0:User:size', value: 'L' })), [
    { ignored: [/size/] },
  ])
  yields(t, babs, { op: 'Replace', value: { size: 'L', title: 'Guide' } }, { ...babs, title: 'Guide' })
})

t.test('rename a group: Okta and idp-scim-sync send the id with the name', async t => {
  const group = patching(entra.requests, groupType)
  t.same(group.patch({ displayName: 'a' }, { op: 'replace', value: { id: '1', displayName: 'b' } }), {
    displayName: 'b',
  })
})
