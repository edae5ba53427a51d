import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import Sqlite from 'better-sqlite3'
import pino from 'pino'
import t from 'tap'
import type { Exchange } from '../../src/domain/journal/exchange.ts'
import { BusyError } from '../../src/domain/ports/database.ts'
import type { TestServer } from '../../src/index.ts'
import { openServices, type Services } from '../../src/server/compose.ts'
import { buildScimApp } from '../../src/server/listeners.ts'
import { testDatabase } from '../support/database.ts'
import { buildSocketTest, type SocketTest } from '../support/over-socket.ts'
import { aGroup, aUser } from '../support/samples.ts'
import { buildTestApp, createScimClient, patchOp, type TestApp } from '../support/scim.ts'
import { isScimError } from '../support/scim-error.ts'
import { searchFor } from '../support/search.ts'
import { createServer } from '../support/test-server.ts'

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
    server.deps.journal.subscribe(({ status, exchange }) => {
      if (status === 499) disconnected.push(exchange())
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

const fifty = Array.from({ length: 50 }, (_, at) => at)

/** Sends requests over real sockets, so that they arrive in parallel. */
async function listening({ app, tenant, token }: TestApp) {
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  return async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${origin}/${tenant.id}/scim/v2${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
  }
}

const add = (id: string) => patchOp({ op: 'add', path: 'members', value: [{ value: id }] })
const remove = (id: string) => patchOp({ op: 'remove', path: `members[value eq "${id}"]` })
const idsOf = (members: readonly { value: string }[] | undefined) =>
  (members ?? []).map(({ value }) => value).sort()

t.test('50 parallel requests that add a member each add 50 members', async t => {
  const server = await buildTestApp(t, 'rfc')
  const send = await listening(server)
  const users = await Promise.all(fifty.map(at => server.client.create('Users', aUser(`user-${at}`))))
  const group = await server.client.create('Groups', aGroup('Everybody'))

  const responses = await Promise.all(users.map(({ id }) => send('PATCH', `/Groups/${group.id}`, add(id))))

  t.same(new Set(responses.map(({ status }) => status)), new Set([200]))
  const { body } = await send('GET', `/Groups/${group.id}`)
  t.same(idsOf(body.members), users.map(({ id }) => id).sort())
})

t.test('parallel additions and removals of members leave the expected members', async t => {
  const server = await buildTestApp(t, 'rfc')
  const send = await listening(server)
  const users = await Promise.all(fifty.map(at => server.client.create('Users', aUser(`user-${at}`))))
  const [leaving, coming] = [users.slice(0, 25), users.slice(25)]
  const group = await server.client.create(
    'Groups',
    aGroup(
      'Everybody',
      leaving.map(({ id }) => id),
    ),
  )

  const responses = await Promise.all(
    leaving.flatMap(({ id }, at) => [
      send('PATCH', `/Groups/${group.id}`, remove(id)),
      send('PATCH', `/Groups/${group.id}`, add(coming[at]?.id)),
    ]),
  )

  t.same(new Set(responses.map(({ status }) => status)), new Set([200]))
  const { body } = await send('GET', `/Groups/${group.id}`)
  t.same(idsOf(body.members), coming.map(({ id }) => id).sort())
})

t.test('one of 20 parallel creations with the same userName succeeds', async t => {
  const server = await buildTestApp(t, 'rfc')
  const send = await listening(server)

  const responses = await Promise.all(fifty.slice(0, 20).map(() => send('POST', '/Users', aUser('marge'))))

  t.same(responses.map(({ status }) => status).sort(), [201, ...Array.from({ length: 19 }, () => 409)])
  t.equal((await send('GET', '/Users')).body.totalResults, 1)
})

t.test('parallel changes of different attributes are all stored', async t => {
  const server = await buildTestApp(t, 'rfc')
  const send = await listening(server)
  const user = await server.client.create('Users', aUser('marge'))
  const values = { title: 'a', nickName: 'b', userType: 'c', locale: 'd', timezone: 'e' }

  await Promise.all(
    Object.entries(values).map(([path, value]) =>
      send('PATCH', `/Users/${user.id}`, patchOp({ op: 'replace', path, value })),
    ),
  )

  t.match((await send('GET', `/Users/${user.id}`)).body, values)
})

const roles = (count: number, size: number) =>
  Array.from({ length: count }, (_, at) => ({ value: `${at} ${'é'.repeat(size / 2)}` }))
const tooLarge = {
  status: 400,
  scimType: 'tooMany',
  detail: /^The User would have 2\d\d,\d{3} bytes without its members; the maximum is 262,144/,
}

for (const profile of ['rfc', 'entra'] as const) {
  t.test(
    `R-071 ${profile}: a resource may have 256 KiB, and a larger one is rejected without changes`,
    async t => {
      const { client } = await buildTestApp(t, profile)
      isScimError(t, await client.post('/Users', aUser('homer', { roles: roles(100, 2800) })), tooLarge)
      t.equal((await client.get('/Users')).body.totalResults, 0)

      const homer = await client.create('Users', aUser('homer', { roles: roles(1000, 200) }))
      const at = `/Users/${homer.id}`
      const more = { op: 'add', path: 'photos', value: [{ value: `http://x/${'p'.repeat(50_000)}` }] }
      const before = (await client.get(at)).body
      isScimError(t, await client.send('PATCH', at, patchOp(more)), tooLarge)
      isScimError(t, await client.put(at, aUser('homer', { roles: roles(100, 2800) })), tooLarge)
      t.same((await client.get(at)).body, before)
    },
  )
}

t.test('the setting for the maximum of resources replaces the one of the profile', async t => {
  const logger = pino({ level: 'silent' })
  const options = { profile: 'aws', maxResources: 1, ...(await testDatabase(t)) } as const
  const { tenants, scim, close } = await openServices(options, logger)
  t.teardown(() => close())
  const tenant = await tenants.create({ profile: 'aws' })
  const { text: token } = await tenants.createToken(tenant)
  const client = createScimClient(buildScimApp(scim, logger), `/${tenant.id}/scim/v2`, token)
  const { id } = await client.create('Users', aUser('homer'))
  const rejected = await client.post('/Users', aUser('marge'))
  t.equal(rejected.body.detail, 'The directory has 1 resources of the type User, which is the maximum.')
  t.equal((await client.post('/Groups', aGroup('Team'))).status, 201, 'groups are counted by themselves')
  await client.delete(`/Users/${id}`)
  t.equal((await client.post('/Users', aUser('marge'))).status, 201)
})

t.test('a larger resource of an earlier version is readable, and may shrink but not grow', async t => {
  const path = `${t.testdir()}/data.db`
  const logger = pino({ level: 'silent' })
  const title = 'x'.repeat(300_000)
  const first = await openServices({ path, profile: 'rfc' }, logger)
  const tenant = await first.tenants.create({ profile: 'rfc' })
  const { text: token } = await first.tenants.createToken(tenant)
  const clientOver = (deps: Services) =>
    createScimClient(buildScimApp(deps.scim, logger), `/${tenant.id}/scim/v2`, token)
  const homer = await clientOver(first).create('Users', aUser('homer', { roles: roles(1000, 200) }))
  await first.close()
  const db = new Sqlite(path)
  db.prepare(`update resources set document = json_set(document, '$.title', ?)`).run(title)
  db.close()

  const deps = await openServices({ path, profile: 'rfc' }, logger)
  t.teardown(() => deps.close())
  const client = clientOver(deps)
  const at = `/Users/${homer.id}`
  t.equal((await client.get(at)).body.title, title)
  isScimError(t, await client.patch(at, { op: 'add', path: 'nickName', value: 'Max Power' }), {
    status: 400,
    scimType: 'tooMany',
  })
  t.equal((await client.patch(at, { op: 'replace', path: 'title', value: 'y'.repeat(65_536) })).status, 200)
  t.equal((await client.patch(at, { op: 'remove', path: 'roles' })).status, 200)
  t.equal((await client.patch(at, { op: 'add', path: 'nickName', value: 'Max Power' })).status, 200)
})

function connected({ url }: TestServer): Socket {
  const { hostname, port } = new URL(url)
  return connect(Number(port), hostname)
}

const headersFor = ({ token }: Pick<TestServer, 'token'>) =>
  `Host: scim.example.org\r\nAuthorization: Bearer ${token}\r\n`

t.test('a request line may have an absolute URL, as sent to a proxy', async t => {
  await using server = await createServer({ profile: 'rfc' })
  const { pathname } = new URL(server.url)
  const socket = connected(server)
  socket.write(
    `GET http://scim.example.org${pathname}/Users?count=1 HTTP/1.1\r\n${headersFor(server)}Connection: close\r\n\r\n`,
  )
  t.match(await text(socket), /^HTTP\/1\.1 200 OK\r\n.*"totalResults":0/s)
})

t.test('an incomplete request does not prevent the server from closing', async t => {
  const server = await createServer({ profile: 'rfc' })
  const { pathname } = new URL(server.url)
  const socket = connected(server)
  const gone = once(socket, 'close')
  socket.on('error', () => undefined)
  socket.write(
    `POST ${pathname}/Users HTTP/1.1\r\n${headersFor(server)}Expect: 100-continue\r\n` +
      'Content-Type: application/scim+json\r\nContent-Length: 100\r\n\r\n',
  )
  await once(socket, 'data')
  await server.close()
  await gone
  t.ok(socket.closed)
})

const searchUrn = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest'

for (const [title, requestLine, body, operation] of [
  ['a search', 'GET /Users?filter=title+pr', '', 'search'],
  [
    'a search by POST',
    'POST /Users/.search',
    JSON.stringify({ schemas: [searchUrn], filter: 'title pr' }),
    'list',
  ],
] as const) {
  t.test(`${title} ends when its client disconnects, not before, and is recorded once`, async t => {
    const server = await buildSocketTest(t, 'rfc')
    const [begun, ended] = [Promise.withResolvers<AbortSignal>(), Promise.withResolvers<unknown>()]
    Object.assign(server.deps.scim.provider, {
      list: (_call: unknown, request: { signal: () => AbortSignal }) =>
        new Promise((_resolve, reject) => {
          const signal = request.signal()
          begun.resolve(signal)
          signal.addEventListener('abort', () => {
            ended.resolve(signal.reason)
            reject(signal.reason)
          })
        }),
    })
    const exchanges: Exchange[] = []
    t.teardown(server.deps.journal.subscribe(({ exchange }) => void exchanges.push(exchange())))
    const { hostname, port, pathname } = new URL(server.url)
    const socket = connect(Number(port), hostname)
    socket.write(
      `${requestLine.replace('/', `${pathname}/`)} HTTP/1.1\r\n${headersFor(server)}` +
        `Content-Type: application/scim+json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    const signal = await begun.promise
    await turns(20)
    t.equal(signal.aborted, false)
    socket.destroy()
    t.match(await ended.promise, { name: 'AbortError' })
    await turns(20)
    t.equal((await server.client.get('/ServiceProviderConfig')).status, 200)
    t.same(
      exchanges.map(({ status, operation }) => [status, operation]),
      [
        [499, operation],
        [200, 'discovery'],
      ],
    )
  })
}

t.test('a search is 429 while too many wait', async t => {
  const { client, deps } = await buildTestApp(t, 'rfc')
  Object.assign(deps.scim.provider, {
    list: async () => {
      throw new BusyError('200 searches are waiting.')
    },
  })
  const busy = await client.get('/Users?filter=title+pr')
  isScimError(t, busy, { status: 429, detail: /^200 searches are waiting\.$/ })
  t.equal(busy.headers['retry-after'], '1')
})
