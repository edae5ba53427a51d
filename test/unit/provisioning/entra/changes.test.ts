import t from 'tap'
import { defaultMappings } from '../../../../src/provisioning/entra/mapping/default-mappings.ts'
import { readMapping } from '../../../../src/provisioning/entra/mapping/read-mapping.ts'
import {
  type ExpressionContext,
  groupExpressionContext,
  type MappedRoles,
  userExpressionContext,
} from '../../../../src/provisioning/entra/mapping/values.ts'
import {
  type Change,
  changesBetween,
  createdProperties,
  type Desired,
  type DesiredValue,
  desiredValues,
  mapsMembers,
  modifiedProperties,
  type RequestKind,
  unresolvedReferences,
} from '../../../../src/provisioning/entra/planning/changes.ts'
import type { SourceValue } from '../../../../src/provisioning/kit/directory/source-directory.ts'
import type { Json, JsonObject } from '../../../../src/scim/json.ts'
import { enterpriseUrn, roleOf, sourceOf } from '../../../support/entra.ts'

const desiredOf = (values: Readonly<Record<string, DesiredValue>>): Desired => new Map(Object.entries(values))
const between = (values: Readonly<Record<string, DesiredValue>>, current: JsonObject) =>
  changesBetween(desiredOf(values), current).map(({ op, target, previous }) =>
    previous === undefined ? [op, target.text] : [op, target.text, previous],
  )

const manager = `${enterpriseUrn}:manager`
const workEmail = 'emails[type eq "work"].value'

t.test(
  'an absent or empty attribute is added, a different one replaced, an equal one left unchanged',
  async t => {
    t.same(between({ title: 'Clerk' }, {}), [['Add', 'title']])
    t.same(between({ title: 'Clerk' }, { title: '' }), [['Add', 'title']])
    t.same(between({ title: 'Clerk' }, { title: null }), [['Add', 'title']])
    t.same(between({ title: 'Clerk' }, { title: 'clerk' }), [['Replace', 'title', 'clerk']])
    t.same(between({ title: 'Clerk' }, { title: 'Clerk', nickName: 'unchanged' }), [])
  },
)

t.test('a cleared source value is not desired, and changes nothing', async t => {
  t.same(between({}, { title: 'Clerk', [enterpriseUrn]: { manager: { value: '1' } } }), [])
})

t.test('attribute names in responses are case-insensitive', async t => {
  const current: JsonObject = {
    USERNAME: 'marge',
    Name: { GivenName: 'Marge' },
    EMAILS: [{ Type: 'WORK', Value: 'm@x' }],
    [enterpriseUrn.toUpperCase()]: { Department: 'Home' },
  }
  const same = {
    userName: 'marge',
    'name.givenName': 'Marge',
    [workEmail]: 'm@x',
    [`${enterpriseUrn}:department`]: 'Home',
    'urn:ietf:params:scim:schemas:core:2.0:User:userName': 'marge',
  }
  t.same(between(same, current), [])
})

t.test('booleans equal the strings that servers return for them', async t => {
  for (const active of [true, 'True', 'true'])
    t.same(between({ active: true }, { active }), [], String(active))
  t.same(between({ active: false }, { active: true }), [['Replace', 'active', true]])
})

t.test('the list elements that the filter selects are compared', async t => {
  const home = { type: 'home', value: 'marge@home' }
  t.same(between({ [workEmail]: 'm@x' }, { emails: [home] }), [['Add', workEmail]])
  t.same(between({ [workEmail]: 'm@x' }, { emails: [home, { type: 'work', value: 'old' }] }), [
    ['Replace', workEmail, 'old'],
  ])
  t.same(
    between(
      { [workEmail]: 'm@x' },
      {
        emails: [
          { type: 'work', value: 'm@x' },
          { type: 'work', value: 'two' },
        ],
      },
    ),
    [['Replace', workEmail, 'two']],
    'a second element of the type must match as well',
  )
  t.same(
    between({ 'roles[primary eq "True"].display': 'A' }, { roles: [{ primary: true, display: 'A' }] }),
    [],
  )
})

