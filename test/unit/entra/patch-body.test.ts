import t from 'tap'
import type { MappedRoles } from '../../../src/entra/mapping/values.ts'
import type { DesiredValue } from '../../../src/entra/planning/attribute-values.ts'
import { changesBetween } from '../../../src/entra/planning/changes.ts'
import {
  createBody,
  isDeferredOnCreate,
  memberPatchBody,
  patchBody,
} from '../../../src/entra/planning/request-bodies.ts'
import { defaultRequestOptions, type RequestOptions } from '../../../src/entra/target.ts'
import type { JsonObject } from '../../../src/scim/json.ts'
import { enterpriseUrn, roleOf } from '../../support/entra.ts'

type Values = Readonly<Record<string, DesiredValue>>

const flagged: RequestOptions = { ...defaultRequestOptions, dialect: 'aadOptscim062020' }
const operations = (options: RequestOptions, values: Values, current: JsonObject, clearManager = false) =>
  patchBody(changesBetween(new Map(Object.entries(values)), current, { clearManager }), options).Operations

const manager = `${enterpriseUrn}:manager`
const department = `${enterpriseUrn}:department`
const workEmail = 'emails[type eq "work"].value'

const values: Values = {
  userName: 'marge',
  active: true,
  displayName: 'Marge Simpson',
  title: 'Painter',
  [workEmail]: 'marge@x',
  'name.givenName': 'Marge',
  [department]: 'Home',
}
const current = {
  userName: 'm',
  active: false,
  displayName: 'M',
  emails: [{ type: 'home', value: 'x' }],
  name: { givenName: 'M' },
}

t.test('default dialect: one operation with a path per attribute, in the order of the mapping', async t => {
  t.same(operations(defaultRequestOptions, values, current), [
    { op: 'Replace', path: 'userName', value: 'marge' },
    { op: 'Replace', path: 'active', value: 'True' },
    { op: 'Replace', path: 'displayName', value: 'Marge Simpson' },
    { op: 'Add', path: 'title', value: 'Painter' },
    { op: 'Add', path: workEmail, value: 'marge@x' },
    { op: 'Replace', path: 'name.givenName', value: 'Marge' },
    { op: 'Add', path: department, value: 'Home' },
  ])
})

t.test('with the flag: attributes without a filter share an operation without a path', async t => {
  t.same(operations(flagged, values, current), [
    { op: 'add', path: workEmail, value: 'marge@x' },
    {
      op: 'replace',
      value: { userName: 'marge', active: true, displayName: 'Marge Simpson', 'name.givenName': 'Marge' },
    },
    { op: 'add', value: { title: 'Painter', [department]: 'Home' } },
  ])
})

t.test('with the flag: a single attribute has a path', async t => {
  t.same(operations(flagged, { title: 'Painter' }, {}), [{ op: 'add', path: 'title', value: 'Painter' }])
  t.same(operations(flagged, { [department]: 'Home' }, { [enterpriseUrn]: { department: 'x' } }), [
    { op: 'replace', path: department, value: 'Home' },
  ])
})

t.test('a manager is set by id, and removed in the format of the dialect', async t => {
  const held = { [enterpriseUrn]: { manager: { value: '1' } } }
  const set = { [manager]: { reference: '2' }, title: 'x', displayName: 'y' }
  t.same(operations(defaultRequestOptions, { [manager]: { reference: '2' } }, held), [
    { op: 'Replace', path: manager, value: '2' },
  ])
  t.same(operations(flagged, set, {}), [
    { op: 'add', path: manager, value: '2' },
    { op: 'add', value: { title: 'x', displayName: 'y' } },
  ])
  t.same(operations(defaultRequestOptions, {}, held, true), [{ op: 'Replace', path: manager, value: '' }])
  t.same(operations(flagged, {}, held, true), [{ op: 'remove', path: 'manager[value eq "1"]' }])
})

t.test('roles are JSON text in the default dialect, objects with the flag', async t => {
  const admin = roleOf('Admin', 'Administrator')
  const roles = (kind: MappedRoles['kind']): Values => ({ roles: { kind, roles: [admin] } })
  const packed = [{ value: '{"id":"id of Admin","value":"Admin","displayName":"Administrator"}' }]
  const type = 'WindowsAzureActiveDirectoryRole'
  const full = [{ primary: false, type, display: 'Administrator', value: 'Admin' }]
  t.same(operations(defaultRequestOptions, roles('roles'), {}), [{ op: 'Add', path: 'roles', value: packed }])
  t.same(operations(flagged, roles('roles'), {}), [{ op: 'add', path: 'roles', value: full }])
  t.same(operations(defaultRequestOptions, roles('assertiveRoles'), {}), [
    { op: 'Replace', path: 'roles', value: full },
  ])
  t.same(operations(flagged, roles('assertiveRoles'), {}), [{ op: 'replace', path: 'roles', value: full }])
  const single: Values = { 'roles[primary eq "True"].value': { kind: 'singleRole', roles: [admin] } }
  t.same(operations(flagged, single, {}), [
    { op: 'add', path: 'roles', value: [{ primary: true, type, value: 'Admin' }] },
  ])
  t.same(operations(defaultRequestOptions, single, {}), [{ op: 'Add', path: 'roles', value: packed }])
})

t.test('with the flag: members are removed one by one, with quoted ids in paths', async t => {
  t.same(memberPatchBody('remove', ['a', 'b"c'], flagged).Operations, [
    { op: 'remove', path: 'members[value eq "a"]' },
    { op: 'remove', path: String.raw`members[value eq "b\"c"]` },
  ])
  t.same(
    memberPatchBody('add', ['a', 'b'], { dialect: 'aadOptscim062020', memberNullRef: true }).Operations,
    [
      {
        op: 'add',
        path: 'members',
        value: [
          { $ref: null, value: 'a' },
          { $ref: null, value: 'b' },
        ],
      },
    ],
  )
})

t.test("a POST omits references, and extensions whose URN does not have Microsoft's form", async t => {
  const otherUrn = 'urn:example:shoe:size'
  const microsoftUrn = 'urn:ietf:params:scim:schemas:extension:Shoes:2.0:User'
  const desired = new Map<string, DesiredValue>([
    ['userName', 'marge'],
    [manager, { reference: '1' }],
    [otherUrn, '38'],
    [`${microsoftUrn}:size`, '38'],
    ['emails[type eq "work"].value', 'a@x'],
    ['emails[type eq "home"].value', 'b@x'],
    ['emails[type eq "home"].display', 'B'],
  ])
  const body = createBody('user', desired, defaultRequestOptions)
  t.same(body, {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', enterpriseUrn],
    userName: 'marge',
    emails: [
      { primary: true, type: 'work', value: 'a@x' },
      { type: 'home', value: 'b@x', display: 'B' },
    ],
    meta: { resourceType: 'User' },
    roles: [],
    [microsoftUrn]: { size: '38' },
  })
  t.same([...isDeferredOnCreate(desired, defaultRequestOptions).keys()], [manager, otherUrn])
  const withManager = { ...defaultRequestOptions, sendManagerOnCreate: true }
  t.same([...isDeferredOnCreate(desired, withManager).keys()], [otherUrn])
  t.same(createBody('user', new Map([[manager, { reference: '1' }]]), withManager)[enterpriseUrn], {
    manager: '1',
  })
})
