import t from 'tap'
import { userType } from '../../../../src/scim/core-schemas.ts'
import { declarationLimits } from '../../../../src/scim/declare/fields.ts'
import type { Json, JsonObject } from '../../../../src/scim/json.ts'
import { lamps, lampUrn, mistakesIn, placesIn, roomUrn } from './declared.ts'

const first = 'schemas[0].attributes[0]'
const ofAttribute = (attribute: JsonObject) => placesIn(lamps([{ name: 'one', ...attribute }]))

t.test('each contradiction is reported with its location and a remedy', async t => {
  const cases: readonly (readonly [JsonObject, readonly string[]])[] = [
    [{ type: 'complex' }, ['subAttributes']],
    [{ type: 'complex', subAttributes: [] }, ['subAttributes']],
    [{ subAttributes: [{ name: 'two' }] }, ['subAttributes']],
    [
      { type: 'complex', subAttributes: [{ name: 'two', subAttributes: [{}] }] },
      ['subAttributes[0].subAttributes'],
    ],
    [{ type: 'integer', canonicalValues: ['1'] }, ['canonicalValues']],
    [{ referenceTypes: ['User'] }, ['referenceTypes']],
    [{ type: 'binary', caseExact: false }, ['caseExact']],
    [{ type: 'reference', caseExact: false }, ['caseExact']],
    [{ type: 'complex', caseExact: true, subAttributes: [{ name: 'two' }] }, ['caseExact']],
    [{ type: 'boolean', uniqueness: 'server' }, ['uniqueness']],
    [{ type: 'dateTime', uniqueness: 'global' }, ['uniqueness']],
    [{ type: 'binary', uniqueness: 'server' }, ['uniqueness']],
    [{ type: 'complex', uniqueness: 'server', subAttributes: [{ name: 'two' }] }, ['uniqueness']],
    [{ returned: 'never', uniqueness: 'server' }, ['uniqueness']],
    [{ returned: 'never', multiValued: true }, ['multiValued']],
    [
      { type: 'complex', multiValued: true, subAttributes: [{ name: 'two', mutability: 'writeOnly' }] },
      ['multiValued'],
    ],
    [{ mutability: 'writeOnly', returned: 'default' }, ['returned']],
    [
      { type: 'complex', returned: 'never', subAttributes: [{ name: 'two', returned: 'default' }] },
      ['subAttributes[0].returned'],
    ],
    [{ mutability: 'readOnly', required: true }, ['required']],
    [
      { type: 'complex', required: true, subAttributes: [{ name: 'two', mutability: 'readOnly' }] },
      ['required'],
    ],
    [
      { type: 'decimal', canonicalValues: [], uniqueness: 'some', required: 'yes' },
      ['required', 'uniqueness', 'canonicalValues'],
    ],
  ]
  for (const [attribute, fields] of cases) {
    t.same(
      ofAttribute(attribute),
      fields.map(field => `${first}.${field}`),
      JSON.stringify(attribute),
    )
  }
})

t.test('R-035 a complex attribute has no complex sub-attributes', async t => {
  const inner = { name: 'inner', type: 'complex', subAttributes: [{ name: 'deep' }] }
  t.same(
    mistakesIn(
      lamps([{ name: 'a' }, { name: 'outer', type: 'complex', subAttributes: [{ name: 'x' }, inner] }]),
    ),
    [
      [
        'schemas[0].attributes[1].subAttributes[1].type',
        'A sub-attribute cannot be complex (RFC 7643 §2.3.8). Use another type.',
      ],
    ],
  )
})

t.test('all errors are reported together, each with its location', async t => {
  const declared = {
    schemas: [
      {
        id: lampUrn,
        attributes: [{ name: '1st' }, { name: 'b', type: 'text' }, { name: 'c', mutabilty: 'readOnly' }],
      },
      { id: roomUrn, attributes: [{ name: 'x' }, { name: 'X' }], attribute: [] },
    ],
    resourceTypes: [
      {
        name: 'Lamp',
        endpoint: 'Lamps',
        schema: lampUrn,
        schemaExtensions: [{ schema: roomUrn }, { schema: 'urn:x:y' }],
      },
    ],
    types: [],
  }
  t.same(placesIn(declared), [
    'types',
    `${first}.name`,
    'schemas[0].attributes[1].type',
    'schemas[0].attributes[2].mutabilty',
    'schemas[1].attribute',
    'schemas[1].attributes[1].name',
    'resourceTypes[0].endpoint',
    'resourceTypes[0].schemaExtensions[1].schema',
  ])
})

