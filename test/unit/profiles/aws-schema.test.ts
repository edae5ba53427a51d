import t from 'tap'
import { loadProfile } from '../../../src/profiles/registry.ts'
import { type Attribute, findAttribute, pathText, subAttributesOf } from '../../../src/scim/attribute.ts'
import { errors, type ScimError } from '../../../src/scim/error.ts'
import { isObject, type Json } from '../../../src/scim/json.ts'
import { toResourceId } from '../../../src/scim/resource.ts'
import { typeByName } from '../../../src/scim/resource-types.ts'

const typesOf = (switches: Readonly<Record<string, string>> = {}) =>
  loadProfile('aws', switches).schema.resourceTypes

/** Each characteristic may only become stricter. */
const isNarrower = (aws: Attribute, rfc: Attribute) =>
  aws.type === rfc.type &&
  aws.multiValued === rfc.multiValued &&
  (aws.required || !rfc.required) &&
  (aws.mutability === rfc.mutability || rfc.mutability === 'readWrite') &&
  (aws.uniqueness === rfc.uniqueness || rfc.uniqueness === 'none') &&
  (aws.refersTo ?? []).every(type => rfc.refersTo?.includes(type))

function lessStrict(
  aws: readonly Attribute[],
  rfc: readonly Attribute[],
  above: readonly Attribute[],
): readonly string[] {
  return aws.flatMap(attribute => {
    const path = [...above, attribute]
    const original = findAttribute(rfc, attribute.name)
    if (!original || !isNarrower(attribute, original)) return [pathText(path)]
    return lessStrict(subAttributesOf(attribute), subAttributesOf(original), path)
  })
}

t.test('the AWS tables are never less strict than the RFC tables', async t => {
  const strictest: Record<string, string> = { email: 'required', letterCase: 'sensitive', profileUrl: 'hide' }
  for (const switches of [{}, strictest]) {
    for (const type of typesOf(switches)) {
      const original = typeByName(loadProfile('rfc').schema.resourceTypes, type.name)
      t.same(lessStrict(type.attributes, original?.attributes ?? [], []), [], type.name)
    }
  }
})

const everyPath = (
  attributes: readonly Attribute[],
  above: readonly Attribute[] = [],
): readonly (readonly Attribute[])[] =>
  attributes.flatMap(attribute => {
    const path = [...above, attribute]
    return [path, ...everyPath(subAttributesOf(attribute), path)]
  })

const pathsWhere = (holds: (attribute: Attribute) => unknown, switches = {}) =>
  typesOf(switches).map(({ name, attributes }) => [
    name,
    everyPath(attributes)
      .filter(path => holds(path.at(-1) as Attribute))
      .map(pathText),
  ])

t.test('required, unique and single-valued attributes are those of AWS', async t => {
  t.same(
    pathsWhere(({ required, name }) => required && name !== 'schemas'),
    [
      ['User', ['userName', 'name', 'name.familyName', 'name.givenName', 'displayName']],
      ['Group', ['displayName']],
    ],
  )
  t.same(
    pathsWhere(({ uniqueness, name }) => uniqueness === 'server' && name !== 'id'),
    [
      ['User', ['externalId', 'userName', 'emails.value']],
      ['Group', ['externalId', 'displayName']],
    ],
  )
  t.same(
    pathsWhere(({ maxValues }) => maxValues === 1),
    [
      ['User', ['emails', 'addresses', 'phoneNumbers', 'roles']],
      ['Group', []],
    ],
  )
})

t.test('names are case-sensitive only if the tenant’s switch is set', async t => {
  const exact = (letterCase: string) =>
    pathsWhere(({ caseExact, uniqueness, name }) => uniqueness === 'server' && caseExact && name !== 'id', {
      letterCase,
    })
  t.same(exact('insensitive'), [
    ['User', ['externalId']],
    ['Group', ['externalId']],
  ])
  t.same(exact('sensitive'), [
    ['User', ['externalId', 'userName', 'emails.value']],
    ['Group', ['externalId', 'displayName']],
  ])
})

