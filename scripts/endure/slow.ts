import { setTimeout as pause } from 'node:timers/promises'
import { bystanderFigure, startBystander } from './bystander.ts'
import { serve } from './server.ts'
import { headOf, isOpen, openSocket } from './sockets.ts'
import { number } from './spread.ts'
import { require, type Trial } from './trial.ts'

/** In MB of live memory: the caches of a server in use, and the data of each request in progress. */
const maxGrowth = (clients: number) => 8 + clients / 25
/** In seconds. The server allows a minute for a request, and checks every 30 seconds. */
const longerThanTheTimeout = 100

/** How long the server kept the connection, and its last response. */
type End = { readonly after: number; readonly received: string }

/** Sends a request a byte a second, half of the clients in its head and half in its body. */
async function drip(base: string, at: number, seconds: number): Promise<End | undefined> {
  const socket = await openSocket(base)
  let received = ''
  socket.on('data', chunk => {
    received += chunk
  })
  const head = headOf(base, 'POST', '/Users', ['Content-Length: 5000'])
  if (at % 2 === 0) socket.write(head)
  const rest = at % 2 === 0 ? `{"userName":"${'x'.repeat(5000)}` : head
  const started = performance.now()
  for (let second = 0; second < seconds; second++) {
    if (!isOpen(socket)) return { after: (performance.now() - started) / 1000, received }
    socket.write(rest[second] ?? 'x')
    await pause(1000)
  }
  socket.destroy()
  return undefined
}

export const slow: Trial = {
  id: 'slow',
  title: 'Clients that send one byte per second',
  statement:
    'Many clients that send one byte of their request per second do not slow down another client. Memory stays bounded, and the server rejects the slow requests with 408 and closes their connections within 90 seconds.',
  run: async ({ folder, isShort, size }) => {
    const clients = size(100, 1_000)
    const seconds = isShort ? 3 : longerThanTheTimeout
    const server = await serve(`${folder}/scimulator.db`, { inspected: true })
    const bystander = await startBystander(server.base)
    const before = await server.live()
    const dripping = Array.from({ length: clients }, (_, at) => drip(server.base, at, seconds))
    await pause((seconds * 1000) / 2)
    const during = await server.live()
    const ends = await Promise.all(dripping)
    const after = await server.live()
    const { highest } = server.memory()
    const bystanding = await bystander.stop()
    await server.end()
    const closed = ends.filter(end => end !== undefined)
    require(isShort || closed.length === clients, `${clients - closed.length} slow clients were never closed`)
    require(closed.every(({ received }) =>
      received.startsWith('HTTP/1.1 408 '),
    ), 'a slow connection was closed without a 408')
    const endedAfter = closed.map(one => one.after)
    const live = [before, during, after].map(megabytes => megabytes.toFixed(0)).join(' → ')
    require(during - before < maxGrowth(clients), `memory grew: ${live} MB`)
    require(after - before < maxGrowth(0), `memory was not freed: ${live} MB`)
    return [
      ['concurrent slow clients', number(clients)],
      [
        'connections closed by the server',
        closed.length === 0
          ? `none yet, after ${seconds} s`
          : `${number(closed.length)}, after ${Math.round(Math.min(...endedAfter))} to ${Math.round(Math.max(...endedAfter))} s`,
      ],
      bystanderFigure(bystanding),
      ['live memory, MB: before → during → afterwards', live],
      ['highest resident memory, MB', String(highest)],
    ]
  },
}
