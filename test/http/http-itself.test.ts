import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { connect as connectByTls } from 'node:tls'
import Fastify, { type FastifyInstance } from 'fastify'
import pino from 'pino'
import t from 'tap'
import { limitConnections } from '../../src/scim-api/http/limits.ts'
import { connectionErrorFormat, rejectMalformedRequest } from '../../src/scim-api/http/scim-errors.ts'
import { openServices } from '../../src/server/compose.ts'
import { buildScimApp } from '../../src/server/listeners.ts'
import { testDatabase } from '../support/database.ts'
import { buildSocketTest, type SocketTest } from '../support/over-socket.ts'
import { aUser } from '../support/samples.ts'
import { buildTestApp } from '../support/scim.ts'
import { isScimError } from '../support/scim-error.ts'
import { selfSigned } from '../support/self-signed.ts'

function connectTo({ url }: Pick<SocketTest, 'url'>): Socket {
  const { hostname, port } = new URL(url)
  return connect(Number(port), hostname).on('error', () => undefined)
}

/** Sends bytes as they are, and returns the response when the connection ends. */
async function say(server: SocketTest, bytes: string) {
  const socket = connectTo(server)
  socket.write(Buffer.from(bytes, 'latin1'))
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n')
  const [start = '', ...lines] = head.split('\r\n')
  const headers = Object.fromEntries(
    lines.map(line => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  )
  return { start, status: Number(start.split(' ')[1]), headers, body: JSON.parse(body) }
}

t.test('what HTTP itself rejects has a SCIM error and a row in the journal', async t => {
  const server = await buildSocketTest(t, 'rfc')
  const path = `${new URL(server.url).pathname}/Users`
  const auth = `Authorization: Bearer ${server.token}\r\n`
  const rows: readonly [what: string, bytes: string, status: string, detail: RegExp, method: string][] = [
    ['no Host', `GET ${path} HTTP/1.1\r\n${auth}\r\n`, '400 Bad Request', /"Host"/, 'GET'],
    [
      'an unknown expectation',
      `POST ${path} HTTP/1.1\r\nHost: x\r\n${auth}Expect: x\r\nContent-Length: 0\r\n\r\n`,
      '417 Expectation Failed',
      /"Expect: x" is not supported.*100-continue/,
      'POST',
    ],
    [
      'CONNECT',
      `CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n${auth}\r\n`,
      '501 Not Implemented',
      /"CONNECT"/,
      'CONNECT',
    ],
    [
      'QUERY',
      `QUERY ${path} HTTP/1.1\r\nHost: x\r\n${auth}Content-Length: 0\r\n\r\n`,
      '501 Not Implemented',
      /"QUERY" is not supported. SCIM uses GET, POST, PUT, PATCH and DELETE/,
      'QUERY',
    ],
    ['an unknown method', `FOO ${path} HTTP/1.1\r\nHost: x\r\n\r\n`, '501 Not Implemented', /"FOO"/, 'FOO'],
    [
      'a method in lower case',
      `get ${path} HTTP/1.1\r\nHost: x\r\n\r\n`,
      '501 Not Implemented',
      /"get"/,
      'get',
    ],
    [
      'another coding before chunked',
      `POST ${path} HTTP/1.1\r\nHost: x\r\n${auth}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
      '501 Not Implemented',
      /"Transfer-Encoding: gzip, chunked" is not supported/,
      'POST',
    ],
    [
      'an invalid header',
      `GET ${path} HTTP/1.1\r\nHo st: x\r\n\r\n`,
      '400 Bad Request',
      /malformed HTTP: .*header/,
      '?',
    ],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00', '400 Bad Request', /not HTTP. Does the client use https/, '?'],
  ]
  for (const [what, bytes, status, detail, method] of rows) {
    const row = server.nextExchange()
    const result = await say(server, bytes)
    t.equal(result.start, `HTTP/1.1 ${status}`, what)
    isScimError(t, result, { status: result.status, detail }, what)
    t.match(await row, { method, status: result.status, action: 'malformed request' }, what)
    t.same(JSON.parse(String((await row).response.body)), result.body, what)
  }
  t.notMatch(JSON.stringify(await server.exchanges()), server.token)
  t.equal((await server.request('GET', '/Users')).status, 200)
})

t.test('an HTTP/1.0 request needs no Host, and its Expect header is ignored', async t => {
  const server = await buildSocketTest(t, 'rfc')
  const result = await say(
    server,
    `GET ${new URL(server.url).pathname}/Users HTTP/1.0\r\nAuthorization: Bearer ${server.token}\r\nExpect: x\r\n\r\n`,
  )
  t.match(result, { status: 200, body: { totalResults: 0 } })
})

t.test('a client that expects 100 (Continue) receives it', async t => {
  const server = await buildSocketTest(t, 'rfc')
  const body = JSON.stringify(aUser('marge'))
  const socket = connectTo(server)
  socket.write(
    `POST ${new URL(server.url).pathname}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.token}\r\n` +
      `Content-Type: application/scim+json\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`,
  )
  let received = ''
  for await (const chunk of socket.setEncoding('latin1')) {
    received += chunk
    if (received === 'HTTP/1.1 100 Continue\r\n\r\n') socket.write(body)
  }
  t.match(received, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201 Created\r\n/)
})

/** A request for a user, whose response waits for its release. */
async function heldRequest({ client, deps, url, token }: SocketTest) {
  const user = await client.create('Users', aUser('marge'))
  const found = deps.scim.provider.find
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  Object.assign(deps.scim.provider, {
    find: async (...args: Parameters<typeof found>) => {
      await released
      return found(...args)
    },
  })
  const path = `${new URL(url).pathname}/Users/${user.id}`
  return { request: `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`, release }
}

t.test('CONNECT after a pending request does not occupy a connection', async t => {
  const server = await buildSocketTest(t, 'rfc')
  const { request, release } = await heldRequest(server)
  const row = server.nextExchange()
  const socket = connectTo(server)
  socket.write(`${request}CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n`)
  t.match(await row, { method: 'CONNECT', status: 501 })
  release()
  t.notMatch(await text(socket), '501')
  t.equal((await server.client.get('/Users')).status, 200, 'the server lives')
})

t.test('bytes that are not HTTP after a pending request are rejected after its response', async t => {
  const server = await buildSocketTest(t, 'rfc')
  const { request, release } = await heldRequest(server)
  const row = server.nextExchange()
  const socket = connectTo(server)
  socket.write(`${request.repeat(2)}nonsense\r\n\r\n`)
  t.match(await row, { method: '?', status: 400 })
  socket.write('and more of it')
  release()
  t.same((await text(socket)).match(/HTTP\/1.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 400'])
  t.equal((await server.exchanges()).filter(({ method }) => method === '?').length, 1, 'it is refused once')
})

t.test('a rejected connection is closed, whatever its client does', async t => {
  const logger = pino({ level: 'silent' })
  const deps = await openServices({ profile: 'rfc', ...(await testDatabase(t)) }, logger)
  const app = createHttpServer()
  const sockets: Socket[] = []
  app.on('connection', socket => sockets.push(socket))
  const format = connectionErrorFormat(deps.scim.fallbackProfile)
  const reject = rejectMalformedRequest({ ...deps.scim, format }, 20)
  app.on('clientError', reject as (error: Error, socket: Duplex) => void)
  app.listen(0, '127.0.0.1')
  await once(app, 'listening')
  t.teardown(async () => {
    app.close()
    await deps.close()
  })
  const { port } = app.address() as AddressInfo
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => undefined)
  t.teardown(() => socket.destroy())
  socket.write('nonsense\r\n\r\n')
  socket.resume()
  await once(socket, 'end')
  const [onServer] = sockets
  if (onServer && !onServer.destroyed) await once(onServer, 'close')
  t.pass('the connection is closed')
})

/** A user near the size limit: some dozens of responses exceed the buffers of the operating system. */
function aLargeUser() {
  const text = 'x'.repeat(22_000)
  const parts = ['formatted', 'givenName', 'familyName', 'middleName', 'honorificPrefix', 'honorificSuffix']
  const name = Object.fromEntries(parts.map(part => [part, text]))
  return aUser('fat', { name, displayName: text, nickName: text, title: text, userType: text })
}

const requestFor = ({ url, token }: SocketTest, id: string) =>
  `GET ${new URL(url).pathname}/Users/${id} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`

/** The connections of the listener, and their memory. */
function watchConnections({ app }: SocketTest) {
  const sockets: Socket[] = []
  app.server.on('connection', socket => sockets.push(socket))
  return sockets
}

t.test('a connection that is not read has few pending responses, however many requests it sends', async t => {
  const server = await buildSocketTest(t, 'rfc')
  const { id } = await server.client.create('Users', aLargeUser())
  const sockets = watchConnections(server)
  const found = server.deps.scim.provider.find
  let handled = 0
  Object.assign(server.deps.scim.provider, {
    find: (...args: Parameters<typeof found>) => {
      handled++
      return found(...args)
    },
  })
  const greedy = connectTo(server).pause()
  greedy.write(requestFor(server, id).repeat(2000))
  while (handled < 16) await new Promise(setImmediate)
  // By now the listener has read the other requests, if it reads them at all.
  for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate)
  const largest = Math.max(...sockets.map(({ writableLength }) => writableLength))
  // Responses that the operating system has buffered are not counted.
  t.ok(handled < 100, 'few requests are handled', { handled })
  t.ok(largest < 16 * 270_000, 'the memory is limited', { largest })
  t.equal((await server.request('GET', `/Users/${id}`)).status, 200, 'others are served')
  greedy.destroy()
})

t.test('a request whose client disconnects without reading the response is journaled once', async t => {
  const server = await buildSocketTest(t, 'rfc')
  const { id } = await server.client.create('Users', aLargeUser())
  const recorded: string[] = []
  t.teardown(server.deps.journal.subscribe(exchange => recorded.push(exchange.id)))
  const sockets = watchConnections(server)
  const unread = connectTo(server).pause()
  unread.write(requestFor(server, id).repeat(100))
  while (recorded.length < 16) await new Promise(setImmediate)
  const gone = sockets.map(socket => new Promise(resolve => socket.once('close', resolve)))
  unread.destroy()
  await Promise.all(gone)
  while (recorded.length < 100) await new Promise(setImmediate)
  await new Promise(setImmediate)
  t.equal(recorded.length, 100)
  t.equal(new Set(recorded).size, 100)
})

t.test(
  'a client that reads receives all responses in order, however many requests are pipelined',
  async t => {
    const server = await buildSocketTest(t, 'rfc')
    const users = await Promise.all(['a', 'b', 'c'].map(name => server.client.create('Users', aUser(name))))
    let onServer = 0
    let most = 0
    server.app.server.on('request', (_request, response) => {
      most = Math.max(most, ++onServer)
      response.once('close', () => onServer--)
    })
    const socket = connectTo(server).setEncoding('latin1')
    t.teardown(() => socket.destroy())
    const expected = Array.from({ length: 3000 }, (_, at) => String(users[at % 3]?.id))
    socket.write(expected.map(id => requestFor(server, id)).join(''))
    const received: string[] = []
    let rest = ''
    for await (const chunk of socket) {
      const texts = (rest + chunk).split('"id":"')
      // An id may be cut in the last response only.
      for (const text of texts.slice(1, -1)) received.push(text.slice(0, 36))
      rest = texts.length > 1 ? `"id":"${texts.at(-1)}` : String(texts.at(-1))
      if (received.length === expected.length - 1) break
    }
    t.strictSame(received, expected.slice(0, -1))
    t.ok(most < 1000, 'the other requests wait on the connection', { most })
  },
)

t.test('a client receives all responses under TLS, too', async t => {
  const { deps, tenant, token, client } = await buildTestApp(t, 'rfc')
  const { id } = await client.create('Users', aLargeUser())
  const app = buildScimApp(deps.scim, pino({ level: 'silent' }), selfSigned)
  t.teardown(() => app.close())
  const port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
  const socket = connectByTls({ port, host: '127.0.0.1', rejectUnauthorized: false }).setEncoding('latin1')
  t.teardown(() => socket.destroy())
  await once(socket, 'secureConnect')
  const request = `GET /${tenant.id}/scim/v2/Users/${id} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`
  socket.write(request.repeat(600))
  let received = 0
  let rest = ''
  for await (const chunk of socket) {
    const parts = `${rest}${chunk}`.split('HTTP/1.1 200')
    received += parts.length - 1
    rest = parts.at(-1)?.slice(-11) ?? ''
    if (received === 600) break
  }
  t.equal(received, 600)
})

function limitRequests(app: FastifyInstance, options: { readonly patience: number }): void {
  const connections = limitConnections(app, options)
  app.addHook('onRequest', (_request, reply, done) => {
    if (connections.admits(reply)) done()
    else connections.enqueue(reply, done)
  })
}

t.test('a connection whose response is not read for a minute is closed', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  limitRequests(app, { patience: 20 })
  const gone = Promise.withResolvers<void>()
  app.get('/large', async () => 'x'.repeat(20_000_000))
  app.addHook('onRequest', async ({ raw }) => {
    raw.socket.once('close', gone.resolve)
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const unread = connectTo({ url }).pause()
  unread.write('GET /large HTTP/1.1\r\nHost: x\r\n\r\n')
  await gone.promise
  t.pass('the connection is closed')
})

t.test('a request that takes longer than that receives its response', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  limitRequests(app, { patience: 20 })
  const unreadClosed = Promise.withResolvers<void>()
  app.get('/slow', async () => {
    // By now the connection was closed, if it is closed at all.
    await unreadClosed.promise
    return 'done'
  })
  app.get('/large', async ({ raw }) => {
    raw.socket.once('close', unreadClosed.resolve)
    return 'x'.repeat(20_000_000)
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const slow = fetch(`${url}/slow`)
  connectTo({ url }).pause().write('GET /large HTTP/1.1\r\nHost: x\r\n\r\n')
  t.equal(await (await slow).text(), 'done')
})
