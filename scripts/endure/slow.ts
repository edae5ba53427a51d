import { setTimeout as pause } from 'node:timers/promises'
import { bystanderFigure, standBy } from './bystander.ts'
import { serve } from './server.ts'
import { headOf, isOpen, openSocket } from './sockets.ts'
import { number } from './spread.ts'
import { require, type Trial } from './trial.ts'

/** In MB, of what can't be let go of: what a server in use fills in a while, and what a request holds that is under way. */
const mostGrowth = (clients: number) => 8 + clients / 25
/** The server waits a minute for a request to arrive whole, and looks every half a minute. */
const minuteAndSome = 100

/** How long the server kept the connection, and its last response. */
type End = { readonly after: number; readonly said: string }

/** Sends a request a byte a second, half of the clients in its head and half in its body. */
async function drip(base: string, at: number, seconds: number): Promise<End | undefined> {
  const socket = await openSocket(base)
  let said = ''
  socket.on('data', chunk => {
    said += chunk
  })
  const head = headOf(base, 'POST', '/Users', ['Content-Length: 5000'])
  if (at % 2 === 0) socket.write(head)
  const rest = at % 2 === 0 ? `{"userName":"${'x'.repeat(5000)}` : head
  const started = performance.now()
  for (let second = 0; second < seconds; second++) {
    if (!isOpen(socket)) return { after: (performance.now() - started) / 1000, said }
    socket.write(rest[second] ?? 'x')
    await pause(1000)
  }
  socket.destroy()
  return undefined
}

export const slow: Trial = {
  id: 'slow',
  title: 'Clients that send a byte a second',
  shows:
    'Many clients that send their request a byte a second take nothing from another: it is served as ever, memory stays bounded, and within a minute and a half the slow ones are refused with 408 and closed.',
  run: async ({ folder, isShort, size }) => {
    const clients = size(100, 1_000)
    const seconds = isShort ? 3 : minuteAndSome
    const server = await serve(`${folder}/scimulator.db`, { inspected: true })
    const bystander = await standBy(server.base)
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
    require(closed.every(({ said }) =>
      said.startsWith('HTTP/1.1 408 '),
    ), 'a slow client was closed without a 408')
    const endedAfter = closed.map(one => one.after)
    const live = [before, during, after].map(megabytes => megabytes.toFixed(0)).join(' → ')
    require(during - before < mostGrowth(clients), `memory grew: ${live} MB`)
    require(after - before < mostGrowth(0), `memory stays filled: ${live} MB`)
    return [
      ['slow clients at once', number(clients)],
      [
        'closed by the server',
        closed.length === 0
          ? `none yet, after ${seconds} s`
          : `${number(closed.length)}, after ${Math.round(Math.min(...endedAfter))} to ${Math.round(Math.max(...endedAfter))} s`,
      ],
      bystanderFigure(bystanding),
      ['live memory after a collection, MB: before → while they drip → afterwards', live],
      ['resident memory, MB: highest', String(highest)],
    ]
  },
}
