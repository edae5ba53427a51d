import t from 'tap'
import { aGroup, aUser, enterpriseUrn, groupUrn, listUrn, userUrn } from '../support/samples.ts'
import { buildTestApp, patchOp } from '../support/scim.ts'
import { isScimError } from '../support/scim-error.ts'

const full = {
  schemas: [userUrn, enterpriseUrn],
  externalId: '701984',
  userName: 'marge@example.org',
  name: { formatted: 'Ms Marge Simpson', givenName: 'Marge', familyName: 'Simpson' },
  displayName: 'Marge Simpson',
  title: 'Homemaker',
  active: true,
  emails: [
    { value: 'marge@example.org', type: 'work', primary: true },
    { value: 'marge@home.example', type: 'home' },
  ],
  addresses: [{ type: 'home', streetAddress: '742 Evergreen Terrace', country: 'US' }],
  [enterpriseUrn]: { employeeNumber: '701984', department: 'Home' },
}

t.test('R-082 R-083 R-084 a created resource is returned with 201, completely, with its address', async t => {
  const { client, tenant } = await buildTestApp(t, 'rfc')

  const { status, headers, body } = await client.post('/Users', full)

  const { id, meta, ...rest } = body
  t.equal(status, 201)
  t.same(rest, full)
  t.match(id, /^[0-9a-f-]{36}$/)
  const location = `http://localhost:80/${tenant.id}/scim/v2/Users/${id}`
  t.match(meta.created, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  const { created } = meta
  t.same(meta, { resourceType: 'User', created, lastModified: created, location, version: 'W/"1"' })
  t.equal(headers.location, location)
  t.same((await client.get(`/Users/${id}`)).body, body, 'a GET returns the same')
})

t.test('R-084 a created group has its members', async t => {
  const { client, tenant } = await buildTestApp(t, 'rfc')
  const user = await client.create('Users', aUser('marge'))

  const { status, headers, body } = await client.post(
    '/Groups',
    aGroup('Family', [user.id], { externalId: 'g-1' }),
  )

  const root = `http://localhost:80/${tenant.id}/scim/v2`
  t.equal(status, 201)
  t.same(body, {
    id: body.id,
    externalId: 'g-1',
    meta: {
      resourceType: 'Group',
      created: body.meta.created,
      lastModified: body.meta.created,
      version: headers.etag,
      location: `${root}/Groups/${body.id}`,
    },
    schemas: [groupUrn],
    displayName: 'Family',
    members: [{ value: user.id, $ref: `${root}/Users/${user.id}`, type: 'User', display: 'Marge Simpson' }],
  })
})

t.test('R-085 R-042 R-048 R-053 attributes that only the server sets are ignored in a body', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const sent = aUser('marge', {
    id: 'mine',
    meta: { resourceType: 'Group', created: '2001-01-01T00:00:00Z', location: 'x', version: 'W/"1"' },
    groups: [{ value: 'some-group' }],
  })

  const created = await client.create('Users', sent)

  t.not(created.id, 'mine')
  t.equal(created.meta.resourceType, 'User')
  t.notMatch(created.meta.created, /^2001/)
  t.notOk('groups' in created)
})

t.test('R-086 a duplicate userName, in any case, returns 409 and changes nothing', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const first = await client.create('Users', aUser('Marge@Example.org'))

  for (const userName of ['Marge@Example.org', 'marge@example.org', 'MARGE@EXAMPLE.ORG']) {
    const response = await client.post('/Users', aUser(userName, { title: 'Impostor' }))
    isScimError(t, response, { status: 409, scimType: 'uniqueness', detail: /userName/ }, userName)
  }

  t.same((await client.get('/Users')).body.Resources, [first])
})

t.test(
  'R-086 a duplicate group name is rejected by the entra profile, but not by the rfc profile (R-078)',
  async t => {
    const { client, another } = await buildTestApp(t, 'entra')
    await client.create('Groups', aGroup('Family'))
    isScimError(
      t,
      await client.post('/Groups', aGroup('family')),
      { status: 409, scimType: 'uniqueness', detail: /displayName/ },
      'entra',
    )
    const rfc = await another('rfc')
    await rfc.client.create('Groups', aGroup('Family'))
    t.equal((await rfc.client.post('/Groups', aGroup('Family'))).status, 201)
  },
)

t.test('R-087 R-041 the userName of a deleted user is available at once, for a new id', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const first = await client.create('Users', aUser('marge'))
  await client.delete(`/Users/${first.id}`)

  const second = await client.create('Users', aUser('marge'))

  t.not(second.id, first.id)
  t.equal((await client.get(`/Users/${first.id}`)).status, 404)
})

