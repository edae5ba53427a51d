import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { bystanderFigure, startBystander } from './bystander.ts'
import { serve } from './server.ts'
import { headOf, openSocket } from './sockets.ts'
import { require, type Trial } from './trial.ts'

const gigabyte = 1_000_000_000
const maxGrowth = 150
const piece = Buffer.alloc(1 << 16, 'x')

type Sent = { readonly bytes: number; readonly response: string }

/** Sends a body until the server stops reading; returns the bytes sent and the response. */
async function pour(base: string, framing: 'length' | 'chunks', path: string): Promise<Sent> {
  const socket = await openSocket(base)
  const received = text(socket).catch(() => '')
  const header = framing === 'length' ? `Content-Length: ${gigabyte}` : 'Transfer-Encoding: chunked'
  socket.write(headOf(base, 'POST', path, [header]))
  const part = framing === 'length' ? piece : chunkOf(piece)
  let bytes = 0
  while (bytes < gigabyte && !socket.destroyed && socket.writable) {
    bytes += piece.length
    if (!socket.write(part))
      await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => {})
  }
  socket.end()
  return { bytes, response: await received }
}

const chunkOf = (bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])

const statusIn = (response: string): string => /^HTTP\/1\.1 (\d+)/.exec(response)?.[1] ?? 'none'

export const bigBody: Trial = {
  id: 'big-body',
  title: 'A request body of 1 GB',
  statement:
    'The server rejects a body of 1 GB with 413 or by closing the connection as soon as the body exceeds the limit, whether it has a Content-Length or is chunked. The body is never held in memory, and another client is served as usual.',
  run: async ({ folder, size }) => {
    const times = size(1, 8)
    const server = await serve(`${folder}/scimulator.db`)
    const bystander = await startBystander(server.base)
    const before = server.memory().now
    const sent: { readonly how: string; readonly sent: Sent }[] = []
    for (let at = 0; at < times; at++) {
      for (const framing of ['length', 'chunks'] as const) {
        for (const path of ['/Users', '/Bulk']) {
          sent.push({ how: framing, sent: await pour(server.base, framing, path) })
        }
      }
    }
    const { highest } = server.memory()
    const bystanding = await bystander.stop()
    await server.end()
    const statuses = [...new Set(sent.map(one => statusIn(one.sent.response)))]
    require(statuses.every(
      status => status === '413' || status === 'none',
    ), `unexpected responses: ${statuses.join(', ')}`)
    require(statuses.includes('413'), 'no response was 413')
    require(highest - before < maxGrowth, `memory grew from ${before} to ${highest} MB`)
    const maxSent = (how: string) =>
      Math.max(...sent.filter(one => one.how === how).map(one => one.sent.bytes)) / 1e6
    return [
      ['bodies sent', String(sent.length)],
      ['responses', statuses.map(status => (status === 'none' ? 'connection closed' : status)).join(', ')],
      ['sent before the rejection, MB: with Content-Length', maxSent('length').toFixed(1)],
      ['sent before the rejection, MB: chunked', maxSent('chunks').toFixed(1)],
      bystanderFigure(bystanding),
      ['resident memory, MB: before → highest', `${before} → ${highest}`],
    ]
  },
}
