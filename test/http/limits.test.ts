import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import type { Exchange } from '../../src/journal/exchange.ts'
import { buildSocketTest, type SocketTest } from '../support/over-socket.ts'
import { aUser } from '../support/samples.ts'
import { isScimError } from '../support/scim-error.ts'
import { searchFor } from '../support/search.ts'

/** Has every read or bulk wait until it is let go; `under` are those that were begun. */
function holdUp({ parts }: SocketTest, operation: 'find' | 'list' | 'create') {
  const gate = Promise.withResolvers<void>()
  const under: string[] = []
  const real = parts.scim.provider[operation] as (...args: readonly unknown[]) => Promise<unknown>
  Object.assign(parts.scim.provider, {
    [operation]: async (...args: readonly unknown[]) => {
      under.push(String(args[1]))
      await gate.promise
      return real(...args)
    },
  })
  return { under, letGo: gate.resolve }
}

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate)
}

t.test('32 requests of a token are under way at a time, and the others wait in order', async t => {
  const server = await buildSocketTest(t, 'rfc')
  const { under, letGo } = holdUp(server, 'find')
  const ids = Array.from({ length: 100 }, (_, at) => `id-${String(at).padStart(3, '0')}`)
  const answers = ids.map(id => server.speak.get(`/Users/${id}`))
  while (under.length < 32) await new Promise(setImmediate)
  await turns(20)
  t.strictSame(under, ids.slice(0, 32))
  const other = await server.another('rfc')
  const others = other.speak.get('/Users?count=1')
  t.equal((await others).status, 200, 'those of other tokens do not')
  letGo()
  t.strictSame(new Set((await Promise.all(answers)).map(({ status }) => status)), new Set([404]))
  t.strictSame(under, ids)
})

t.test(
  'what cannot wait any more is answered 429, says when to come back, and is in the journal',
  async t => {
    for (const profile of ['rfc', 'aws'] as const) {
      const server = await buildSocketTest(t, profile)
      const { letGo } = holdUp(server, 'find')
      const waiting = Array.from({ length: 32 + 2048 }, (_, at) => server.speak.get(`/Users/${at}`))
      await turns(20)
      const refused = await server.request('GET', '/Users/one-too-many')
      t.equal(refused.headers['retry-after'], '1', profile)
      t.match(JSON.parse(refused.text), { status: '429', detail: /32 concurrent requests of this kind/ })
      if (profile === 'rfc')
        isScimError(t, { ...refused, body: JSON.parse(refused.text) }, { status: 429 }, 'rfc')
      letGo()
      await Promise.all(waiting)
      t.equal((await server.request('GET', '/Users/now')).status, 404)
      const { items } = await server.parts.journal.page({ limit: 9, search: searchFor('status:429') })
      t.match(items, [{ action: 'read user', target: { type: 'User', id: 'one-too-many' } }])
    }
  },
)

t.test('bodies that wait are counted by their length as well', async t => {
  const server = await buildSocketTest(t, 'rfc')
  const { letGo } = holdUp(server, 'create')
  const body = JSON.stringify({
    ...aUser('x'),
    ignored: Array.from({ length: 16 }, () => 'x'.repeat(60_000)),
  })
  const answers = Array.from({ length: 32 + 20 }, () => server.speak.post('/Users', body))
  await turns(20)
  letGo()
  const statuses = (await Promise.all(answers)).map(({ status }) => status)
  const refused = statuses.filter(status => status === 429).length
  t.equal(refused, 52 - 32 - Math.floor((16 * 1024 * 1024) / body.length))
})

t.test('also bodies in a coding that is not supported', async t => {
  const server = await buildSocketTest(t, 'rfc')
  const { letGo } = holdUp(server, 'find')
  const reads = Array.from({ length: 32 }, (_, at) => server.speak.get(`/Users/${at}`))
  const body = 'x'.repeat(1024 * 1024)
  const writes = Array.from({ length: 20 }, () =>
    server.speak.send('POST', '/Users', body, { 'content-encoding': 'gzip' }),
  )
  await turns(20)
  letGo()
  await Promise.all(reads)
  const statuses = (await Promise.all(writes)).map(({ status }) => status)
  t.strictSame(
    [415, 429].map(status => statuses.filter(one => one === status).length),
    [16, 4],
  )
})

t.test('searches, sorted lists and bulk requests have four places, which look-ups do not need', async t => {
  const server = await buildSocketTest(t, 'rfc')
  const { under, letGo } = holdUp(server, 'list')
  const long = [
    '/Users?sortBy=userName',
    '/Users?filter=title+co+%22x%22',
    '/Users?filter=title+pr',
    '/Users?filter=userName+eq+%22a%22+or+userName+eq+%22b%22',
  ]
  const answers = [...long, ...long].map(path => server.speak.get(path))
  await turns(20)
  t.equal(under.length, 4)
  const lookUps = ['/Users?filter=userName+eq+%22not+or+co%22', '/Users?count=1', '/Users']
  answers.push(...lookUps.map(path => server.speak.get(path)))
  await turns(20)
  t.equal(under.length, 7)
  letGo()
  t.strictSame(new Set((await Promise.all(answers)).map(({ status }) => status)), new Set([200]))
})

t.test('a queued request whose client disconnects is recorded, and not handled', async t => {
  const server = await buildSocketTest(t, 'rfc')
  const { under, letGo } = holdUp(server, 'find')
  const first = Array.from({ length: 32 }, (_, at) => server.speak.get(`/Users/${at}`))
  await turns(20)
  const disconnected: Exchange[] = []
  const { promise: bothRecorded, resolve } = Promise.withResolvers<void>()
  t.teardown(
    server.parts.journal.subscribe(exchange => {
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
  letGo()
  await Promise.all(first)
  t.equal((await server.speak.get('/Users/next')).status, 404)
  t.equal(under.includes('gone'), false)
  t.equal(under.length, 33)
})
