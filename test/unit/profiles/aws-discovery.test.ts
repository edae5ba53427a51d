import t from 'tap'
import { loadProfile } from '../../../src/profiles/registry.ts'
import { isObject, type Json } from '../../../src/scim/json.ts'

const { responses } = loadProfile('aws')
const base = 'https://scim.eu-west-1.amazonaws.com/k7qa1b2c3d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d/scim/v2'
const guide = 'https://docs.aws.amazon.com/singlesignon/latest/userguide'
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

t.test('ServiceProviderConfig equals that of AWS', async t => {
  t.equal(
    JSON.stringify(responses.serviceProviderConfig(base)),
    JSON.stringify({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
      documentationUri: `${guide}/manage-your-identity-source-idp.html`,
      authenticationSchemes: [
        {
          type: 'oauthbearertoken',
          name: 'OAuth Bearer Token',
          description: 'Authentication scheme using the OAuth Bearer Token Standard',
          specUri: 'https://www.rfc-editor.org/info/rfc6750',
          documentationUri: `${guide}/provision-automatically.html`,
          primary: true,
        },
      ],
      patch: { supported: true },
      bulk: { supported: false, maxOperations: 1, maxPayloadSize: 1048576 },
      filter: { supported: true, maxResults: 50 },
      changePassword: { supported: false },
      sort: { supported: false },
      etag: { supported: false },
    }),
  )
  t.equal(responses.publicDiscovery, false)
})

t.test('ResourceTypes are User and Group, with an extension marked as required', async t => {
  t.same(responses.resourceTypes(base), [
    {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
      id: 'User',
      name: 'User',
      endpoint: '/Users',
      description: 'User Account',
      schema: 'urn:ietf:params:scim:schemas:core:2.0:User',
      schemaExtensions: [{ schema: enterprise, required: true }],
      meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/User` },
    },
    {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
      id: 'Group',
      name: 'Group',
      endpoint: '/Groups',
      description: 'Group',
      schema: 'urn:ietf:params:scim:schemas:core:2.0:Group',
      meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/Group` },
    },
  ])
})

const objects = (value: Json | undefined) => (Array.isArray(value) ? value.filter(isObject) : [])

/** `emails[]{value,type,primary}`, with `*` at required attributes, and with canonical values. */
const outline = (attributes: Json | undefined): readonly string[] =>
  objects(attributes).map(({ name, multiValued, required, canonicalValues, subAttributes }) => {
    const subs = subAttributes ? `{${outline(subAttributes).join(',')}}` : ''
    const values = Array.isArray(canonicalValues) ? `(${canonicalValues.join('|')})` : ''
    return `${name}${multiValued ? '[]' : ''}${required ? '*' : ''}${values}${subs}`
  })

t.test('Schemas are the three of AWS, with the same attributes in the same order', async t => {
  const schemas = responses.schemas(base)
  t.same(
    schemas.map(({ attributes, ...rest }) => rest),
    [
      ['urn:ietf:params:scim:schemas:core:2.0:User', 'User', 'User Schema'],
      ['urn:ietf:params:scim:schemas:core:2.0:Group', 'Group', 'Group Schema'],
      [enterprise, 'EnterpriseUser', 'Enterprise User Schema'],
    ].map(([id, name, description]) => ({
      id,
      name,
      description,
      meta: { resourceType: 'Schema', location: `/v2/Schemas/${id}` },
    })),
  )
  t.same(
    schemas.map(({ attributes }) => outline(attributes)),
    [
      [
        'userName*',
        'name{formatted,familyName*,givenName*,middleName,honorificPrefix,honorificSuffix}',
        'displayName',
        'nickName',
        'profileUrl',
        'title',
        'userType',
        'preferredLanguage',
        'locale',
        'timezone',
        'active',
        'emails[]{value,type(work|home|other),primary}',
        'phoneNumbers[]{value,type(work|home|mobile|fax|pager|other),primary}',
        'addresses[]{formatted,streetAddress,locality,region,postalCode,country,type(work|home|other),primary}',
        'groups[]{value,$ref,type(direct|indirect)}',
        'roles[]{value,type,primary}',
      ],
      ['displayName*', 'members[]{value,$ref,type(User|Group)}'],
      [
        'employeeNumber',
        'costCenter',
        'organization',
        'division',
        'department',
        'manager{value,$ref,displayName}',
      ],
    ],
  )
})

t.test('Schemas describe no attribute as case-exact, and only userName as unique', async t => {
  const text = JSON.stringify(responses.schemas(base))
  t.notMatch(text, '"caseExact":true')
  t.same(text.match(/"uniqueness":"server"/g)?.length, 1)
  const [userName] = objects(responses.schemas(base)[0]?.attributes)
  t.match(userName, { name: 'userName', uniqueness: 'server' })
})
