import t from 'tap'
import { pathText } from '../../../../src/scim/attribute.ts'
import { enterpriseUserSchema, userType } from '../../../../src/scim/core-schemas.ts'
import { breakingChanges } from '../../../../src/scim/declare/compatibility.ts'
import { schemaResource } from '../../../../src/scim/discovery.ts'
import { typeByName } from '../../../../src/scim/resource-types.ts'
import { deviceType } from '../../../support/device-type.ts'
import { baseTypes, lamps, lampUrn, read, roomUrn } from './declared.ts'

function lampWith(...attributes: readonly object[]) {
  const lamp = typeByName(read(lamps(attributes)), 'Lamp')
  if (!lamp) throw new Error('The type Lamp does not exist.')
  return lamp
}

t.test('an empty declaration leaves the types unchanged', async t => {
  t.same(read({}), baseTypes)
  t.same(read({ schemas: [], resourceTypes: [] }), baseTypes)
  t.equal(read({ schemas: null })[0], baseTypes[0])
})

t.test('R-152 omitted characteristics have the defaults of RFC 7643 §2.2, §2.3.6 and §2.3.7', async t => {
  const { schema } = lampWith(
    { name: 'label' },
    { name: 'manual', type: 'reference' },
    { name: 'rom', type: 'binary' },
  )
  const defaults = {
    description: '',
    multiValued: false,
    required: false,
    caseExact: false,
    mutability: 'readWrite',
    returned: 'default',
    uniqueness: 'none',
  }
  t.same(schema, {
    id: lampUrn,
    name: 'Lamp',
    description: '',
    attributes: [
      { name: 'label', type: 'string', ...defaults },
      { name: 'manual', type: 'reference', ...defaults, caseExact: true },
      { name: 'rom', type: 'binary', ...defaults, caseExact: true },
    ],
  })
})

t.test('R-061 a writeOnly attribute is never returned, whether declared so or not', async t => {
  t.match(lampWith({ name: 'pin', mutability: 'writeOnly' }).schema.attributes, [{ returned: 'never' }])
  const parts = { type: 'complex', subAttributes: [{ name: 'pin' }] }
  t.match(lampWith({ name: 'lock', mutability: 'writeOnly', ...parts }).schema.attributes, [
    { returned: 'never', subAttributes: [{ returned: 'never' }] },
  ])
})

t.test('a unique attribute is looked up by an index', async t => {
  t.match(lampWith({ name: 'serial', uniqueness: 'global' }).schema.attributes, [{ lookup: true }])
})

t.test('R-150 a response of /Schemas can be declared, and /Schemas returns it unchanged', async t => {
  const { schema, extensions } = deviceType
  const schemas = [schema, ...extensions.map(one => one.schema)].map(one => {
    const { meta, ...rest } = schemaResource(one, 'http://x')
    // References are case exact, and this one was created without stating it.
    return JSON.parse(JSON.stringify(rest).replace(/("name":"manual".*?"caseExact":)false/, '$1true'))
  })
  const device = typeByName(
    read({
      schemas,
      resourceTypes: [
        {
          schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
          id: 'Device',
          name: 'Device',
          endpoint: '/Devices',
          schema: schema.id.toUpperCase(),
          schemaExtensions: [{ schema: extensions[0]?.schema.id ?? '', required: true }],
          meta: { resourceType: 'ResourceType' },
        },
      ],
    }),
    'Device',
  )
  const { meta, ...listed } = schemaResource(device?.schema ?? schema, 'http://x')
  t.same(listed, schemas[0])
  t.same(
    device?.extensions.map(({ schema: { id }, required }) => ({ id, required })),
    [{ id: extensions[0]?.schema.id, required: true }],
  )
})

t.test('R-154 a core type accepts more extensions, and keeps its own', async t => {
  const schemas = [{ id: roomUrn, attributes: [{ name: 'floor', type: 'integer' }] }]
  const [user, group] = read({
    schemas,
    resourceTypes: [{ name: 'User', schemaExtensions: [{ schema: roomUrn, required: false }] }],
  })
  t.same(
    user?.extensions.map(({ schema: { id }, required }) => ({ id, required })),
    [
      { id: enterpriseUserSchema.id, required: false },
      { id: roomUrn, required: false },
    ],
  )
  t.equal(user?.schema, userType.schema)
  t.equal(group, baseTypes[1])
  const [strict] = read({
    resourceTypes: [
      {
        name: 'User',
        endpoint: '/Users',
        schemaExtensions: [{ schema: enterpriseUserSchema.id, required: true }],
      },
    ],
  })
  t.same(strict?.extensions, [{ schema: enterpriseUserSchema, required: true }])
})

t.test('a type may have a core schema and the enterprise extension', async t => {
  const types = read({
    resourceTypes: [
      {
        name: 'Robot',
        endpoint: '/Robots',
        schema: userType.schema.id,
        schemaExtensions: [{ schema: enterpriseUserSchema.id, required: false }],
      },
    ],
  })
  t.match(typeByName(types, 'Robot'), {
    schema: userType.schema,
    labelAttribute: 'userName',
    displayAttribute: 'displayName',
    enabledAttribute: 'active',
  })
})