t.test('a manager in a response is an object or a string; members are not compared', async t => {
  const to = (reference: string) => ({ [manager]: { reference } })
  const managerForms: readonly Json[] = [
    '1',
    { value: '1' },
    { value: '1', $ref: '../Users/1', displayName: 'Burns' },
  ]
  for (const form of managerForms) {
    t.same(between(to('1'), { [enterpriseUrn]: { manager: form } }), [])
    t.same(between(to('2'), { [enterpriseUrn]: { manager: form } }), [['Replace', manager, form]])
  }
  t.same(between(to('1'), {}), [['Add', manager]])
  t.same(between({ members: { reference: ['1'] } }, {}), [])
})

t.test('a manager is removed only with clearManager', async t => {
  const current = { [enterpriseUrn]: { manager: { value: '1' } } }
  const changes = (values: Readonly<Record<string, DesiredValue>>, held: JsonObject) =>
    changesBetween(desiredOf(values), held, { clearManager: true }).map(({ op, target }) => [op, target.text])
  t.same(changes({}, current), [['Remove', manager]])
  t.same(changes({ [manager]: { reference: '1' } }, current), [])
  t.same(changes({}, {}), [])
})

t.test('missing roles are added, or replace the existing ones', async t => {
  const roles = (kind: MappedRoles['kind'], ...names: readonly string[]): MappedRoles => ({
    kind,
    roles: names.map(name => roleOf(name)),
  })
  const held = (...values: readonly string[]) => ({ roles: values.map(value => ({ value })) })
  const target = 'roles[primary eq "True"].value'
  const ops = (values: Readonly<Record<string, DesiredValue>>, current: JsonObject) =>
    between(values, current).map(([op]) => op)

  t.same(ops({ [target]: roles('singleRole', 'Admin') }, {}), ['Add'])
  t.same(ops({ [target]: roles('singleRole', 'Admin') }, held('Reader')), ['Add'])
  t.same(ops({ [target]: roles('singleRole', 'Admin') }, held('Reader', 'Admin')), [])
  t.same(ops({ roles: roles('roles', 'Admin', 'Reader') }, held('Reader')), ['Add'])
  t.same(ops({ roles: roles('roles', 'Reader') }, held('Reader', 'Admin')), [])
  t.same(ops({ roles: roles('assertiveRoles', 'Reader') }, held('Reader', 'Admin')), ['Replace'])
  t.same(ops({ roles: roles('assertiveRoles', 'Reader') }, held('Reader')), [])
  t.same(
    ops(
      { roles: roles('roles', 'Reader') },
      held(JSON.stringify({ id: '1', value: 'Reader', displayName: 'R' })),
    ),
    [],
    'a server that stores the JSON text has the role',
  )
  t.same(ops({ roles: roles('roles', 'Reader') }, held('{not JSON')), ['Add'])
})

t.test('old and new values are logged as strings', async t => {
  const changes: readonly Change[] = changesBetween(
    desiredOf({ title: 'Clerk', active: false, [manager]: { reference: '2' } }),
    { active: true, [enterpriseUrn]: { manager: { value: '1' } } },
  )
  t.same(modifiedProperties(changes), [
    { displayName: 'title', oldValue: null, newValue: 'Clerk' },
    { displayName: 'active', oldValue: 'True', newValue: 'False' },
    { displayName: manager, oldValue: '1', newValue: '2' },
  ])
  t.same(createdProperties(desiredOf({ active: true })), [
    { displayName: 'active', oldValue: null, newValue: 'True' },
  ])
})

const links: Readonly<Record<string, string>> = { burns: 'id of burns', homer: 'id of homer' }
const linkOf = (objectId: string) => links[objectId]

const mapped = (
  attributes: readonly object[],
  source: Readonly<Record<string, SourceValue>>,
  { requestKind, ...more }: Partial<ExpressionContext> & { requestKind?: RequestKind } = {},
) => {
  const { users } = readMapping({
    users: { attributes: [{ source: '"x"', target: 'userName', matching: 1 }, ...attributes] },
  })
  const [, ...values] = desiredValues(users, sourceOf(source, more), linkOf, requestKind)
  return values
}

