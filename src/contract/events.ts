import { z } from 'zod'
import { searchText } from './exchanges.ts'
import { operation } from './operation.ts'

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

export const operations = {
  watch: operation({
    method: 'GET',
    path: '/events',
    summary: 'Watch what happens',
    description: description.replaceAll('\n', ' '),
    tags: ['events'],
    query: eventsQuery,
    headers: eventsHeaders,
    response: { status: 200, description: 'The events.', content: { 'text/event-stream': z.string() } },
    problems: [400, 503],
  }),
}
