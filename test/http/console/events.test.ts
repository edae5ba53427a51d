import t, { type Test } from 'tap'
import type { TestServer } from '../../../src/index.ts'
import { type EventStream, watchEvents } from '../../support/event-stream.ts'
import { createServer } from '../../support/test-server.ts'

const eventsOf = (t: Test, { console }: TestServer, query = '', headers = {}) =>
  watchEvents(t, `${console}/api/v1/events${query}`, headers)

const provision = (server: TestServer, path = '/Users', init: RequestInit = {}) =>
  fetch(server.url + path, { headers: { authorization: `Bearer ${server.token}` }, ...init })

const call = async (server: TestServer, method: string, path: string, body?: object) => {
  const result = await fetch(`${server.console}/api/v1${path}`, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  const text = await result.text()
  return text === '' ? undefined : JSON.parse(text)
}

const exchangesOf = async (server: TestServer) => (await call(server, 'GET', '/exchanges?limit=200')).items

/** The next events, without progress of the analysis. */
async function nextAbout(stream: EventStream, ...events: readonly string[]) {
  let one = await stream.next()
  while (one && !events.includes(one.event ?? '')) one = await stream.next()
  return one
}

t.test('a stream of events', async t => {
  const server = await createServer({ tenant: 'acme' })
  t.teardown(server.close)

  t.test('the stream starts with the server’s name and is not cached', async t => {
    const { response, next } = await eventsOf(t, server)
    t.equal(response.statusCode, 200)
    t.match(response.headers, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
      'access-control-allow-origin': undefined,
    })
    const lives = await fetch(`${server.console}/livez`)
    const { version } = (await lives.json()) as { readonly version: string }
    t.match(await next(), { event: 'hello', data: { version, at: /^\d{4}-\d\d-\d\dT/ } })
  })

  t.test('the stream has each SCIM request as the list of requests has it', async t => {
    const stream = await eventsOf(t, server)
    await provision(server, '/Users?count=1')
    const reported = await nextAbout(stream, 'exchange')
    const [listed] = await exchangesOf(server)
    t.equal(reported?.id, listed.id)
    t.match(reported?.data, { id: listed.id, method: 'GET', url: '/acme/scim/v2/Users?count=1', status: 200 })
    t.notOk('request' in (reported?.data ?? {}))
  })

  t.test('all readers receive each request, also rejected ones', async t => {
    const streams = [await eventsOf(t, server), await eventsOf(t, server, '?tenant=acme')]
    await fetch(`${server.url}/Users`)
    for (const stream of streams) {
      t.match(await nextAbout(stream, 'exchange'), {
        data: { tenant: 'acme', refusal: 'missing', status: 401 },
      })
    }
  })

  t.test('requests of other tenants are omitted', async t => {
    await call(server, 'POST', '/tenants', { id: 'globex' })
    const stream = await eventsOf(t, server, '?tenant=globex')
    await provision(server)
    await call(server, 'POST', '/tenants/acme/tokens', {})
    await call(server, 'PUT', '/tenants/globex/clock', { advance: '1h' })
    t.same(await nextAbout(stream, 'exchange', 'changed'), {
      event: 'changed',
      data: { what: 'clock', tenant: 'globex' },
    })
  })

  t.test('a search filters the requests, and an invalid search is rejected', async t => {
    const stream = await eventsOf(t, server, `?q=${encodeURIComponent('status:4xx -rejected:any')}`)
    await provision(server)
    await fetch(`${server.url}/Users`)
    await provision(server, '/Users/nobody')
    t.match(await nextAbout(stream, 'exchange'), { data: { url: '/acme/scim/v2/Users/nobody', status: 404 } })
    const result = await fetch(`${server.console}/api/v1/events?q=stauts:404`)
    t.equal(result.status, 400)
    t.match(await result.json(), {
      type: 'urn:scimulator:problem:invalid-query',
      errors: [{ path: 'query.q', at: 0, length: 6, suggestion: 'status' }],
    })
  })

  t.test('results of the analysis follow a moment later', async t => {
    const stream = await eventsOf(t, server, '?tenant=acme')
    const late = await eventsOf(t, server, `?q=${encodeURIComponent('finding:client/token-unknown')}`)
    await fetch(`${server.url}/Users`, { headers: { authorization: 'Bearer nobody-knows-it' } })
    const reported = await nextAbout(stream, 'exchange')
    t.match(reported?.data, { analyzed: false, findings: [] })
    let analyzed = await nextAbout(stream, 'analyzed')
    const ofIt = () => analyzed?.data.items.find(({ id }: { readonly id: string }) => id === reported?.id)
    while (analyzed && !ofIt()) analyzed = await nextAbout(stream, 'analyzed')
    t.match(ofIt(), { findings: ['client/token-unknown'] })
    t.match(await nextAbout(late, 'exchange'), {
      id: reported?.id,
      data: { analyzed: true, findings: ['client/token-unknown'] },
    })
  })

  t.test('the cycle of a client is sent as the list of cycles has it', async t => {
    // No analysis is pending.
    await call(server, 'GET', '/findings')
    const stream = await eventsOf(t, server, '?tenant=acme')
    await provision(server)
    const reported = await nextAbout(stream, 'cycle')
    const { items } = await call(server, 'GET', '/cycles?tenant=acme')
    const listed = items.find(({ id }: { readonly id: string }) => id === reported?.data.id)
    t.same(reported?.data, listed)
    t.match(reported?.data, { tenant: 'acme', running: true, requests: /^\d+$/ })
  })

  t.test('a finding of a tenant is sent the first time', async t => {
    const stream = await eventsOf(t, server, '?tenant=acme')
    await provision(server, '/Users', {
      method: 'POST',
      headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/scim+json' },
      body: JSON.stringify({ schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName: 'barney' }),
    })
    let found = await nextAbout(stream, 'finding')
    while (found && found.data.id !== 'client/no-external-id') found = await nextAbout(stream, 'finding')
    const [created] = await exchangesOf(server)
    t.same(found?.data, {
      tenant: 'acme',
      exchange: created.id,
      id: 'client/no-external-id',
      origin: 'ad-hoc',
      title: 'No externalId',
      severity: 'warning',
      subject: 'barney',
    })
  })

  t.test('changes by the console are sent, rejected requests and reads are not', async t => {
    const stream = await eventsOf(t, server)
    const changed = async () => (await nextAbout(stream, 'changed'))?.data
    await call(server, 'GET', '/tenants')
    await call(server, 'POST', '/tenants', { id: '..' })
    await call(server, 'POST', '/tenants', { id: 'initech', profile: 'rfc' })
    t.same(await changed(), { what: 'tenants' })
    await call(server, 'PATCH', '/tenants/initech', { throttle: 'aws' })
    t.same(await changed(), { what: 'tenants', tenant: 'initech' })
    await call(server, 'PUT', '/tenants/initech/types', { schemas: [], resourceTypes: [] })
    t.same(await changed(), { what: 'tenants', tenant: 'initech' })
    const { id } = await call(server, 'POST', '/tenants/initech/tokens', {})
    t.same(await changed(), { what: 'tokens', tenant: 'initech' })
    await call(server, 'POST', `/tenants/initech/tokens/${id}/expire`)
    t.same(await changed(), { what: 'tokens', tenant: 'initech' })
    await call(server, 'DELETE', `/tenants/initech/tokens/${id}`)
    t.same(await changed(), { what: 'tokens', tenant: 'initech' })
    await call(server, 'POST', '/tenants/initech/stale/purge', { all: true, preview: true })
    await call(server, 'POST', '/tenants/initech/stale/purge', { all: true })
    t.same(await changed(), { what: 'identities', tenant: 'initech' })
    await call(server, 'POST', '/reset', { tenant: 'initech' })
    t.same(await changed(), { what: 'reset', tenant: 'initech' })
    await call(server, 'POST', '/faults', {
      match: { tenant: 'acme' },
      effect: { kind: 'status', status: 503 },
    })
    t.same(await changed(), { what: 'faults' })
    await provision(server)
    t.same(await changed(), { what: 'faults' }, 'it has struck')
    await call(server, 'DELETE', '/faults')
    t.same(await changed(), { what: 'faults' })
    await call(server, 'DELETE', '/tenants/initech')
    t.same(await changed(), { what: 'tenants', tenant: 'initech' })
  })

  t.test('only GET is supported', async t => {
    const result = await fetch(`${server.console}/api/v1/events`, { method: 'HEAD' })
    t.equal(result.status, 405)
  })
})

