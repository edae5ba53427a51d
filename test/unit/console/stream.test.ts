import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { createLive, type Told } from '../../../src/console/live/live.ts'
import { createStream } from '../../../src/console/live/stream.ts'
import type { Exchange } from '../../../src/journal/exchange.ts'

const exchange = (id: string, url = '/'): Exchange => ({
  id,
  at: 0,
  tenantTime: 0,
  microseconds: 1,
  method: 'GET',
  url,
  status: 200,
  action: 'list users',
  request: { headers: {} },
  response: { headers: {} },
})

const told = (one: Exchange): Told => ({
  event: { kind: 'exchange', exchange: one },
  text: () => `data: ${one.id} ${one.url}\n\n`,
})

/** An answer that has begun, and the socket that reads it. */
async function openResponse(t: Test) {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write('GET / HTTP/1.0\r\n\r\n')
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse]
  response.writeHead(200)
  t.teardown(() => {
    socket.destroy()
    server.close()
  })
  return { response, socket }
}

const always = (told: Told) => [told]

t.test('a reader who takes nothing is dropped before a lot waits for it', async t => {
  const { response } = await openResponse(t)
  const stream = createStream(response, always)
  const long = 'x'.repeat(10_000)
  let most = 0
  for (let count = 0; count < 10_000 && !response.destroyed; count++) {
    stream.take([told(exchange('1', long))])
    most = Math.max(most, response.writableLength)
    // So that the system may take what it has room for.
    await new Promise(setImmediate)
  }
  t.ok(response.destroyed)
  t.ok(most <= 1024 * 1024)
  stream.take([told(exchange('2'))])
  stream.beat()
})

t.test('what happens while a reader is told what it missed comes behind that, once', async t => {
  const { response, socket } = await openResponse(t)
  const stream = createStream(response, always)
  const missed = Promise.withResolvers<readonly Exchange[]>()
  stream.resume(missed.promise)
  stream.take([told(exchange('b')), told(exchange('c'))])
  missed.resolve([exchange('a'), exchange('b')])
  await new Promise(setImmediate)
  stream.take([told(exchange('d'))])
  stream.end()
  const ids = [...(await text(socket)).matchAll(/^(?:id|data): ([a-d])\b/gm)].map(([, id]) => id)
  t.same(ids, ['a', 'b', 'c', 'd'])
})

t.test('what is too much to be told at once counts as missed', async t => {
  const { response, socket } = await openResponse(t)
  const stream = createStream(response, always)
  const long = 'x'.repeat(10_000)
  stream.resume(Promise.resolve(Array.from({ length: 100 }, (_, id) => exchange(String(id), long))))
  await new Promise(setImmediate)
  stream.end()
  t.match(await text(socket), /\r\n\r\nevent: gap\ndata: \{\}\n\n$/)
})

t.test('a reader is dropped when the journal fails', async t => {
  const { response } = await openResponse(t)
  createStream(response, always).resume(Promise.reject(new Error('disk')))
  await once(response, 'close')
  t.ok(response.destroyed)
})

t.test('a sign of life comes as a comment', async t => {
  const { response, socket } = await openResponse(t)
  const live = createLive({ sources: [], heartbeat: 1 })
  const leave = live.join(createStream(response, always))
  const [chunk] = await once(socket, 'data')
  t.match(String(chunk), /: still here\n\n$/)
  leave?.()
})

t.test('sources are listened to only while somebody reads', async t => {
  const calls: string[] = []
  const source = () => {
    calls.push('listen')
    return () => void calls.push('stop')
  }
  const live = createLive({ sources: [source], most: 2 })
  const taken: (readonly Told[])[] = []
  const reader = () => ({ take: (all: readonly Told[]) => void taken.push(all), beat() {}, end() {} })
  live.tell({ kind: 'gap' })
  const first = live.join(reader())
  const second = live.join(reader())
  t.equal(live.join(reader()), undefined)
  t.equal(live.readers(), 2)
  for (const what of ['faults', 'faults', 'clock'] as const) live.tell({ kind: 'changed', what })
  await new Promise(setImmediate)
  t.same(
    taken.map(all => all.map(({ event }) => event)),
    Array.from({ length: 2 }, () => [
      { kind: 'changed', what: 'faults' },
      { kind: 'changed', what: 'clock' },
    ]),
  )
  first?.()
  first?.()
  t.same(calls, ['listen'])
  second?.()
  t.same(calls, ['listen', 'stop'])
  live.join(reader())
  live.close()
  t.same(calls, ['listen', 'stop', 'listen', 'stop'])
  t.equal(live.join(reader()), undefined)
})