t.test('names follow RFC 7643 §2.1, and are not names that every object has', async t => {
  for (const name of [
    '',
    '1a',
    'a b',
    'a.b',
    'a:b',
    '_a',
    '$other',
    'ä',
    '__proto__',
    'constructor',
    'toString',
    'NOT',
  ]) {
    t.same(ofAttribute({ name }), [`${first}.name`], name)
  }
  for (const name of ['a', 'A-b_c$d9', '$ref', 'eq', 'and', 'pr', 'true', 'value'])
    t.same(ofAttribute({ name }), [], name)
  for (const name of ['id', 'externalID', 'META', 'schemas']) {
    t.same(ofAttribute({ name }), [`${first}.name`], `${name} at the top`)
    t.same(ofAttribute({ type: 'complex', subAttributes: [{ name }] }), [], `${name} below`)
  }
  t.same(placesIn(lamps([{ type: 'string' }])), [`${first}.name`], 'an attribute without a name')
  t.same(placesIn(lamps(['name'])), [first])
})

t.test('R-151 the id of a schema is a URN, and not the URN of a message', async t => {
  const withId = (id: Json) => ({ ...lamps([], { schema: id }), schemas: [{ id, attributes: [] }] })
  const at = ['schemas[0].id', 'resourceTypes[0].schema']
  for (const id of [
    'Lamp',
    'https://example.org/Lamp',
    'urn:lamp',
    'urn:x:y z',
    'urn:x:y"]',
    'urn:xx:',
    'urn:xx:a,b',
    `urn:xx:${'a'.repeat(256)}`,
    'urn:ietf:params:scim:api:messages:2.0:Lamp',
    'urn:ietf:params:scim:schemas:core:2.0:schema',
  ]) {
    t.same(placesIn(withId(id)).slice(0, 1), at.slice(0, 1), id)
  }
  t.same(placesIn(withId('urn:ietf:params:scim:schemas:extension:acme:2.0:Lamp')), [])
  t.same(placesIn({ schemas: [{ attributes: [] }] }), ['schemas[0].id'])
})

t.test('core schemas can be neither redeclared nor used as extensions', async t => {
  const { id } = userType.schema
  t.same(
    mistakesIn({
      schemas: [{ id: id.toUpperCase(), attributes: [] }],
      resourceTypes: [{ name: 'User', schema: id }],
    }),
    [['schemas[0].id', `"${id.toUpperCase()}" is a schema of the RFC and cannot be changed. Remove it.`]],
  )
  t.same(placesIn(lamps([], { schemaExtensions: [{ schema: id }, { schema: lampUrn }] })), [
    'resourceTypes[0].schemaExtensions[0].schema',
    'resourceTypes[0].schemaExtensions[1].schema',
  ])
})

t.test('an extension without writable attributes cannot be required', async t => {
  const declared = (...attributes: readonly JsonObject[]) => ({
    schemas: [{ id: roomUrn, attributes }],
    resourceTypes: [{ name: 'User', schemaExtensions: [{ schema: roomUrn, required: true }] }],
  })
  const at = ['resourceTypes[0].schemaExtensions[0].required']
  t.same(placesIn(declared()), at)
  t.same(placesIn(declared({ name: 'floor', mutability: 'readOnly' })), at)
  t.same(placesIn(declared({ name: 'floor', mutability: 'readOnly' }, { name: 'door' })), [])
})

t.test('a core type keeps its endpoint and its schema', async t => {
  t.same(placesIn({ resourceTypes: [{ name: 'User', endpoint: '/People', schema: 'urn:x:y' }] }), [
    'resourceTypes[0].endpoint',
    'resourceTypes[0].schema',
  ])
  t.same(placesIn({ resourceTypes: [{ name: 'group' }] }), ['resourceTypes[0].name'])
})

