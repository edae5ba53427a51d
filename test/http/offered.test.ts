import t from 'tap'
import { aUser } from '../support/samples.ts'
import { buildTestApp, patchOp } from '../support/scim.ts'

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