t.test('a user without "active" is inactive, unless the tenant’s switch is set', async t => {
  const byDefault = (switches = {}) =>
    typesOf(switches).flatMap(({ attributes }) => findAttribute(attributes, 'active')?.default ?? [])
  t.same(byDefault(), [false])
  t.same(byDefault({ activeDefault: 'true' }), [true])
})

t.test('attributes that AWS does not support are absent', async t => {
  const [user] = typesOf()
  const names = ['password', 'ims', 'photos', 'entitlements', 'x509Certificates']
  t.same(
    names.map(name => user && findAttribute(user.attributes, name)),
    names.map(() => undefined),
  )
  t.same(
    pathsWhere(({ name }) => name === 'display' || name === '$ref'),
    [
      ['User', ['groups.$ref', 'groups.display']],
      ['Group', ['members.$ref']],
    ],
  )
})

const { responses } = loadProfile('aws')
const base = 'https://scim.eu-west-1.amazonaws.com/k7qa1b2c3d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d/scim/v2'
const guide = 'https://docs.aws.amazon.com/singlesignon/latest/userguide'
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

t.test('ServiceProviderConfig equals that of AWS', async t => {
  t.equal(
    JSON.stringify(responses.serviceProviderConfig(base, { metadata: undefined })),
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

const { schema, requests } = loadProfile('aws')
const { resourceTypes, newId } = schema
const { completeResource } = requests
const userType = typeByName(resourceTypes, 'User')
const groupType = typeByName(resourceTypes, 'Group')
if (!userType || !groupType) throw new Error('types are missing')

const errorUrn = 'urn:ietf:params:scim:api:messages:2.0:Error'
const request = '7d4c2f7e-2b1e-4a8a-9f26-0d3a7c5e6b41'
const at = Date.UTC(2026, 2, 4, 5, 6, 7, 120)

const worded = (error: ScimError, switches = {}) =>
  loadProfile('aws', switches).responses.error(error, request, at)

t.test('an error has the keys of AWS, in the same order', async t => {
  const body = worded(errors.uniqueness('userName', 'User'))
  t.same(body, {
    schema: [errorUrn],
    schemas: [errorUrn],
    detail: 'Refused to create a new, duplicate resource.',
    status: '409',
    exceptionRequestId: request,
    timeStamp: '2026-03-04 05:06:07.12',
  })
  t.same(Object.keys(body), ['schema', 'schemas', 'detail', 'status', 'exceptionRequestId', 'timeStamp'])
})

t.test('the time of an error has no trailing zeros except one', async t => {
  const error = errors.internal()
  const times = [0, 7, 160, 500].map(
    milliseconds => responses.error(error, request, Date.UTC(2026, 2, 4, 5, 6, 7, milliseconds)).timeStamp,
  )
  t.same(times, [
    '2026-03-04 05:06:07.0',
    '2026-03-04 05:06:07.007',
    '2026-03-04 05:06:07.16',
    '2026-03-04 05:06:07.5',
  ])
})

t.test('errors have the texts and statuses of AWS', async t => {
  const seen = (error: ScimError, switches = {}) => {
    const { status, detail } = worded(error, switches)
    t.equal(String(loadProfile('aws', switches).responses.status(error)), status)
    return `${status} ${detail}`
  }
  const generic = 'Request is unparsable, syntactically incorrect, or violates schema.'
  t.equal(seen(errors.noSuchResource('User', 'x')), '404 USER does not exist.')
  t.equal(seen(errors.noSuchResource('Group', 'x')), '404 GROUP does not exist.')
  t.equal(seen(errors.noSuchMember('User', 'x')), '404 USER does not exist.')
  t.equal(seen(errors.invalidJson('position 3')), '400 Invalid JSON from RequestBody')
  t.equal(seen(errors.invalidFilter('position 3')), '400 Invalid Filter format')
  t.equal(seen(errors.missingPath('Operations[0]')), '400 Missing path in PATCH request')
  t.equal(seen(errors.invalidValue('title must be a string.')), '400 title must be a string.')
  t.equal(seen(errors.invalidValue('title must be a string.'), { detail: 'generic' }), `400 ${generic}`)
  t.equal(seen(errors.noSuchResource('User', 'x'), { detail: 'generic' }), '404 USER does not exist.')
  t.equal(seen(errors.notImplemented('/Me is not offered.')), '404 /Me is not offered.')
  t.equal(seen(errors.quotaExceeded('Full.')), '400 Full.')
  t.equal(seen(errors.quotaExceeded('Full.'), { quotaStatus: '402' }), '402 Full.')
})

t.test('a throttled client gets Retry-After only if the tenant’s switch is set', async t => {
  const throttled = errors.throttled('Slow down.')
  t.same(responses.errorHeaders(throttled), {})
  t.same(loadProfile('aws', { retryAfter: 'on' }).responses.errorHeaders(throttled), { 'Retry-After': '1' })
})

t.test('responses are application/json with a request id, and meta has whole seconds', async t => {
  const stored = {
    key: 1,
    id: toResourceId('b4f8c4a8-30d1-70e2-9c55-1f0a6a7d2e31'),
    type: 'User',
    document: '{}',
    label: 'marge',
    version: 3,
    era: null,
    created: at,
    lastModified: at + 61_000,
  }
  t.same(responses.mediaTypes, ['application/json'])
  t.same(responses.headers(request), { 'x-amzn-RequestId': request })
  t.equal(
    responses.meta(stored, userType, 'https://scim.example.org/t/scim/v2', undefined),
    '{"resourceType":"User","created":"2026-03-04T05:06:07Z","lastModified":"2026-03-04T05:07:08Z"}',
  )
})

t.test(
  'statuses: 201 for POST, 200 or 201 for PUT, 200 for a patched user and 204 for a patched group',
  async t => {
    t.same(
      [responses.created, responses.replaced, responses.patched(userType), responses.patched(groupType)],
      [201, 200, 200, 204],
    )
    t.equal(loadProfile('aws', { putUserStatus: '201' }).responses.replaced, 201)
  },
)

t.test('members are an empty list when read and absent when created; groups are always absent', async t => {
  const operations = ['create', 'read', 'list'] as const
  t.same(
    operations.map(operation => responses.relation('members', operation)),
    ['absent', 'empty', 'empty'],
  )
  t.same(
    operations.map(operation => responses.relation('groups', operation)),
    ['absent', 'absent', 'absent'],
  )
  t.equal(loadProfile('aws', { membersOnRead: 'absent' }).responses.relation('members', 'read'), 'absent')
})

t.test('ids have the form of AWS’s ids', async t => {
  const shape =
    /^[0-9a-f]4[0-9a-f]8[0-9a-f]4[0-9a-f]8-[0-9a-f]0[0-9a-f]1-70[0-9a-f]{2}-[0-9a-f]{4}-[0-9a-f]{12}$/
  const ids = Array.from({ length: 1000 }, newId)
  t.same(
    ids.filter(id => !shape.test(id)),
    [],
  )
  t.equal(new Set(ids).size, 1000)
})

t.test('the email address that a PATCH creates becomes primary', async t => {
  const fill = (operation: 'create' | 'patch', emails: readonly { value: string; primary?: boolean }[]) =>
    completeResource?.(userType, operation, { userName: 'mira', emails }).emails
  t.same(fill('patch', [{ value: 'a' }]), [{ value: 'a', primary: true }])
  t.same(fill('patch', [{ value: 'a', primary: false }]), [{ value: 'a', primary: false }])
  t.same(fill('create', [{ value: 'a' }]), [{ value: 'a' }])
  t.same(completeResource?.(groupType, 'patch', { displayName: 'Leads' }), { displayName: 'Leads' })
})
