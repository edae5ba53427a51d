import * as z from 'zod'
import { cycleSchema } from './cycles.ts'
import { exchangeSchema, searchQuery } from './exchanges.ts'
import { originSchema, severitySchema } from './findings.ts'
import { changeSchema, describe, isoTimestamp, read, sends, text } from './operation.ts'
import { setupStepIdSchema } from './setup.ts'

const eventsQuery = searchQuery.omit({ from: true, until: true }).extend({
  tenant: z.string().min(1, 'Must not be empty; omit it for all tenants.').optional().meta({
    description: 'Only events of this tenant.',
    example: 'acme',
  }),
})

const eventsHeaders = z.object({
  'last-event-id': text('The ID of the last received exchange: later exchanges are sent first.').optional(),
})

const description = `Server-sent events with JSON data. \`hello\` comes first. \`exchange\`: a request to the SCIM
listener that the search matches. \`analyzed\`: the analysis of earlier exchanges. \`cycle\`: a cycle of a client starts or
continues. \`finding\`: a tenant has a new finding. \`setup-step\`: a step of the setup is complete. \`changed\`: data was
changed in the console. \`gap\`: events were lost, so reload. With \`Last-Event-ID\` the stream resumes. A client that reads
too slowly is disconnected.`

const eventSchemas = {
  hello: z.strictObject({ version: z.string(), at: isoTimestamp("The machine's time.") }),
  exchange: exchangeSchema,
  analyzed: z.strictObject({
    items: z.array(
      exchangeSchema.pick({
        id: true,
        client: true,
        recognized: true,
        dialect: true,
        cycle: true,
        findings: true,
        severity: true,
      }),
    ),
  }),
  cycle: cycleSchema,
  finding: z.strictObject({
    tenant: z.string(),
    exchange: z.string(),
    id: z.string(),
    subject: z.string().optional(),
    origin: originSchema,
    title: z.string(),
    severity: severitySchema,
  }),
  'setup-step': z.strictObject({ tenant: z.string(), step: setupStepIdSchema }),
  changed: z.strictObject({ what: changeSchema, tenant: z.string().optional() }),
  gap: z.strictObject({}),
}

export type LiveEventData = {
  [Name in keyof typeof eventSchemas]: z.output<(typeof eventSchemas)[Name]>
}

export const operations = describe('events', {
  streamEvents: read(
    'GET /events',
    'Stream events',
    sends({ 'text/event-stream': z.string() }, 'The events.'),
    {
      description: description.replaceAll('\n', ' '),
      query: eventsQuery,
      headers: eventsHeaders,
      also: [503],
    },
  ),
})
