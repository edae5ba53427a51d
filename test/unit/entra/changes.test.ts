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

const wanted = (values: Readonly<Record<string, DesiredValue>>): Desired => new Map(Object.entries(values))
const between = (values: Readonly<Record<string, DesiredValue>>, current: JsonObject) =>
  changesBetween(wanted(values), current).map(({ op, target, previous }) =>
    previous === undefined ? [op, target.text] : [op, target.text, previous],
  )

const manager = `${enterpriseUrn}:manager`
const workEmail = 'emails[type eq "work"].value'

t.test(
  'Add where the answer lacks it or has an empty text, Replace where it differs, nothing where equal',
  async t => {
    t.same(between({ title: 'Clerk' }, {}), [['Add', 'title']])
    t.same(between({ title: 'Clerk' }, { title: '' }), [['Add', 'title']])
    t.same(between({ title: 'Clerk' }, { title: null }), [['Add', 'title']])
    t.same(between({ title: 'Clerk' }, { title: 'clerk' }), [['Replace', 'title', 'clerk']])
    t.same(between({ title: 'Clerk' }, { title: 'Clerk', nickName: 'left alone' }), [])
  },
)

t.test('a source value that was cleared is not among the desired, and nothing is sent for it', async t => {
  t.same(between({}, { title: 'Clerk', [enterpriseUrn]: { manager: { value: '1' } } }), [])
})

t.test('names of the answer are read in any case', async t => {
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

t.test('booleans are compared with what servers make of them', async t => {
  for (const active of [true, 'True', 'true'])
    t.same(between({ active: true }, { active }), [], String(active))
  t.same(between({ active: false }, { active: true }), [['Replace', 'active', true]])
})

t.test('of a list only the elements that the filter means count', async t => {
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
    'a second element of the type has to be right as well',
  )
  t.same(
    between({ 'roles[primary eq "True"].display': 'A' }, { roles: [{ primary: true, display: 'A' }] }),
    [],
  )
})

t.test('a manager comes back as an object or as a text; members are not compared', async t => {
  const to = (reference: string) => ({ [manager]: { reference } })
  const heldAs: readonly Json[] = [
    '1',
    { value: '1' },
    { value: '1', $ref: '../Users/1', displayName: 'Burns' },
  ]
  for (const held of heldAs) {
    t.same(between(to('1'), { [enterpriseUrn]: { manager: held } }), [])
    t.same(between(to('2'), { [enterpriseUrn]: { manager: held } }), [['Replace', manager, held]])
  }
  t.same(between(to('1'), {}), [['Add', manager]])
  t.same(between({ members: { reference: ['1'] } }, {}), [])
})

t.test('a manager is taken away only when that is asked for', async t => {
  const current = { [enterpriseUrn]: { manager: { value: '1' } } }
  const changes = (values: Readonly<Record<string, DesiredValue>>, held: JsonObject) =>
    changesBetween(wanted(values), held, { clearManager: true }).map(({ op, target }) => [op, target.text])
  t.same(changes({}, current), [['Remove', manager]])
  t.same(changes({ [manager]: { reference: '1' } }, current), [])
  t.same(changes({}, {}), [])
})

t.test('roles are added until they are there, or replaced until nothing else is', async t => {
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
    'a server that keeps the JSON text has the role',
  )
  t.same(ops({ roles: roles('roles', 'Reader') }, held('{not JSON')), ['Add'])
})

t.test('the log has old and new values as text', async t => {
  const changes: readonly Change[] = changesBetween(
    wanted({ title: 'Clerk', active: false, [manager]: { reference: '2' } }),
    { active: true, [enterpriseUrn]: { manager: { value: '1' } } },
  )
  t.same(modifiedProperties(changes), [
    { displayName: 'title', oldValue: null, newValue: 'Clerk' },
    { displayName: 'active', oldValue: 'True', newValue: 'False' },
    { displayName: manager, oldValue: '1', newValue: '2' },
  ])
  t.same(createdProperties(wanted({ active: true })), [
    { displayName: 'active', oldValue: null, newValue: 'True' },
  ])
})
