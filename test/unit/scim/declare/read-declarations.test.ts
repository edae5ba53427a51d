import t from 'tap'
import { enterpriseUserSchema, userType } from '../../../../src/scim/core-schemas.ts'
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
