import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import type { ConsoleDeps } from '../../../src/console/deps.ts'
import {
  createLiveHub,
  type LiveEvent,
  liveSources,
  type SerializedEvent,
} from '../../../src/console/live/hub.ts'
import { createStream } from '../../../src/console/live/stream.ts'
import type { Exchange } from '../../../src/domain/journal/exchange.ts'
import type { AnalysisEvent, Cycle } from '../../../src/domain/ports/analysis.ts'

const exchange = (id: string, url = '/'): Exchange => ({
  id,
  at: 0,
  tenantTime: 0,
  microseconds: 1,
  method: 'GET',
  url,
  status: 200,
  operation: 'list',
  action: 'list users',
  request: { headers: {} },
  response: { headers: {} },
})

const reported = (one: Exchange): SerializedEvent => ({
  event: { kind: 'exchange', exchange: one },
  text: () => `data: ${one.id} ${one.url}\n\n`,
})

/** A response that has started, and the socket that reads it. */
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

const always = (reported: SerializedEvent) => [reported]

t.test('a reader that reads nothing is disconnected before much is buffered for it', async t => {
  const { response } = await openResponse(t)
  const stream = createStream(response, always)
  const long = 'x'.repeat(10_000)
  let most = 0
  for (let count = 0; count < 10_000 && !response.destroyed; count++) {
    stream.receive([reported(exchange('1', long))])
    most = Math.max(most, response.writableLength)
    // So that the operating system buffers as much as it can.
    await new Promise(setImmediate)
  }
  t.ok(response.destroyed)
  t.ok(most <= 1024 * 1024)
  stream.receive([reported(exchange('2'))])
  stream.heartbeat()
})

t.test('events during the replay of missed ones follow once', async t => {
  const { response, socket } = await openResponse(t)
  const stream = createStream(response, always)
  const missed = Promise.withResolvers<readonly Exchange[]>()
  stream.resume(missed.promise)
  stream.receive([reported(exchange('b')), reported(exchange('c'))])
  missed.resolve([exchange('a'), exchange('b')])
  await new Promise(setImmediate)
  stream.receive([reported(exchange('d'))])
  stream.end()
  const ids = [...(await text(socket)).matchAll(/^(?:id|data): ([a-d])\b/gm)].map(([, id]) => id)
  t.same(ids, ['a', 'b', 'c', 'd'])
})

t.test('too many missed events are reported as missed', async t => {
  const { response, socket } = await openResponse(t)
  const stream = createStream(response, always)
  const long = 'x'.repeat(10_000)
  stream.resume(Promise.resolve(Array.from({ length: 100 }, (_, id) => exchange(String(id), long))))
  await new Promise(setImmediate)
  stream.end()
  t.match(await text(socket), /\r\n\r\nevent: gap\ndata: \{\}\n\n$/)
})

t.test('a reader is disconnected if the journal fails', async t => {
  const { response } = await openResponse(t)
  createStream(response, always).resume(Promise.reject(new Error('disk')))
  await once(response, 'close')
  t.ok(response.destroyed)
})

t.test('a keep-alive is a comment', async t => {
  const { response, socket } = await openResponse(t)
  const live = createLiveHub({ sources: [], heartbeat: 1 })
  const leave = live.subscribe(createStream(response, always))
  const [chunk] = await once(socket, 'data')
  t.match(String(chunk), /: still here\n\n$/)
  leave?.()
})

t.test('sources are subscribed to only while a reader is connected', async t => {
  const calls: string[] = []
  const source = () => {
    calls.push('listen')
    return () => void calls.push('stop')
  }
  const live = createLiveHub({ sources: [source], maxReaders: 2 })
  const taken: (readonly SerializedEvent[])[] = []
  const reader = () => ({
    receive: (all: readonly SerializedEvent[]) => void taken.push(all),
    heartbeat() {},
    end() {},
  })
  live.publish({ kind: 'gap' })
  const first = live.subscribe(reader())
  const second = live.subscribe(reader())
  t.equal(live.subscribe(reader()), undefined)
  t.equal(live.readerCount(), 2)
  for (const what of ['faults', 'faults', 'clock'] as const) live.publish({ kind: 'changed', what })
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
  live.subscribe(reader())
  live.close()
  t.same(calls, ['listen', 'stop', 'listen', 'stop'])
  t.equal(live.subscribe(reader()), undefined)
})

const aCycle = (id: string): Cycle => ({
  id,
  tenant: 'acme',
  kind: 'cycle',
  client: 'entra',
  started: 0,
  tenantStarted: 0,
  last: 0,
  tenantLast: 0,
  requests: 1,
  created: 0,
  changed: 0,
  disabled: 0,
  deleted: 0,
  failed: 0,
})

const step: AnalysisEvent = { kind: 'setup-step', tenant: 'acme', step: { id: 'user', tenantTime: 1 } }

/** The published events of the analysis, whose recent cycles are read by a function. */
function follow(recentCycles: (of: Cycle) => Promise<readonly Cycle[]>) {
  const listeners = new Set<(event: AnalysisEvent) => void>()
  const deps = {
    journal: { subscribe: () => () => {} },
    faults: { subscribe: () => () => {} },
    tenants: { find: () => undefined },
    sampleRuns: { endedAt: () => undefined },
    analysis: {
      recentCycles,
      isCurrent: async () => true,
      subscribe: (listener: (event: AnalysisEvent) => void) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },
  } as unknown as ConsoleDeps
  const published: LiveEvent[] = []
  for (const source of liveSources(deps)) source(event => published.push(event))
  return {
    emit: (event: AnalysisEvent) => {
      for (const listener of listeners) listener(event)
    },
    kinds: async () => {
      await new Promise(resolve => setImmediate(resolve))
      return published.map(({ kind }) => kind)
    },
  }
}

t.test('events of the analysis keep their order while the state of a cycle is read', async t => {
  const recent = Promise.withResolvers<readonly Cycle[]>()
  const { emit, kinds } = follow(() => recent.promise)
  emit({ kind: 'cycle', cycle: aCycle('a') })
  emit(step)
  t.same(await kinds(), [])
  recent.resolve([aCycle('a')])
  t.same(await kinds(), ['cycle', 'setup-step'])
})

t.test('a cycle whose state cannot be read is left out', async t => {
  const { emit, kinds } = follow(() => Promise.reject(new Error('The disk fails.')))
  emit({ kind: 'cycle', cycle: aCycle('a') })
  emit(step)
  t.same(await kinds(), ['setup-step'])
})