t.test('the label of a resource is chosen among its strings', async t => {
  const called = (...attributes: readonly object[]) => {
    const { labelAttribute, displayAttribute, enabledAttribute } = lampWith(...attributes)
    return [labelAttribute, displayAttribute, enabledAttribute]
  }
  const plain = { name: 'first' }
  const required = { name: 'second', required: true }
  const unique = { name: 'third', required: true, uniqueness: 'server' }
  t.same(called(plain, required, { name: 'DisplayName' }, unique), ['third', 'DisplayName', undefined])
  t.same(called(plain, required, { name: 'name' }, { name: 'username' }), ['username', 'name', undefined])
  t.same(called(plain, required), ['second', 'second', undefined])
  t.same(called(plain, { name: 'Active', type: 'boolean' }), ['first', 'first', 'Active'])
  t.same(
    called(
      { name: 'name', mutability: 'writeOnly' },
      { name: 'title', multiValued: true },
      { name: 'label', type: 'integer' },
      { name: 'active', returned: 'never' },
    ),
    ['id', 'id', undefined],
  )
})

/** The breaking changes, each with the path that resources must have a value for: `Lamp.label if label`. */
const dangers = (before: unknown, after: unknown) =>
  breakingChanges(read(before), read(after)).map(({ place, valuePath }) =>
    valuePath ? `${place} if ${pathText(valuePath) || 'any'}` : `${place} if a record`,
  )

const change = (before: object, after: object) =>
  dangers(lamps([{ name: 'one', ...before }]), lamps([{ name: 'one', ...after }]))

const room = (...attributes: readonly object[]) => ({
  schemas: [{ id: roomUrn, attributes }],
  resourceTypes: [{ name: 'User', schemaExtensions: [{ schema: roomUrn, required: false }] }],
})
const strictRoom = (...attributes: readonly object[]) => ({
  ...room(...attributes),
  resourceTypes: [{ name: 'User', schemaExtensions: [{ schema: roomUrn, required: true }] }],
})

t.test('changes without effect on stored values are allowed', async t => {
  t.same(dangers({}, lamps([{ name: 'one' }])), [], 'an additional type')
  t.same(dangers({}, room({ name: 'floor' })), [], 'an additional extension')
  t.same(dangers(lamps([]), lamps([{ name: 'one' }])), [], 'an additional attribute')
  t.same(
    dangers(lamps([{ name: 'one' }]), lamps([{ name: 'one' }], { endpoint: '/L', description: 'x' })),
    [],
  )
  const free = [
    { description: 'x' },
    { canonicalValues: ['x'] },
    { returned: 'request' },
    { returned: 'always' },
    { mutability: 'immutable' },
    { mutability: 'readOnly' },
  ]
  for (const one of free) t.same([...change({}, one), ...change(one, {})], [], JSON.stringify(one))
  t.same(change({ required: true }, {}), [], 'no longer required')
  t.same(change({ uniqueness: 'server' }, { uniqueness: 'global' }), [])
  t.same(change({ uniqueness: 'server' }, {}), [], 'no longer unique')
})

t.test('a type, schema or attribute with stored values cannot be removed', async t => {
  t.same(dangers(lamps([{ name: 'one' }]), {}), ['Lamp if a record'])
  t.same(dangers(lamps([{ name: 'one' }]), lamps([])), ['Lamp.one if one'])
  const outer = (...names: readonly string[]) =>
    lamps([{ name: 'outer', type: 'complex', subAttributes: names.map(name => ({ name })) }])
  t.same(dangers(outer('a', 'b'), outer('b')), ['Lamp.outer.a if outer.a'])
  t.same(dangers(room({ name: 'floor' }), {}), [`User.${roomUrn} if ${roomUrn}`])
  t.same(dangers(room({ name: 'floor' }), room()), [`User.${roomUrn}:floor if ${roomUrn}:floor`])
})

t.test('changes that invalidate or lose stored values are reported', async t => {
  const held = ['Lamp.one if one']
  t.same(change({}, { type: 'integer' }), held)
  t.same(change({}, { multiValued: true }), held)
  t.same(change({}, { caseExact: true }), held)
  t.same(change({}, { uniqueness: 'server' }), held)
  t.same(change({}, { mutability: 'writeOnly' }), held)
  t.same(change({ returned: 'never' }, {}), held)
  t.same(dangers(lamps([{ name: 'one' }]), lamps([{ name: 'ONE' }])), held)
  const other = 'urn:example:scim:schemas:OtherLamp'
  t.same(dangers(lamps([]), lamps([], { schema: other }, { id: other })), ['Lamp if any'])
  t.not(lampUrn, other)
})

t.test('an attribute that becomes required is missing in existing resources', async t => {
  t.same(change({}, { required: true }), ['Lamp.one if any'])
  t.same(dangers(lamps([]), lamps([{ name: 'one', required: true }])), ['Lamp.one if any'])
  t.same(dangers({}, strictRoom({ name: 'floor' })), [`User.${roomUrn} if any`])
  t.same(dangers(room({ name: 'floor' }), strictRoom({ name: 'floor' })), [`User.${roomUrn} if any`])
  t.same(dangers(room({ name: 'floor' }), room({ name: 'floor', required: true })), [
    `User.${roomUrn}:floor if ${roomUrn}`,
  ])
  t.same(dangers({}, room({ name: 'floor', required: true })), [], 'no resource has the extension yet')
})
