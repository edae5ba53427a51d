import { setTimeout as pause } from 'node:timers/promises'
import { bystanderFigure, standBy } from './bystander.ts'
import { serve } from './server.ts'
import { openSocket } from './sockets.ts'
import { number } from './spread.ts'
import { require, type Trial } from './trial.ts'

const mostGrowth = 150

export const idle: Trial = {
  id: 'idle',
  title: 'A thousand idle connections',
  shows: 'Connections on which nothing is said take nothing from another client, and little memory.',
  run: async ({ folder, isShort, size }) => {
    const connections = size(1_000, 5_000)
    const server = await serve(`${folder}/scimulator.db`)
    const before = server.memory().now
    const sockets = await Promise.all(Array.from({ length: connections }, () => openSocket(server.base)))
    const bystander = await standBy(server.base)
    await pause(isShort ? 2_000 : 30_000)
    const bystanding = await bystander.stop()
    const { highest } = server.memory()
    for (const socket of sockets) socket.destroy()
    await server.end()
    require(highest - before < mostGrowth, `memory grew from ${before} to ${highest} MB`)
    return [
      ['idle connections', number(connections)],
      bystanderFigure(bystanding),
      ['memory, MB: before → highest', `${before} → ${highest}`],
    ]
  },
}
