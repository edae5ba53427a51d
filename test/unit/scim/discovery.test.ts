import t from 'tap'
import { attribute } from '../../../src/scim/attribute.ts'
import { groupType, userType } from '../../../src/scim/core-schemas.ts'
import {
  characteristicsOf,
  listedSchemas,
  resourceTypeResource,
  schemaResource,
  serviceProviderConfig,
} from '../../../src/scim/discovery.ts'
import { isObject, type Json } from '../../../src/scim/json.ts'

const base = 'https://scim.example/t1/scim/v2'
const types = [userType, groupType]
const enterpriseUrn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

t.test('R-152 an attribute is listed with all characteristics and nothing else', async t => {
  t.same(
    characteristicsOf(
      attribute('emails', 'Email addresses.', {
        type: 'complex',
        multiValued: true,
        maxValues: 1,
        subAttributes: [
          attribute('value', 'The address.', { lookup: true, refersTo: ['User'] }),
          attribute('type', 'What for.', { canonicalValues: ['work', 'home'], default: 'work' }),
          attribute('$ref', 'Where.', { type: 'reference', referenceTypes: ['User'], derived: 'uri' }),
        ],
      }),
    ),
    {
      name: 'emails',
      type: 'complex',
      multiValued: true,
      description: 'Email addresses.',
      required: false,
      mutability: 'readWrite',
      returned: 'default',
      subAttributes: [
        {
          name: 'value',
          type: 'string',
          multiValued: false,
          description: 'The address.',
          required: false,
          caseExact: false,
          mutability: 'readWrite',
          returned: 'default',
          uniqueness: 'none',
        },
        {
          name: 'type',
          type: 'string',
          multiValued: false,
          description: 'What for.',
          required: false,
          canonicalValues: ['work', 'home'],
          caseExact: false,
          mutability: 'readWrite',
          returned: 'default',
          uniqueness: 'none',
        },
        {
          name: '$ref',
          type: 'reference',
          multiValued: false,
          description: 'Where.',
          required: false,
          caseExact: false,
          mutability: 'readWrite',
          returned: 'default',
          uniqueness: 'none',
          referenceTypes: ['User'],
        },
      ],
    },
  )
})

t.test(
  'R-150 R-151 R-152 each schema is listed once, under its URN, without the common attributes',
  async t => {
    const listed = listedSchemas(types).map(schema => schemaResource(schema, base))
    t.same(
      listed.map(({ id, name, schemas, meta }) => ({ id, name, schemas, meta })),
      ['core:2.0:User', 'core:2.0:Group', 'extension:enterprise:2.0:User'].map((urn, at) => ({
        id: `urn:ietf:params:scim:schemas:${urn}`,
        name: ['User', 'Group', 'EnterpriseUser'][at],
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:Schema'],
        meta: {
          resourceType: 'Schema',
          location: `${base}/Schemas/urn:ietf:params:scim:schemas:${urn}`,
        },
      })),
    )
    const names = listed.map(({ attributes }) => namesOf(attributes))
    t.ok(names[0]?.includes('userName'))
    for (const common of ['id', 'externalId', 'meta', 'schemas']) t.notOk(names.flat().includes(common))
  },
)

t.test('R-077 the display name of a group is advertised as required', async t => {
  const attributes = schemaResource(groupType.schema, base).attributes
  t.match(Array.isArray(attributes) ? attributes[0] : undefined, { name: 'displayName', required: true })
})

t.test('R-153 R-154 a resource type has its endpoint, its schema and its extensions', async t => {
  t.same(resourceTypeResource(userType, base), {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
    id: 'User',
    name: 'User',
    endpoint: '/Users',
    description: 'User Account',
    schema: 'urn:ietf:params:scim:schemas:core:2.0:User',
    schemaExtensions: [{ schema: enterpriseUrn, required: false }],
    meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/User` },
  })
  t.same(resourceTypeResource(groupType, base).schemaExtensions, [])
})

t.test('R-147 R-148 the configuration lists supported and unsupported features', async t => {
  t.same(serviceProviderConfig({ maxResults: 200 }, base), {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
    patch: { supported: true },
    bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
    filter: { supported: true, maxResults: 200 },
    changePassword: { supported: false },
    sort: { supported: false },
    etag: { supported: false },
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'OAuth Bearer Token',
        description: 'A token in the Authorization header. Generate one in the console.',
        specUri: 'https://www.rfc-editor.org/info/rfc6750',
        primary: true,
      },
    ],
    meta: { resourceType: 'ServiceProviderConfig', location: `${base}/ServiceProviderConfig` },
  })
})

t.test('R-135 paging and bulk are advertised with their limits if supported', async t => {
  const pagination = { cursor: true, index: true, defaultPaginationMethod: 'index' }
  t.match(
    serviceProviderConfig(
      { maxResults: 200, sort: true, etag: true, bulk: { maxOperations: 5, maxPayloadSize: 9 }, pagination },
      base,
    ),
    {
      bulk: { supported: true, maxOperations: 5, maxPayloadSize: 9 },
      sort: { supported: true },
      etag: { supported: true },
      pagination,
    },
  )
})

const namesOf = (attributes: Json | undefined) =>
  Array.isArray(attributes) ? attributes.map((one: Json) => (isObject(one) ? one.name : one)) : []
