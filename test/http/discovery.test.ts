import t from 'tap'
import { enterpriseUrn, groupUrn, listUrn, userUrn } from '../support/samples.ts'
import { buildTestApp, createScimClient } from '../support/scim.ts'
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