t.test('an endpoint is one unique path segment', async t => {
  const taken = [
    '/Users',
    '/groups',
    '/Me',
    '/Bulk',
    '/.search',
    '/Schemas',
    '/ResourceTypes',
    '/serviceProviderConfig',
  ]
  for (const endpoint of [
    ...taken,
    '/ServiceConfiguration',
    '/v2',
    'Lamps',
    '/Lamps/on',
    '/',
    '/a%20b',
    '/../x',
    '',
  ]) {
    t.same(placesIn(lamps([], { endpoint })), ['resourceTypes[0].endpoint'], endpoint)
  }
  const { schemas, resourceTypes } = lamps([])
  const twice = [...resourceTypes, { name: 'Torch', endpoint: '/lamps', schema: lampUrn }]
  t.same(mistakesIn({ schemas, resourceTypes: twice }), [
    ['resourceTypes[1].endpoint', 'The type Lamp already has the endpoint "/Lamps".'],
  ])
})

t.test('the name of a type is a unique word', async t => {
  for (const name of [
    '',
    'A B',
    'a/b',
    'Schema',
    'ResourceType',
    'serviceproviderconfig',
    'constructor',
    7,
  ]) {
    t.same(placesIn(lamps([], { name })).at(-1), 'resourceTypes[0].name', String(name))
  }
  const { schemas, resourceTypes } = lamps([])
  const twice = [...resourceTypes, { name: 'LAMP', endpoint: '/Torches', schema: lampUrn }]
  t.same(placesIn({ schemas, resourceTypes: twice }), ['resourceTypes[1].name'])
})

t.test('a schema is declared once, and used by a type', async t => {
  const { schemas, resourceTypes } = lamps([])
  t.same(placesIn({ schemas: [...schemas, { id: lampUrn.toUpperCase(), attributes: [] }], resourceTypes }), [
    'schemas[1].id',
  ])
  t.same(placesIn({ schemas }), ['schemas[0].id'])
  t.same(placesIn(lamps([], { schema: 'urn:x:unknown' })), ['schemas[0].id', 'resourceTypes[0].schema'])
  t.same(placesIn(lamps([], { schemaExtensions: [{ schema: 'urn:x:unknown' }, {}] })), [
    'resourceTypes[0].schemaExtensions[0].schema',
    'resourceTypes[0].schemaExtensions[1].schema',
  ])
})

t.test('a value that is not an object, an array or a string is reported', async t => {
  t.same(mistakesIn([]), [['', 'This must be an object with schemas, resourceTypes.']])
  t.same(placesIn({ schemas: {}, resourceTypes: 'x' }), ['schemas', 'resourceTypes'])
  t.same(placesIn({ schemas: [7], resourceTypes: [null] }), ['schemas[0]', 'resourceTypes[0]'])
  t.same(ofAttribute({ description: 7, canonicalValues: ['', 7, 'x'], type: 'String', multiValued: 1 }), [
    `${first}.description`,
    `${first}.type`,
    `${first}.multiValued`,
    `${first}.canonicalValues[0]`,
    `${first}.canonicalValues[1]`,
  ])
  t.same(ofAttribute({ description: 'a\u0000b' }), [`${first}.description`])
  t.same(ofAttribute({ description: 'two\nlines' }), [])
  t.same(ofAttribute({ description: '\ud800' }), [`${first}.description`])
})

t.test('counts and lengths have limits', async t => {
  const many = (count: number) => Array.from({ length: count }, (_, at) => ({ name: `a${at}` }))
  t.same(placesIn(lamps(many(declarationLimits.attributes))), [])
  t.same(placesIn(lamps(many(declarationLimits.attributes + 1))), ['schemas[0].attributes'])
  t.same(ofAttribute({ type: 'complex', subAttributes: many(declarationLimits.attributes + 1) }), [
    `${first}.subAttributes`,
  ])
  t.same(ofAttribute({ name: 'a'.repeat(declarationLimits.name + 1) }), [`${first}.name`])
  t.same(ofAttribute({ description: 'a'.repeat(declarationLimits.description + 1) }), [
    `${first}.description`,
  ])
  t.same(placesIn({ resourceTypes: Array(declarationLimits.types + 1).fill({}) }).slice(0, 1), [
    'resourceTypes',
  ])
  t.same(
    placesIn({ schemas: Array(declarationLimits.schemas).fill({}) }).length,
    100,
    'a limited number of errors',
  )
})
