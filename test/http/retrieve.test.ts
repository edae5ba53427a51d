import t from 'tap'
import { aGroup, aUser, listUrn } from '../support/samples.ts'
import { buildTestApp } from '../support/scim.ts'
import { isScimError } from '../support/scim-error.ts'

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
