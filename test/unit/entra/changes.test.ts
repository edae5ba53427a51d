import t from 'tap'
import type { MappedRoles } from '../../../src/entra/mapping/values.ts'
import type { Desired, DesiredValue } from '../../../src/entra/planning/attribute-values.ts'
import {
  type Change,
  changesBetween,
  createdProperties,
  modifiedProperties,
} from '../../../src/entra/planning/changes.ts'
import type { Json, JsonObject } from '../../../src/scim/json.ts'
import { enterpriseUrn, roleOf } from '../../support/entra.ts'

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