t.test('R-088 PUT to an unknown id returns 404 and creates nothing', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  isScimError(t, await client.put('/Users/nobody', aUser('marge')), { status: 404, detail: /nobody/ }, 'PUT')
  t.equal((await client.get('/Users')).body.totalResults, 0)
})

t.test('R-089 unknown attributes are ignored at any level', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const created = await client.create(
    'Users',
    aUser('marge', {
      shoeSize: 43,
      name: { givenName: 'Marge', familyName: 'Simpson', auraColour: 'blue' },
      emails: [{ value: 'marge@example.org', smell: 'roses' }],
    }),
  )
  const { id: _id, meta: _meta, ...rest } = created
  t.same(rest, aUser('marge', { emails: [{ value: 'marge@example.org' }] }))
})

t.test('R-090 a resource is read by its id, with 404 if it does not exist or is deleted', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const user = await client.create('Users', aUser('marge'))

  const response = await client.get(`/Users/${user.id}`)
  t.same([response.status, response.body], [200, user])
  isScimError(t, await client.get(`/Groups/${user.id}`), { status: 404 }, 'a user below /Groups')
  isScimError(t, await client.get(`/Users/${user.id}x`), { status: 404 }, 'another id')
  await client.delete(`/Users/${user.id}`)
  isScimError(
    t,
    await client.get(`/Users/${user.id}`),
    { status: 404, detail: new RegExp(user.id) },
    'deleted',
  )
})

t.test('R-091 R-092 a list has its URN, the total and its position', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const marge = await client.create('Users', aUser('marge'))
  const homer = await client.create('Users', aUser('homer'))

  const { status, headers, body } = await client.get('/Users')

  t.same([status, headers['content-type']], [200, 'application/scim+json'])
  t.same(body, {
    totalResults: 2,
    itemsPerPage: 2,
    startIndex: 1,
    schemas: [listUrn],
    Resources: [marge, homer],
  })
})

t.test('R-093 a list without matches returns 200', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const empty = { totalResults: 0, itemsPerPage: 0, startIndex: 1, schemas: [listUrn], Resources: [] }
  for (const path of [
    '/Users',
    '/Groups',
    '/Users?filter=userName%20eq%20%22nobody%22',
    '/Groups?filter=displayName+eq+%22nothing%22',
    '/Groups?filter=members.value+eq+%22nobody%22',
    '/Users?filter=groups.value+eq+%22nothing%22',
  ]) {
    const { status, body } = await client.get(path)
    t.same([status, body], [200, empty], path)
  }
})

t.test('HEAD returns the headers of GET, without a body', async t => {
  const { app, tenant, token, client } = await buildTestApp(t, 'rfc')
  const group = await client.create('Groups', aGroup('Family'))
  for (const path of ['/Users', `/Groups/${group.id}`, '/ServiceProviderConfig']) {
    const response = await app.inject({
      method: 'HEAD',
      url: `/${tenant.id}/scim/v2${path}`,
      headers: { authorization: `Bearer ${token}` },
    })
    t.same([response.statusCode, response.body], [200, ''], path)
  }
})

t.test('an extra slash at the start or end is ignored', async t => {
  const { app, tenant, token, client } = await buildTestApp(t, 'rfc')
  await client.create('Users', aUser('marge'))
  for (const path of ['/Users/', '//Users', '/Users/?count=5']) {
    const response = await app.inject({
      url: `/${tenant.id}/scim/v2${path}`,
      headers: { authorization: `Bearer ${token}` },
    })
    t.same([response.statusCode, response.json().totalResults], [200, 1], path)
  }
})

t.test(
  'R-208 R-209 R-022 /Me returns 501 for all methods, and identifies and creates no resource',
  async t => {
    const { client } = await buildTestApp(t, 'rfc')
    for (const [method, body] of [
      ['GET', undefined],
      ['POST', aUser('me')],
      ['PUT', aUser('me')],
      ['PATCH', patchOp({ op: 'add', path: 'title', value: 'x' })],
      ['DELETE', undefined],
    ] as const) {
      const response = await client.send(method, '/Me', body)
      isScimError(t, response, { status: 501, detail: /\/Me/ }, method)
      t.same(
        [response.headers.location, response.headers['content-location']],
        [undefined, undefined],
        method,
      )
    }
    t.equal((await client.get('/Users')).body.totalResults, 0)
  },
)
