import t from 'tap'
import { certificate } from '../support/certificate.ts'
import { aUser, enterpriseUrn, groupUrn, listUrn, userUrn } from '../support/samples.ts'
import { buildTestApp, createScimClient, patchOp, type ScimClient } from '../support/scim.ts'
import { isScimError } from '../support/scim-error.ts'

type Named = { readonly id: string; readonly name: string }

t.test(
  'R-147 R-148 R-135 ServiceProviderConfig is one object that describes the supported features',
  async t => {
    const { client } = await buildTestApp(t, 'rfc')
    const { status, body } = await client.get('/ServiceProviderConfig')
    t.equal(status, 200)
    t.match(body, {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
      patch: { supported: true },
      bulk: { supported: true, maxOperations: 1000, maxPayloadSize: 1_048_576 },
      filter: { supported: true, maxResults: 1000 },
      changePassword: { supported: Boolean },
      sort: { supported: true },
      etag: { supported: true },
      authenticationSchemes: [{ type: 'oauthbearertoken', name: String, description: String }],
      pagination: {
        cursor: true,
        index: true,
        defaultPaginationMethod: 'index',
        defaultPageSize: 100,
        maxPageSize: 1000,
        cursorTimeout: 3600,
      },
    })
  },
)

t.test('R-149 discovery can be read without a token, other resources cannot', async t => {
  const { app, tenant, client } = await buildTestApp(t, 'rfc')
  for (const path of [
    '/ServiceProviderConfig',
    '/Schemas',
    `/Schemas/${userUrn}`,
    '/ResourceTypes',
    '/ResourceTypes/User',
  ]) {
    const bare = await app.inject({ url: `/${tenant.id}/scim/v2${path}` })
    t.same([bare.statusCode, bare.json()], [200, (await client.get(path)).body], path)
  }
  t.equal((await app.inject({ url: `/${tenant.id}/scim/v2/Users` })).statusCode, 401)
  t.equal((await app.inject({ url: '/scim/v2/Schemas' })).statusCode, 401, 'without a tenant in the URL')
  t.equal((await app.inject({ url: '/nobody/scim/v2/Schemas' })).statusCode, 401, 'an unknown tenant')
  const wrong = await createScimClient(app, `/${tenant.id}/scim/v2`, 'wrong').get('/Schemas')
  t.equal(wrong.status, 401, 'a token that is sent is checked')
})

t.test('R-150 R-151 R-152 all schemas are listed, each with its URN, without messages', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const { status, body } = await client.get('/Schemas')
  const urns = body.Resources.map(({ id }: Named) => id)
  t.same(
    [status, body.schemas, body.totalResults, body.itemsPerPage, body.startIndex],
    [200, [listUrn], urns.length, urns.length, 1],
  )
  for (const urn of [userUrn, groupUrn, enterpriseUrn]) t.ok(urns.includes(urn), urn)
  t.same(
    urns.filter((urn: string) => urn.includes(':api:')),
    [],
  )
  for (const schema of body.Resources) {
    const one = await client.get(`/Schemas/${schema.id}`)
    t.same([one.status, one.body], [200, schema], schema.id)
    t.same((await client.get(`/Schemas/${encodeURIComponent(schema.id)}`)).body, schema, 'percent-encoded')
    t.match(schema, { name: String, description: String, meta: { resourceType: 'Schema', location: String } })
    for (const attribute of schema.attributes) {
      const { name, type, multiValued, description, required, mutability, returned } = attribute
      t.match(
        { name, type, multiValued, description, required, mutability, returned },
        {
          name: String,
          type: String,
          multiValued: Boolean,
          description: String,
          required: Boolean,
          mutability: String,
          returned: String,
        },
      )
    }
  }
  isScimError(t, await client.get('/Schemas/urn:example:none'), { status: 404, detail: /urn:example:none/ })
})

