import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { searchText } from '../../contract/exchanges.ts'
import { problemResponses, toIsoTime } from '../../contract/operation.ts'
import type { ConsoleDeps } from '../deps.ts'
import { serializeEvent } from '../live/event.ts'
import type { LiveHub } from '../live/hub.ts'
import { createSelection, createStream, readMissed } from '../live/stream.ts'
import { Problem } from '../problem.ts'
import { parseSearchText } from './search-query.ts'

const eventsQuery = z.object({
  q: searchText,
  tenant: z.string().min(1, 'Leave it out to see all.').optional().meta({
    description: 'Only what is about this tenant.',
    example: 'acme',
  }),
})

const eventsHeaders = z.object({
  'last-event-id': z.string().optional().meta({
    description: 'The id of the last exchange that was seen: those that came after it are told first.',
  }),
})

const description = `Server-sent events, each with JSON data. \`hello\` comes first; \`exchange\` for each request to
the SCIM listener that \`q\` finds; \`analysed\` with what was found out about them a moment later; \`cycle\` when a
run of a client begins or goes on; \`finding\` when a tenant has one that it didn't have; \`setup-step\` when a step
of a tenant's set-up is done; \`changed\` when something was changed from the console; \`gap\` when some were missed,
so that what is shown has to be loaded anew. With \`Last-Event-ID\` it goes on where a reader was. A reader who doesn't
keep up is dropped.`

/** What happens, as it happens. */
export const eventRoutes: FastifyPluginAsyncZod<ConsoleDeps & { readonly live: LiveHub }> = async (
  app,
  { journal, version, live },
) => {
  app.get(
    '/events',
    {
      // Asked with HEAD it would never end.
      exposeHeadRoute: false,
      schema: {
        operationId: 'watch',
        summary: 'Watch what happens',
        description: description.replaceAll('\n', ' '),
        tags: ['events'],
        querystring: eventsQuery,
        headers: eventsHeaders,
        response: {
          200: { description: 'The events.', content: { 'text/event-stream': { schema: z.string() } } },
          ...problemResponses(400, 503),
        },
      },
    },
    async ({ query, headers }, reply) => {
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
    },
  )
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
