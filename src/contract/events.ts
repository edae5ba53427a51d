import { z } from 'zod'
import { cycleSchema } from './cycles.ts'
import { exchangeSchema, searchText } from './exchanges.ts'
import { originSchema, severitySchema } from './findings.ts'
import { changeSchema, operation, timestamp } from './operation.ts'
import { setupStepIdSchema } from './setup.ts'

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

/** The data of each event, by the name of the event. */
export const eventSchemas = {
  hello: z.strictObject({ version: z.string(), at: timestamp("The machine's time.") }),
  exchange: exchangeSchema,
  /** The analysis of exchanges that were sent before. */
  analyzed: z.strictObject({
    items: z.array(
      exchangeSchema.pick({
        id: true,
        client: true,
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
    /** The id of the exchange. */
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