t.test('R-153 R-154 resource types are returned as a list and by name', async t => {
  const { client, tenant } = await buildTestApp(t, 'rfc')
  const { body } = await client.get('/ResourceTypes')
  const location = (name: string) => `http://localhost:80/${tenant.id}/scim/v2/ResourceTypes/${name}`
  t.match(body, {
    totalResults: 2,
    schemas: [listUrn],
    Resources: [
      {
        id: 'User',
        name: 'User',
        endpoint: '/Users',
        schema: userUrn,
        schemaExtensions: [{ schema: enterpriseUrn, required: false }],
        meta: { resourceType: 'ResourceType', location: location('User') },
      },
      { name: 'Group', endpoint: '/Groups', schema: groupUrn, meta: { location: location('Group') } },
    ],
  })
  for (const type of body.Resources) {
    t.same((await client.get(`/ResourceTypes/${type.name}`)).body, type, type.name)
    t.equal((await client.get(type.endpoint)).status, 200, type.endpoint)
    t.equal((await client.get(`/Schemas/${type.schema}`)).status, 200, type.schema)
  }
  isScimError(t, await client.get('/ResourceTypes/Printer'), { status: 404, detail: /Printer/ })
})

t.test('R-156 a tenant may reject filters on discovery with 403, but not sorting', async t => {
  const { client } = await buildTestApp(t, 'rfc', { switches: { discoveryFilter: 'refuse' } })
  for (const path of [
    '/Schemas',
    `/Schemas/${userUrn}`,
    '/ResourceTypes',
    '/ResourceTypes/User',
    '/ServiceProviderConfig',
  ]) {
    for (const query of ['filter=name%20eq%20%22User%22', 'filter=', 'count=1&filter=x'])
      isScimError(t, await client.get(`${path}?${query}`), { status: 403, detail: /"filter"/ }, path)
    const plain = (await client.get(path)).body
    t.same((await client.get(`${path}?count=1&sortBy=id&startIndex=2`)).body, plain, path)
  }
  t.equal((await client.get('/Users?filter=userName%20pr')).status, 200, 'resources can be filtered')
})

t.test('R-155 R-156 filter, sorting and paging are ignored on discovery', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  for (const path of ['/Schemas', '/ResourceTypes', '/ServiceProviderConfig']) {
    const plain = (await client.get(path)).body
    for (const query of [
      'filter=name%20eq%20%22x%22',
      'filter=%28%28',
      'count=0',
      'startIndex=9&count=x',
      'sortBy=id',
    ])
      t.same((await client.get(`${path}?${query}`)).body, plain, `${path}?${query}`)
  }
})

t.test('R-157 discovery is read-only', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  for (const path of [
    '/Schemas',
    `/Schemas/${userUrn}`,
    '/ResourceTypes',
    '/ResourceTypes/User',
    '/ServiceProviderConfig',
  ])
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
      const response = await client.send(method, path, method === 'DELETE' ? undefined : {})
      isScimError(t, response, { status: 405, detail: new RegExp(method) }, `${method} ${path}`)
      t.equal(response.headers.allow, 'GET, HEAD')
    }
})

t.test('the entra profile also serves /serviceConfiguration, in any case', async t => {
  const { client } = await buildTestApp(t, 'entra')
  const { body } = await client.get('/ServiceProviderConfig')
  for (const path of ['/serviceConfiguration', '/ServiceConfiguration', '/serviceproviderconfig'])
    t.same((await client.get(path)).body, body, path)
  t.equal((await client.get('/schemas')).body.totalResults > 0, true)
  t.equal((await client.get('/users')).status, 200)
})

const noCursors = { cursor: false, index: true, defaultPaginationMethod: 'index' }
const bulkUrn = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest'

