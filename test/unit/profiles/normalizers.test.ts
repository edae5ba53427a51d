import t from 'tap'
import type { ProfileName } from '../../../src/profiles/names.ts'
import { loadProfile } from '../../../src/profiles/registry.ts'
import { resolveAttribute } from '../../../src/scim/attribute.ts'
import type { Json } from '../../../src/scim/json.ts'
import { readValue } from '../../../src/scim/read-value.ts'
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
