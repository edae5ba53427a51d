import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import type { Exchange } from '../../src/journal/exchange.ts'
import { buildSocketTest, type SocketTest } from '../support/over-socket.ts'
import { aUser } from '../support/samples.ts'
import { isScimError } from '../support/scim-error.ts'
import { searchFor } from '../support/search.ts'

/** Holds all reads or bulk requests until they are released; `started` lists those that have started. */
function holdRequests({ deps }: SocketTest, operation: 'find' | 'list' | 'create') {
  const gate = Promise.withResolvers<void>()
  const started: string[] = []
  const real = deps.scim.provider[operation] as (...args: readonly unknown[]) => Promise<unknown>
  Object.assign(deps.scim.provider, {
    [operation]: async (...args: readonly unknown[]) => {
      started.push(String(args[1]))
      await gate.promise
      return real(...args)
    },
  })
  return { started, release: gate.resolve }
}

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate)
}

t.test('a token has 32 requests in progress at a time, and the others wait in order', async t => {
  const server = await buildSocketTest(t, 'rfc')
  const { started, release } = holdRequests(server, 'find')
  const ids = Array.from({ length: 100 }, (_, at) => `id-${String(at).padStart(3, '0')}`)
  const responses = ids.map(id => server.client.get(`/Users/${id}`))
  while (started.length < 32) await new Promise(setImmediate)
  await turns(20)
  t.strictSame(started, ids.slice(0, 32))
  const other = await server.another('rfc')
  const others = other.client.get('/Users?count=1')
  t.equal((await others).status, 200, 'requests with other tokens do not wait')
  release()
  t.strictSame(new Set((await Promise.all(responses)).map(({ status }) => status)), new Set([404]))
  t.strictSame(started, ids)
})

t.test('a request beyond the queue returns 429 with Retry-After and is in the journal', async t => {
  for (const profile of ['rfc', 'aws'] as const) {
    const server = await buildSocketTest(t, profile)
    const { release } = holdRequests(server, 'find')
    const waiting = Array.from({ length: 32 + 2048 }, (_, at) => server.client.get(`/Users/${at}`))
    await turns(20)
    const rejected = await server.request('GET', '/Users/one-too-many')
    t.equal(rejected.headers['retry-after'], '1', profile)
    t.match(JSON.parse(rejected.text), { status: '429', detail: /32 concurrent requests of this kind/ })
    if (profile === 'rfc')
      isScimError(t, { ...rejected, body: JSON.parse(rejected.text) }, { status: 429 }, 'rfc')
    release()
    await Promise.all(waiting)
    t.equal((await server.request('GET', '/Users/now')).status, 404)
    const { items } = await server.deps.journal.page({ limit: 9, search: searchFor('status:429') })
    t.match(items, [{ action: 'read user', target: { type: 'User', id: 'one-too-many' } }])
  }
})

t.test('the size of queued bodies is limited as well', async t => {
  const server = await buildSocketTest(t, 'rfc')
  const { release } = holdRequests(server, 'create')
  const body = JSON.stringify({
    ...aUser('x'),
    ignored: Array.from({ length: 16 }, () => 'x'.repeat(60_000)),
  })
  const responses = Array.from({ length: 32 + 20 }, () => server.client.post('/Users', body))
  await turns(20)
  release()
  const statuses = (await Promise.all(responses)).map(({ status }) => status)
  const rejected = statuses.filter(status => status === 429).length
  t.equal(rejected, 52 - 32 - Math.floor((16 * 1024 * 1024) / body.length))
})

t.test('the limit includes bodies with an unsupported encoding', async t => {
  const server = await buildSocketTest(t, 'rfc')
  const { release } = holdRequests(server, 'find')
  const reads = Array.from({ length: 32 }, (_, at) => server.client.get(`/Users/${at}`))
  const body = 'x'.repeat(1024 * 1024)
  const writes = Array.from({ length: 20 }, () =>
    server.client.send('POST', '/Users', body, { 'content-encoding': 'gzip' }),
  )
  await turns(20)
  release()
  await Promise.all(reads)
  const statuses = (await Promise.all(writes)).map(({ status }) => status)
  t.strictSame(
    [415, 429].map(status => statuses.filter(one => one === status).length),
    [16, 4],
  )
})

t.test('searches, sorted lists and bulk requests have four slots, separate from look-ups', async t => {
  const server = await buildSocketTest(t, 'rfc')
  const { started, release } = holdRequests(server, 'list')
  const long = [
    '/Users?sortBy=userName',
    '/Users?filter=title+co+%22x%22',
    '/Users?filter=title+pr',
    '/Users?filter=userName+eq+%22a%22+or+userName+eq+%22b%22',
  ]
  const responses = [...long, ...long].map(path => server.client.get(path))
  await turns(20)
  t.equal(started.length, 4)
  const lookUps = ['/Users?filter=userName+eq+%22not+or+co%22', '/Users?count=1', '/Users']
  responses.push(...lookUps.map(path => server.client.get(path)))
  await turns(20)
  t.equal(started.length, 7)
  release()
  t.strictSame(new Set((await Promise.all(responses)).map(({ status }) => status)), new Set([200]))
})

t.test('a queued request whose client disconnects is recorded, and not handled', async t => {
  const server = await buildSocketTest(t, 'rfc')
  const { started, release } = holdRequests(server, 'find')
  const first = Array.from({ length: 32 }, (_, at) => server.client.get(`/Users/${at}`))
  await turns(20)
  const disconnected: Exchange[] = []
  const { promise: bothRecorded, resolve } = Promise.withResolvers<void>()
  t.teardown(
    server.deps.journal.subscribe(exchange => {
      if (exchange.status === 499) disconnected.push(exchange)
      if (disconnected.length === 2) resolve()
    }),
  )
  const { hostname, port, pathname } = new URL(server.url)
  for (const path of ['/Users/gone', '/Users?filter=id+eq+%22gone%22']) {
    const socket = connect(Number(port), hostname)
    const arrived = once(server.app.server, 'request')
    socket.write(
      `GET ${pathname}${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.token}\r\n\r\n`,
    )
    await arrived
    await turns(20)
    socket.destroy()
  }
  await bothRecorded
  t.same(
    disconnected.map(({ action, operation }) => [action, operation]),
    [
      ['read user', 'read'],
      ['look up user by id', 'look-up'],
    ],
  )
  release()
  await Promise.all(first)
  t.equal((await server.client.get('/Users/next')).status, 404)
  t.equal(started.includes('gone'), false)
  t.equal(started.length, 33)
})