for (const profile of ['rfc', 'entra'] as const)
  t.test(`R-148 R-147 R-166 R-135 on ${profile} advertised features work, and no others exist`, async t => {
    const { app, tenant, token, client } = await buildTestApp(t, profile)
    const { body: config } = await client.get('/ServiceProviderConfig')
    const created = await client.post('/Users', aUser('a'))
    await client.create('Users', aUser('b'))
    const namesOf = async (query: string) =>
      ((await client.get(`/Users?${query}`)).body.Resources ?? []).map(
        ({ userName }: { userName: string }) => userName,
      )

    const changed = patchOp({ op: 'add', path: 'password', value: 'mmm-d0nuts!' })
    const patched = await client.send('PATCH', `/Users/${created.body.id}`, changed)
    t.equal(
      patched.status < 300,
      config.patch.supported && config.changePassword.supported,
      'PATCH, password',
    )

    t.equal(config.filter.supported, true)
    t.same(await namesOf('filter=userName%20eq%20%22b%22'), ['b'], 'filter')
    const long = (await client.get(`/Users?count=${config.filter.maxResults + 1}`)).body
    t.ok(long.itemsPerPage <= config.filter.maxResults, 'no page is longer')

    const sorted = await namesOf('sortBy=userName&sortOrder=descending')
    t.same(sorted, config.sort.supported ? ['b', 'a'] : ['a', 'b'], 'sort')

    t.equal(created.headers.etag !== undefined, config.etag.supported, 'etag')
    t.equal(created.body.meta.version !== undefined, config.etag.supported, 'meta.version')

    const operation = { method: 'POST', path: '/Users', bulkId: 'x', data: aUser('c') }
    const bulk = await client.post('/Bulk', { schemas: [bulkUrn], Operations: [operation] })
    t.equal(bulk.status, config.bulk.supported ? 200 : 501, 'bulk')
    t.equal(config.bulk.maxOperations > 0 && config.bulk.maxPayloadSize > 0, config.bulk.supported)

    // Strict clients report members that their version of RFC 7643 lacks as errors.
    t.equal('pagination' in config, profile === 'rfc')
    const { cursor, index, defaultPaginationMethod } = config.pagination ?? noCursors
    const walked = (await client.get('/Users?cursor&count=1')).body
    t.equal('nextCursor' in walked, cursor, 'paging by cursor')
    t.equal(index, true)
    t.same(await namesOf('startIndex=2&count=1'), ['b'], 'paging by index')
    t.equal((await client.get('/Users')).body.startIndex, defaultPaginationMethod === 'index' ? 1 : undefined)

    for (const { type, name, description, specUri } of config.authenticationSchemes) {
      t.equal(type, 'oauthbearertoken')
      t.match([name, description, specUri], [/\S/, /\S/, /^https:\/\//])
    }
    const basic = { authorization: `Basic ${Buffer.from(`x:${token}`).toString('base64')}` }
    const response = await app.inject({ url: `/${tenant.id}/scim/v2/Users`, headers: basic })
    t.equal(response.statusCode, 401, 'unlisted schemes are rejected')
  })

type Attribute = {
  readonly name: string
  readonly type: 'string' | 'boolean' | 'reference' | 'binary' | 'complex'
  readonly multiValued: boolean
  readonly required: boolean
  readonly mutability: string
  readonly returned: string
  readonly caseExact?: boolean
  readonly subAttributes?: readonly Attribute[]
}
type Values = Readonly<Record<string, unknown>>

const right = { string: 'Text', boolean: true, reference: 'https://x.example/', binary: certificate }
const wrong = { string: 7, boolean: 'true', reference: false, binary: '***', complex: 'text' }

/** A valid value of an attribute; by name where it has rules beyond its type. */
const special: Values = { country: 'DE' }

const sampleOf = ({ name, type, subAttributes = [] }: Attribute): unknown =>
  type === 'complex'
    ? Object.fromEntries(subAttributes.filter(isClients).map(sub => [sub.name, sampleOf(sub)]))
    : (special[name] ?? right[type])

const listed = ({ multiValued }: Attribute, value: unknown) => (multiValued ? [value] : value)

const isClients = ({ mutability, name }: Attribute) => mutability !== 'readOnly' && name !== '$ref'

const attributesOf = async (client: ScimClient, urn: string): Promise<readonly Attribute[]> =>
  (await client.get(`/Schemas/${urn}`)).body.attributes

/** Puts values of extensions below their URN. */
const within = (urn: string, values: Values): Values => (urn === userUrn ? values : { [urn]: values })

for (const urn of [userUrn, enterpriseUrn])
  t.test(
    `R-152 R-030 R-033 R-035 R-059 the attributes of ${urn} behave as /Schemas describes them`,
    async t => {
      const { client } = await buildTestApp(t, 'rfc')
      const manager = await client.create('Users', aUser('boss'))
      for (const [at, attribute] of (await attributesOf(client, urn)).entries()) {
        const { name, type, multiValued, mutability, returned, subAttributes = [] } = attribute
        if (name === 'userName') continue
        const userName = `user-${at}`
        const value = name === 'manager' ? { value: manager.id } : sampleOf(attribute)
        const taken = await client.post(
          '/Users',
          aUser(userName, within(urn, { [name]: listed(attribute, value) })),
        )
        t.equal(taken.status, 201, `${name}: ${JSON.stringify(taken.body)}`)
        const shown = urn === userUrn ? taken.body : taken.body[urn]
        const isShown = mutability !== 'readOnly' && returned !== 'never'
        t.match(
          shown?.[name],
          isShown ? listed(attribute, value) : undefined,
          `${name} is ${mutability}, ${returned}`,
        )
        if (mutability === 'readOnly') continue

        const rejections = [
          listed(attribute, wrong[type]),
          multiValued ? value : [value],
          ...subAttributes
            .filter(isClients)
            .flatMap(sub =>
              [wrong[sub.type], { deeper: 'x' }].map(part => listed(attribute, { [sub.name]: part })),
            ),
        ]
        for (const rejected of rejections)
          isScimError(
            t,
            await client.post('/Users', aUser('nobody', within(urn, { [name]: rejected }))),
            { status: 400, scimType: 'invalidValue', detail: new RegExp(name) },
            `${name}: ${JSON.stringify(rejected)}`,
          )
      }
    },
  )

t.test('R-152 R-110 a filter ignores case for attributes that /Schemas lists as not case exact', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const attributes = (await attributesOf(client, userUrn)).filter(
    ({ type, multiValued, returned }) =>
      ['string', 'reference'].includes(type) && !multiValued && returned !== 'never',
  )
  const values = Object.fromEntries(attributes.map(({ name }) => [name, `Text-${name}`]))
  await client.create('Users', { schemas: [userUrn], ...values })
  for (const { name, caseExact } of attributes) {
    const found = async (text: string) =>
      (await client.get(`/Users?filter=${encodeURIComponent(`${name} eq "${text}"`)}`)).body.totalResults
    t.same(
      [await found(`Text-${name}`), await found(`TEXT-${name.toUpperCase()}`)],
      [1, caseExact ? 0 : 1],
      name,
    )
  }
})

t.test('R-152 R-035 the descriptions in /Schemas are consistent', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const types = ['string', 'boolean', 'decimal', 'integer', 'dateTime', 'reference', 'binary', 'complex']
  const inconsistent: unknown[] = []
  const check = (attribute: Readonly<Record<string, unknown>>, at: string, below: boolean) => {
    const { type, mutability, returned, subAttributes } = attribute
    const isConsistent =
      types.includes(String(type)) &&
      !(below && type === 'complex') &&
      ['readOnly', 'readWrite', 'immutable', 'writeOnly'].includes(String(mutability)) &&
      ['always', 'never', 'default', 'request'].includes(String(returned)) &&
      'subAttributes' in attribute === (type === 'complex') &&
      'referenceTypes' in attribute === (type === 'reference') &&
      ('caseExact' in attribute && 'uniqueness' in attribute) === (type !== 'complex')
    if (!isConsistent) inconsistent.push({ at, attribute })
    for (const sub of (subAttributes ?? []) as readonly Readonly<Record<string, unknown>>[])
      check(sub, `${at}.${sub.name}`, true)
  }
  for (const urn of [userUrn, groupUrn, enterpriseUrn])
    for (const attribute of (await client.get(`/Schemas/${urn}`)).body.attributes)
      check(attribute, attribute.name, false)
  t.same(inconsistent, [])
})
