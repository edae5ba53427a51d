import t from 'tap'
import { profileNames } from '../../src/profiles/names.ts'
import { aGroup, aUser } from '../support/samples.ts'
import { buildTestApp, patchOp } from '../support/scim.ts'
import { isScimError } from '../support/scim-error.ts'
import { searchFor } from '../support/search.ts'

const nobody = '3f3a0b0e-0000-4000-8000-000000000000'

/** Unreadable bodies, each with its media type and the error where a body is required. */
const unreadable = [
  ['test', 'application/scim+json', 400],
  ['{"userName":', 'application/json', 400],
  ['test', 'text/plain', 415],
  ['test', 'nonsense', 415],
  ['x'.repeat(1_048_577), 'application/scim+json', 413],
] as const

for (const profile of profileNames) {
  t.test(
    `R-021 R-024 on ${profile} the address is checked before the method, and both before the body is read`,
    async t => {
      const { client } = await buildTestApp(t, profile)
      const { id } = await client.create('Users', aUser('marge'))
      const rows = [
        ['POST', '/nosuch', 404, undefined],
        ['DELETE', '/nosuch', 404, undefined],
        ['PUT', `/Users/${id}/emails`, 404, undefined],
        ['POST', '/Me', profile === 'aws' ? 404 : 501, undefined],
        ['PUT', '/Users', 405, 'GET, HEAD, POST'],
        ['DELETE', '/Users', 405, 'GET, HEAD, POST'],
        ['OPTIONS', '/Users', 405, 'GET, HEAD, POST'],
        ['POST', `/Users/${id}`, 405, 'GET, HEAD, PUT, PATCH, DELETE'],
        ['POST', '/ServiceProviderConfig', 405, 'GET, HEAD'],
        ['PUT', '/Schemas', 405, 'GET, HEAD'],
        ['PATCH', '/Schemas/urn:ietf:params:scim:schemas:core:2.0:User', 405, 'GET, HEAD'],
        ['DELETE', '/ResourceTypes', 405, 'GET, HEAD'],
      ] as const
      for (const [body, type, rejected] of unreadable) {
        const headers = { 'content-type': type }
        const results: unknown[] = []
        for (const [method, path] of rows) {
          const response = await client.send(method, path, body, headers)
          results.push([method, path, response.status, response.headers.allow])
        }
        t.same(results, rows, `with "${body.slice(0, 20)}" as ${type}`)
        for (const [method, path] of [
          ['POST', '/Users'],
          ['PUT', `/Users/${id}`],
          ['PATCH', `/Users/${nobody}`],
        ] as const) {
          t.equal((await client.send(method, path, body, headers)).status, rejected, `${method} ${path}`)
        }
      }
    },
  )

  t.test(`R-024 R-196 on ${profile} a DELETE is carried out whatever its body`, async t => {
    const { client } = await buildTestApp(t, profile)
    for (const [body, type] of unreadable) {
      const { id } = await client.create('Users', aUser('marge'))
      const responses = [
        await client.send('DELETE', `/Users/${id}`, body, { 'content-type': type }),
        await client.send('DELETE', `/Users/${id}`, body, { 'content-type': type }),
      ]
      t.same(
        responses.map(({ status }) => status),
        [204, 404],
        `"${body.slice(0, 20)}" as ${type}`,
      )
    }
  })

  t.test(
    `R-088 R-021 on ${profile} an unknown resource returns 404 before its attributes are evaluated`,
    async t => {
      const { client } = await buildTestApp(t, profile)
      const { id } = await client.create('Users', aUser('marge'))
      const group = await client.create('Groups', aGroup('family'))
      const bodies = [
        ['PUT', {}],
        ['PUT', []],
        ['PUT', { displayName: 'x' }],
        ['PUT', aUser('x', { active: 'yes' })],
        ['PUT', aUser('')],
        ['PATCH', {}],
        ['PATCH', '"x"'],
        ['PATCH', undefined],
        ['PATCH', patchOp()],
        ['PATCH', patchOp({ op: 'move' })],
        ['PATCH', patchOp({ op: 'replace', path: 'active', value: 'maybe' })],
        ['PATCH', patchOp({ op: 'replace', path: 'name', value: 'x' })],
        ['PATCH', patchOp({ op: 'remove' })],
      ] as const
      for (const [method, body] of bodies) {
        const label = `${method} ${JSON.stringify(body)}`
        const there = await client.send(method, `/Users/${id}`, body)
        t.equal(there.status, 400, label)
        const response = await client.send(method, `/Users/${nobody}`, body)
        if (profile === 'aws') t.equal(response.status, 404, label)
        else isScimError(t, response, { status: 404, detail: new RegExp(nobody) }, label)
        t.equal(
          (await client.send(method, `/Users/${group.id}`, body)).status,
          404,
          `${label} of a group's id`,
        )
      }
      t.equal((await client.patch(`/Groups/${nobody}`, { op: 'replace', path: 'displayName' })).status, 404)
    },
  )
}