t.test('a user is mapped in the order of the mapping, without empty values', async t => {
  const context = userExpressionContext(
    {
      objectId: 'marge',
      accountEnabled: true,
      attributes: { userPrincipalName: 'marge@x', givenName: 'Marge', mail: '', displayName: 'Marge' },
      manager: 'burns',
    },
    { isSoftDeleted: false, appRoles: [] },
  )
  t.same(
    [...desiredValues(defaultMappings.aws.users, context, linkOf)],
    [
      ['userName', 'marge@x'],
      ['active', true],
      ['displayName', 'Marge'],
      ['name.givenName', 'Marge'],
      ['name.formatted', 'Marge'],
      [`${enterpriseUrn}:manager`, { reference: 'id of burns' }],
    ],
  )
})

t.test('strings are converted to booleans for boolean target attributes only', async t => {
  t.same(
    mapped(
      [
        { source: '[a]', target: 'active' },
        { source: '[a]', target: 'title' },
        { source: '[a]', target: 'emails[type eq "work"].primary' },
        { source: '[odd]', target: 'roles[type eq "x"].primary' },
        { source: '[enabled]', target: 'urn:x:2.0:User:enabled' },
      ],
      { a: 'True', odd: 'perhaps', enabled: false },
    ),
    [
      ['active', true],
      ['title', 'True'],
      ['emails[type eq "work"].primary', true],
      ['roles[type eq "x"].primary', 'perhaps'],
      ['urn:x:2.0:User:enabled', false],
    ],
  )
})

t.test('only a create uses default values and the flow onCreate', async t => {
  const attributes = [
    { source: '[jobTitle]', target: 'title', default: 'Employee' },
    { source: '[nick]', target: 'nickName', flow: 'onCreate' },
    { source: '[lang]', target: 'locale', default: '' },
  ]
  t.same(mapped(attributes, { nick: 'Midge' }, { requestKind: 'create' }), [
    ['title', 'Employee'],
    ['nickName', 'Midge'],
  ])
  t.same(mapped(attributes, { nick: 'Midge' }), [])
  t.same(mapped(attributes, { jobTitle: 'Clerk' }, { requestKind: 'create' }), [['title', 'Clerk']])
})

t.test('references to objects that are not in the target are omitted and reported', async t => {
  const { groups, users } = defaultMappings.nonGallery
  const context = sourceOf({ displayName: 'Plant', objectId: 'plant', members: ['homer', 'lenny', 'carl'] })
  t.same(
    [...desiredValues(groups, context, linkOf)],
    [
      ['displayName', 'Plant'],
      ['externalId', 'plant'],
      ['members', { reference: ['id of homer'] }],
    ],
  )
  t.same(unresolvedReferences(groups, context, linkOf), [
    { target: 'members', objectId: 'lenny' },
    { target: 'members', objectId: 'carl' },
  ])
  const lenny = sourceOf({ userPrincipalName: 'lenny', manager: 'smithers' })
  t.same(
    [...desiredValues(users, lenny, linkOf)].map(([target]) => target),
    ['userName', 'active'],
  )
  t.same(unresolvedReferences(users, lenny, linkOf), [
    { target: `${enterpriseUrn}:manager`, objectId: 'smithers' },
  ])
})

t.test('a group is mapped without its members', async t => {
  const { groups, users } = defaultMappings.nonGallery
  const group = { objectId: 'plant', attributes: { displayName: 'Plant' }, members: ['homer'] }
  t.same(
    [...desiredValues(groups, groupExpressionContext(group), linkOf)],
    [
      ['displayName', 'Plant'],
      ['externalId', 'plant'],
    ],
  )
  t.equal(mapsMembers(groups), true)
  t.equal(mapsMembers(users), false)
})

t.test('a role is an object for role attributes, and its name for others', async t => {
  const single = 'SingleAppRoleAssignment([appRoleAssignments])'
  t.same(
    mapped(
      [
        { source: single, target: 'roles[primary eq "True"].value' },
        { source: single, target: 'roles[primary eq "True"].display' },
        { source: single, target: 'userType' },
      ],
      {},
      { appRoles: [roleOf('Admin')] },
    ),
    [
      ['roles[primary eq "True"].value', { kind: 'singleRole', roles: [roleOf('Admin')] }],
      ['roles[primary eq "True"].display', 'Admin'],
      ['userType', 'Admin'],
    ],
  )
})
