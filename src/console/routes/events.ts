import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import { operations } from '../../domain/contract/events.ts'
import { toIsoTime } from '../../domain/contract/operation.ts'
import type { ConsoleDeps } from '../deps.ts'
import { isStillAdmitted, whileAdmitted } from '../live/admitted.ts'
import { type LiveHub, serializeEvent } from '../live/hub.ts'
import { createSelection, createStream, readMissed } from '../live/stream.ts'
import { Problem } from '../problem.ts'
import { toSearch } from './exchanges.ts'
import { register } from './register.ts'

export const eventRoutes: FastifyPluginAsync<ConsoleDeps & { readonly live: LiveHub }> = async (
  app,
  { journal, version, live, ...deps },
) => {
  register(app, 'streamEvents', operations.streamEvents, ({ query, headers }, reply) => {
    const last = headers['last-event-id']
    const search = toSearch(query)
    const stream = createStream(reply.raw, createSelection({ tenant: query.tenant, search }))
    const { consoleCaller: caller } = reply.request
    const isAdmitted = async () => caller !== undefined && isStillAdmitted(caller, deps)
    const leave = live.subscribe(whileAdmitted(stream, isAdmitted))
    if (!leave) throw tooManyReaders(live.readerCount())
    startStream(reply, leave)
    reply.raw.write(serializeEvent({ kind: 'hello', version, at: toIsoTime(Date.now()) }))
    if (last) stream.resume(readMissed(journal, last, search))
    return reply
  })
}

function startStream(reply: FastifyReply, leave: () => void): void {
  reply.hijack()
  reply.raw.on('close', leave)
  // A connection that is closed already emits no event.
  if (reply.request.raw.socket.destroyed) leave()
  reply.raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream',
    // nginx would buffer the events.
    'x-accel-buffering': 'no',
  })
}

const tooManyReaders = (readers: number) =>
  new Problem(
    'too-many-streams',
    `The maximum of ${readers} open event streams is reached. Close the console in other windows.`,
    { headers: { 'retry-after': '30' } },
  )
