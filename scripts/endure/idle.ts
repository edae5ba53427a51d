import { setTimeout as pause } from 'node:timers/promises'
import { bystanderFigure, startBystander } from './bystander.ts'
import { serve } from './server.ts'
import { openSocket } from './sockets.ts'
import { number } from './spread.ts'
import { require, type Trial } from './trial.ts'

/** In MB of live memory: the caches of a server in use, and the data of each connection. */
const maxGrowth = (connections: number) => 8 + connections / 50

export const idle: Trial = {
  id: 'idle',
  title: 'Idle connections',
  statement: 'Idle connections do not slow down another client, and use little memory.',
  run: async ({ folder, isShort, size }) => {
    const connections = size(1_000, 5_000)
    const server = await serve(`${folder}/scimulator.db`, { inspected: true })
    const before = await server.live()
    const sockets = await Promise.all(Array.from({ length: connections }, () => openSocket(server.base)))
    const bystander = await startBystander(server.base)
    await pause(isShort ? 2_000 : 30_000)
    const bystanding = await bystander.stop()
    const during = await server.live()
    const { highest } = server.memory()
    for (const socket of sockets) socket.destroy()
    await server.end()
    const live = `${before.toFixed(0)} → ${during.toFixed(0)}`
    require(during - before < maxGrowth(connections), `memory grew: ${live} MB`)
    return [
      ['idle connections', number(connections)],
      bystanderFigure(bystanding),
      ['live memory, MB: before → with all connections', live],
      ['highest resident memory, MB', String(highest)],
    ]
  },
}
