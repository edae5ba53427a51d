import { once } from 'node:events'
import { bystanderFigure, startBystander } from './bystander.ts'
import { userBody } from './client.ts'
import { inspect, requireConsistent } from './consistency.ts'
import { serve } from './server.ts'
import { headOf, openSocket } from './sockets.ts'
import { number } from './spread.ts'
import { require, type Trial } from './trial.ts'

const concurrency = 16

/** Sends part of a request, then closes or resets the connection. Returns whether the request was complete. */
async function sendPart(base: string, name: string): Promise<boolean> {
  const body = JSON.stringify(userBody(name))
  const whole = headOf(base, 'POST', '/Users', [`Content-Length: ${body.length}`]) + body
  // One in four is complete, and its client does not wait for the response.
  const length = Math.random() < 0.25 ? whole.length : Math.floor(Math.random() * whole.length)
  const socket = await openSocket(base)
  socket.write(whole.slice(0, length))
  if (Math.random() < 0.5) socket.resetAndDestroy()
  else {
    socket.end()
    socket.resume()
    await once(socket, 'close')
  }
  return length === whole.length
}

export const cut: Trial = {
  id: 'cut',
  title: 'Incomplete requests',
  statement:
    'An incomplete request is never executed, a complete request is executed once or not at all, and another client is served as usual.',
  run: async ({ folder, size }) => {
    const times = size(400, 50_000)
    const file = `${folder}/scimulator.db`
    const server = await serve(file)
    const bystander = await startBystander(server.base)
    const whole = new Set<string>()
    let next = 0
    const lane = async () => {
      while (next < times) {
        const name = `cut-${next++}`
        if (await sendPart(server.base, name)) whole.add(name)
      }
    }
    await Promise.all(Array.from({ length: concurrency }, lane))
    const bystanding = await bystander.stop()
    const memory = server.memory()
    await server.end()
    const made = inspect(file, db => {
      requireConsistent(db, 'after the cuts')
      const names = `select document ->> 'userName' from resources where document ->> 'userName' like 'cut-%'`
      return db.prepare<[], string>(names).pluck().all()
    })
    const half = made.filter(name => !whole.has(name))
    require(half.length === 0, `${half.length} incomplete requests were executed, including ${half[0]}`)
    require(new Set(made).size === made.length, 'a request was executed twice')
    return [
      ['incomplete requests', number(times - whole.size)],
      ['complete requests whose client disconnected before the response', number(whole.size)],
      ['of these, executed once', number(made.length)],
      bystanderFigure(bystanding),
      ['highest resident memory, MB', String(memory.highest)],
    ]
  },
}