t.test('reconnecting clients', async t => {
  const server = await createServer()
  t.teardown(server.close)
  await provision(server, '/Users?startIndex=1')
  const [last] = await exchangesOf(server)
  const since = (id: string) => ({ 'last-event-id': id })

  t.test('a reconnecting client receives missed events once and in order, then new ones', async t => {
    for (const start of [2, 3]) await provision(server, `/Users?startIndex=${start}`)
    const stream = await eventsOf(t, server, '', since(last.id))
    for (const start of [4, 5]) await provision(server, `/Users?startIndex=${start}`)
    const urls: string[] = []
    while (urls.length < 4) urls.push((await nextAbout(stream, 'exchange', 'gap'))?.data.url)
    t.same(
      urls.map(url => new URL(url, server.url).searchParams.get('startIndex')),
      ['2', '3', '4', '5'],
    )
  })

  t.test('a reconnecting client is notified if the journal no longer has the missed events', async t => {
    const stream = await eventsOf(t, server, '', since('00000000-0000-4000-8000-000000000000'))
    t.same(await nextAbout(stream, 'exchange', 'gap'), { event: 'gap', data: {} })
    await provision(server)
    t.match(await nextAbout(stream, 'exchange', 'gap'), { event: 'exchange' })
  })

  t.test('a reconnecting client is notified if it missed more than a thousand events', async t => {
    const [before] = await exchangesOf(server)
    for (let round = 0; round < 11; round++) {
      await Promise.all(Array.from({ length: 100 }, () => provision(server).then(result => result.text())))
    }
    const stream = await eventsOf(t, server, '', since(before.id))
    t.same(await nextAbout(stream, 'exchange', 'gap'), { event: 'gap', data: {} })
  })
})

t.test('the number of streams', async t => {
  t.test('100 streams are allowed, and a closed one makes room', async t => {
    await using server = await createServer()
    const streams = await Promise.all(Array.from({ length: 100 }, () => eventsOf(t, server)))
    const { response } = await eventsOf(t, server)
    t.equal(response.statusCode, 503)
    t.equal(response.headers['content-type'], 'application/problem+json')
    streams[0]?.close()
    let status = 503
    while (status === 503) {
      const one = await eventsOf(t, server)
      status = one.response.statusCode ?? 0
    }
    t.equal(status, 200)
  })

  t.test('streams end with the server', async t => {
    const server = await createServer()
    const stream = await eventsOf(t, server)
    await stream.nextCalled('hello')
    await server.close()
    t.equal(await stream.nextCalled('exchange'), undefined)
  })
})
