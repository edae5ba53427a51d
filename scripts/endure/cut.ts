import { once } from 'node:events'
import { bystanderFigure, standBy } from './bystander.ts'
import { aUser } from './client.ts'
import { serve } from './server.ts'
import { headOf, openSocket } from './sockets.ts'
import { inspect, requireSound } from './soundness.ts'
import { number } from './spread.ts'
import { require, type Trial } from './trial.ts'

const hands = 16

/** Sends part of a request and closes or resets the connection; returns whether the request was complete. */
async function sendPart(base: string, name: string): Promise<boolean> {
  const body = JSON.stringify(aUser(name))
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
  title: 'Requests cut in the middle',
  shows:
    'A request that ends before it is whole is never carried out, one that is whole is carried out once or not at all, and others are served as ever.',
  run: async ({ folder, size }) => {
    const times = size(400, 50_000)
    const file = `${folder}/scimulator.db`
    const server = await serve(file)
    const bystander = await standBy(server.base)
    const whole = new Set<string>()
    let next = 0
    const lane = async () => {
      while (next < times) {
        const name = `cut-${next++}`
        if (await sendPart(server.base, name)) whole.add(name)
      }
    }
    await Promise.all(Array.from({ length: hands }, lane))
    const bystanding = await bystander.stop()
    const memory = server.memory()
    await server.end()
    const made = inspect(file, db => {
      requireSound(db, 'after the cuts')
      const names = `select document ->> 'userName' from resources where document ->> 'userName' like 'cut-%'`
      return db.prepare<[], string>(names).pluck().all()
    })
    const half = made.filter(name => !whole.has(name))
    require(half.length === 0, `${half.length} requests were carried out by half, ${half[0]} among them`)
    require(new Set(made).size === made.length, 'a request was carried out twice')
    return [
      ['requests cut', number(times - whole.size)],
      ['whole requests whose client left before the answer', number(whole.size)],
      ['of those carried out, each once', number(made.length)],
      bystanderFigure(bystanding),
      ['memory, MB: highest', String(memory.highest)],
    ]
  },
}
