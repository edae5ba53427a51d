import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { createServer } from '../../src/index.ts'
import { buildTestConsole } from '../http/console/console-app.ts'
import { aUser } from '../support/samples.ts'
import { buildTestApp } from '../support/scim.ts'

const injections = [
  'a\r\nX-Injected: 1',
  'a\nX-Injected: 1',
  'a\rX-Injected: 1',
  'a%0d%0aX-Injected:%201',
  'a\u010d\u010aX-Injected: 1',
  'a\u2028X-Injected: 1',
]

t.test('request data never becomes a header of a response', async t => {
  for (const profile of ['rfc', 'aws', 'entra'] as const) {
    const { tenant, client } = await buildTestApp(t, profile)
    for (const [at, text] of injections.entries()) {
      const user = await client.post('/Users', aUser(`u${at}`, { displayName: text, externalId: text }))
      const responses = [
        user,
        await client.get(`/Users/${encodeURIComponent(text)}`),
        await client.get(`/${encodeURIComponent(text)}`),
        await client.get(`/Users?filter=${encodeURIComponent(`userName eq ${JSON.stringify(text)}`)}`),
        await client.get(`/Users?sortBy=${encodeURIComponent(text)}`),
        await client.get('/Users', { 'x-forwarded-host': text.replace(/[\r\n\u0100-\uffff]/g, ' ') }),
      ]
      t.notMatch(JSON.stringify(responses.map(({ headers }) => headers)), /injected/i)
      if (user.headers.location !== undefined)
        t.equal(user.headers.location, `http://localhost:80/${tenant.id}/scim/v2/Users/${user.body.id}`)
    }
  }
})

t.test('an invalid host is in no URL', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  for (const host of [
    'evil.example/path',
    'a b',
    'user@evil.example',
    'evil.example?x',
    'evil.example#x',
    '"',
    '\\evil',
    'x'.repeat(300),
  ]) {
    const response = await client.send('POST', '/Users', aUser(`user-${host}`.slice(0, 60)), {
      'x-forwarded-host': host,
    })
    t.equal(response.status, 201)
    t.notMatch(response.headers.location, /evil|user@/, host)
    t.match(response.headers.location, /^http:\/\/localhost:80\//)
  }
})

t.test('an address with line breaks adds no header', async t => {
  await using server = await createServer({ profile: 'rfc' })
  const { hostname, port, pathname } = new URL(server.url)
  const socket = connect(Number(port), hostname)
  let received = ''
  socket.on('data', chunk => {
    received += chunk
  })
  socket.write(
    `GET ${pathname}/Users%0d%0aX-Injected:%201/%0d%0a%0d%0a<html> HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.token}\r\nConnection: close\r\n\r\n`,
  )
  await once(socket, 'close')
  const [head = ''] = received.split('\r\n\r\n')
  t.match(head, /^HTTP\/1\.1 404 /)
  t.notMatch(head, /injected|html/i)
})

t.test('data that the console receives never becomes a header', async t => {
  const { callApi, client } = await buildTestConsole(t)
  for (const text of injections) {
    const fault = (effect: object) =>
      callApi('POST', '/api/v1/faults', { name: text, match: {}, effect, times: 1 })
    t.equal((await fault({ kind: 'body', body: 'x', mediaType: `text/html\r\nX-Injected: 1` })).status, 400)
    const activated = await fault({ kind: 'status', status: 429, detail: text })
    t.equal(activated.status, 201)
    const affected = await client.get('/Users')
    t.equal(affected.status, 429)
    t.notMatch(JSON.stringify(affected.headers), /injected/i)
    const responses = [
      activated,
      await callApi('POST', '/api/v1/tenants', { id: text }),
      await callApi('POST', '/api/v1/snapshots', { name: text }),
      await callApi('GET', `/api/v1/exchanges/${encodeURIComponent(text)}/export?format=har`),
      await callApi(
        'GET',
        `/api/v1/exchanges/export?format=csv&q=${encodeURIComponent(JSON.stringify(text))}`,
      ),
    ]
    for (const { headers } of responses) t.notMatch(JSON.stringify(headers), /injected/i)
  }
})
