import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectByTls } from 'node:tls'
import Fastify from 'fastify'
import pino from 'pino'
import t from 'tap'
import { limitPipelining } from '../../src/http/pipelining.ts'
import { buildScimApp } from '../../src/server/listeners.ts'
import { buildSocketTest, type SocketTest } from '../support/over-socket.ts'
import { aUser } from '../support/samples.ts'
import { buildTestApp } from '../support/scim.ts'
import { selfSigned } from '../support/self-signed.ts'

/** A user near the size limit: some dozens of responses exceed the buffers of the operating system. */
function aLargeUser() {
  const text = 'x'.repeat(22_000)
  const parts = ['formatted', 'givenName', 'familyName', 'middleName', 'honorificPrefix', 'honorificSuffix']
  const name = Object.fromEntries(parts.map(part => [part, text]))
  return aUser('fat', { name, displayName: text, nickName: text, title: text, userType: text })
}

function connectTo(url: string): Socket {
  const { hostname, port } = new URL(url)
  return connect(Number(port), hostname).on('error', () => undefined)
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
  const greedy = connectTo(server.url).pause()
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
  const unread = connectTo(server.url).pause()
  unread.write(requestFor(server, id).repeat(100))
  while (recorded.length < 16) await new Promise(setImmediate)
  const gone = sockets.map(socket => new Promise(resolve => socket.once('close', resolve)))
  unread.destroy()
  await Promise.all(gone)
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
    const socket = connectTo(server.url).setEncoding('latin1')
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

t.test('a connection whose response is not read for a minute is closed', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  limitPipelining(app, { maxAdmitted: 16, patience: 20 })
  const gone = Promise.withResolvers<void>()
  app.get('/large', async () => 'x'.repeat(20_000_000))
  app.addHook('onRequest', async ({ raw }) => {
    raw.socket.once('close', gone.resolve)
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const unread = connectTo(url).pause()
  unread.write('GET /large HTTP/1.1\r\nHost: x\r\n\r\n')
  await gone.promise
  t.pass('the connection is closed')
})

t.test('a request that takes longer than that receives its response', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  limitPipelining(app, { maxAdmitted: 16, patience: 20 })
  app.get('/slow', async ({ raw }) => {
    // By now the connection was closed, if it is closed at all.
    await once(raw.socket, 'timeout')
    return 'done'
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  t.equal(await (await fetch(`${url}/slow`)).text(), 'done')
})
