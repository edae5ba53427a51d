import t from 'tap'
import { buildTestConsole } from '../http/console/console-app.ts'
import { aUser } from '../support/samples.ts'

const consoleToken = 'the-token-of-the-console'

t.test('the SCIM listener serves no address of the console', async t => {
  const { app, console, callApi, tenant, token, client } = await buildTestConsole(t, 'rfc', {
    token: consoleToken,
  })
  await client.create('Users', aUser('marge'))
  const described = await callApi('GET', '/api/openapi.json')
  const addresses = Object.keys(described.body.paths).map(path => path.replace('{tenant}', tenant.id))
  t.ok(addresses.length > 30)
  const pages = [
    '/',
    '/findings',
    '/settings',
    '/tenants',
    '/assets/main.js',
    '/api/docs',
    '/api/openapi.json',
    '/metrics',
  ]
  const served: unknown[] = []
  for (const path of new Set([...addresses, ...pages, '/healthz', '/readyz'])) {
    for (const root of ['', `/${tenant.id}`, `/${tenant.id}/scim/v2`, '/scim/v2']) {
      for (const text of [token, consoleToken]) {
        for (const method of ['GET', 'POST'] as const) {
          const response = await app.inject({
            method,
            url: root + path,
            headers: {
              authorization: `Bearer ${text}`,
              host: 'localhost',
              'content-type': 'application/json',
            },
            ...(method === 'POST' && { payload: '{}' }),
          })
          // The root of SCIM itself is not an address of the console.
          if (path === '/' && root.includes('scim')) continue
          const { statusCode, headers } = response
          if (
            ![401, 404].includes(statusCode) ||
            !/^application\/scim\+json/.test(`${headers['content-type']}`)
          )
            served.push([method, root + path, statusCode, headers['content-type']])
        }
      }
    }
  }
  t.same(served, [])
  t.equal(console.hasRoute({ method: 'GET', url: '/api/v1/tenants' }), true)
  t.equal(app.hasRoute({ method: 'GET', url: '/api/v1/tenants' }), false)
})

t.test('the console’s listener serves no SCIM', async t => {
  const { callApi, tenant, token, client } = await buildTestConsole(t)
  const { id } = await client.create('Users', aUser('marge'))
  for (const path of ['/Users', `/Users/${id}`, '/Schemas', '/ServiceProviderConfig', '/Bulk', '']) {
    for (const root of [`/${tenant.id}/scim/v2`, '/scim/v2']) {
      const response = await callApi('GET', root + path, undefined, { authorization: `Bearer ${token}` })
      t.match([response.status, response.body.type], [404, 'urn:scimulator:problem:not-found'], root + path)
    }
  }
})

t.test('both listeners close an incomplete request after a minute, whatever the response time', async t => {
  const { app, console } = await buildTestConsole(t)
  for (const { server } of [app, console]) {
    t.match(server, { requestTimeout: 60_000, timeout: 0 })
  }
})