t.test('an unsupported PUT is rejected by AWS before its body is read', async t => {
  const { client } = await buildTestApp(t, 'aws', { switches: { putGroupStatus: '405' } })
  const { id } = await client.create('Groups', aGroup('family'))
  for (const body of ['test', '{}', JSON.stringify(aGroup('kin'))]) {
    t.equal((await client.send('PUT', `/Groups/${id}`, body, { 'content-type': 'text/plain' })).status, 405)
    t.equal((await client.send('PUT', `/Groups/${nobody}`, body)).status, 405)
  }
})

t.test('R-006 R-007 an unauthorized client learns nothing about addresses, methods and bodies', async t => {
  const { app, deps, tenant } = await buildTestApp(t, 'rfc')
  const { text } = await deps.tenants.createToken(tenant, { access: 'read' })
  const statusOf = async (method: 'POST' | 'DELETE', path: string, authorization: string) =>
    (
      await app.inject({
        method,
        url: `/${tenant.id}/scim/v2${path}`,
        headers: { authorization, 'content-type': 'text/plain' },
        payload: 'test',
      })
    ).statusCode
  for (const path of ['/nosuch', '/Schemas/x', '/Users', `/Users/${nobody}`]) {
    t.equal(await statusOf('POST', path, 'Bearer nobody'), 401, path)
    t.equal(await statusOf('DELETE', path, `Bearer ${text}`), 403, path)
  }
})

t.test('the journal has the bytes of an unused body', async t => {
  const { deps, client } = await buildTestApp(t, 'rfc')
  const { id } = await client.create('Users', aUser('marge'))
  await client.send('DELETE', `/Users/${id}`, 'test', { 'content-type': 'text/plain' })
  await client.send('POST', '/nosuch', '{"half', { 'content-type': 'application/json' })
  await client.send('PUT', '/Users', 'test', { 'content-type': 'text/plain' })
  const { items } = await deps.journal.page({ limit: 3, search: searchFor('') })
  t.same(
    items.map(({ status, action, target, request }) => [status, action, target?.label, request.body]),
    [
      [405, 'unsupported: PUT on /Users', undefined, 'test'],
      [404, 'unknown address', undefined, '{"half'],
      [204, 'delete user', 'marge', 'test'],
    ],
  )
})

t.test('R-211 R-088 an unknown resource returns 404 whatever the required version', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  for (const [method, body] of [
    ['PUT', {}],
    ['PUT', aUser('x')],
    ['PATCH', {}],
    ['DELETE', undefined],
  ] as const) {
    const response = await client.send(method, `/Users/${nobody}`, body, { 'if-match': 'W/"7"' })
    t.equal(response.status, 404, method)
  }
})

t.test('R-203 an operation of a bulk request is checked in the same order', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const { body } = await client.post('/Bulk', {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
    Operations: [
      { method: 'PUT', path: '/nosuch', data: 'x' },
      { method: 'PUT', path: `/Users/${nobody}`, data: {} },
      { method: 'PATCH', path: `/Users/${nobody}`, data: 'x' },
      { method: 'POST', path: '/Users', bulkId: 'u', data: aUser('lisa') },
      { method: 'PUT', path: '/Users/bulkId:u', data: {} },
    ],
  })
  t.same(
    body.Operations.map(({ status }: { status: string }) => status),
    ['404', '404', '404', '201', '400'],
  )
})
