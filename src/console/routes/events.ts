import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import { operations } from '../../contract/events.ts'
import { toIsoTime } from '../../contract/operation.ts'
import type { ConsoleDeps } from '../deps.ts'
import { serializeEvent } from '../live/event.ts'
import type { LiveHub } from '../live/hub.ts'
import { createSelection, createStream, readMissed } from '../live/stream.ts'
import { Problem } from '../problem.ts'
import { register } from './register.ts'
import { parseSearchText } from './search-query.ts'

/** The stream of events. */
export const eventRoutes: FastifyPluginAsync<ConsoleDeps & { readonly live: LiveHub }> = async (
  app,
  { journal, version, live },
) => {
  register(app, 'watch', operations.watch, ({ query, headers }, reply) => {
    const last = headers['last-event-id']
    const stream = createStream(
      reply.raw,
      createSelection({ tenant: query.tenant, search: parseSearchText(query.q) }),
    )
    const leave = live.subscribe(stream)
    if (!leave) throw tooManyReaders(live.readerCount())
    startStream(reply, leave)
    reply.raw.write(serializeEvent({ kind: 'hello', version, at: toIsoTime(Date.now()) }))
    if (last) stream.resume(readMissed(journal, last))
    return reply
  })
}

/** Takes the answer out of Fastify's hands: it ends when the reader leaves, or the server does. */
function startStream(reply: FastifyReply, leave: () => void): void {
  reply.hijack()
  reply.raw.on('close', leave)
  // Who has gone before this was reached closes nothing any more.
  if (reply.request.raw.socket.destroyed) leave()
  reply.raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream',
    // nginx would keep the events until it has a buffer full of them.
    'x-accel-buffering': 'no',
  })
}

const tooManyReaders = (readers: number) =>
  new Problem(
    'too-many-readers',
    `${readers} streams of events are open, and that is all there may be: close the console in other windows.`,
    { headers: { 'retry-after': '30' } },
  )
