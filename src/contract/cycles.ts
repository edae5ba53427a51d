import { z } from 'zod'
import { clientKindSchema, dialectSchema } from './exchanges.ts'
import { operation, pageQuery, pageSchema, timestamp } from './operation.ts'

const requestCount = (description: string) => z.int().meta({ description, example: 3 })

export const cycleKindSchema = z.enum(['cycle', 'test-connection', 'compliance', 'ad-hoc'])

export type CycleKind = z.output<typeof cycleKindSchema>

export const cycleSchema = z
  .object({
    id: z.string(),
    tenant: z.string().meta({ example: 'acme' }),
    token: z.object({ id: z.string(), ending: z.string() }).optional(),
    kind: cycleKindSchema.meta({
      description:
        '`cycle`: a provisioning service is at work. `test-connection`: it sends probes and nothing else, as in a cycle in which nothing had changed. `compliance`: the compliance suite. `ad-hoc`: requests of any other client, such as curl, a script or a load test.',
    }),
    client: clientKindSchema,
    userAgent: z.string().optional().meta({
      description: 'The product name that the client sends. Absent for Entra ID, and where none is sent.',
      example: 'curl',
    }),
    mark: z.string().optional().meta({
      description: 'Of a compliance run: everything that it creates has this in its name.',
      example: 'k3f9a',
    }),
    dialect: dialectSchema.optional().meta({
      description:
        "Which of Entra ID's two ways of writing PATCH it speaks; `other` for a client that isn't Entra ID. Absent as long as nothing tells.",
    }),
    started: timestamp("The first request, by the machine's clock."),
    tenantStarted: timestamp("The first request, by the tenant's clock as it was then."),
    last: timestamp("The last request, by the machine's clock."),
    tenantLast: timestamp("The last request, by the tenant's clock as it was then."),
    running: z.boolean().meta({
      description:
        'Whether its last request is less than two minutes ago, by both clocks, and no later cycle of the same client has begun.',
    }),
    requests: requestCount('A bulk request is one.'),
    created: requestCount('Resources that it has created.'),
    changed: requestCount('Requests that changed a resource, other than by disabling it.'),
    disabled: requestCount('Requests that disabled a resource.'),
    deleted: requestCount('Resources that it has deleted.'),
    failed: requestCount('Requests that were answered with an error.'),
    next: z
      .object({
        expected: timestamp("When the next cycle should begin, by the machine's clock."),
        tenantExpected: timestamp("The same by the tenant's clock."),
        overdue: z.boolean().meta({ description: "Whether that is long past by the tenant's clock." }),
      })
      .optional()
      .meta({
        description:
          "Of the newest cycle of Entra ID for a tenant and token. By the time between the last ones by the tenant's clock, or by the 40 minutes of Entra ID.",
      }),
  })
  .meta({ id: 'Cycle', description: 'A run of a client: requests that belong together.' })

export type Cycle = z.output<typeof cycleSchema>

const cyclesQuery = pageQuery.extend({
  tenant: z
    .string()
    .min(1, 'Leave it out to see all.')
    .optional()
    .meta({ description: 'The id of the tenant.', example: 'acme' }),
})

export const operations = {
  listCycles: operation({
    method: 'GET',
    path: '/cycles',
    summary: 'List the runs of clients',
    description:
      "Requests of one client that belong together: from the probes that Entra ID begins with, or after five minutes of silence by the tenant's clock. Clients are told apart by tenant, token and User-Agent. Waits up to a second until what was recorded before is analysed.",
    tags: ['cycles'],
    query: cyclesQuery,
    response: { status: 200, description: 'The cycles, newest first.', schema: pageSchema(cycleSchema) },
    problems: [400],
  }),
  showCycle: operation({
    method: 'GET',
    path: '/cycles/:id',
    summary: 'Show a run of a client',
    tags: ['cycles'],
    params: z.object({ id: z.string().meta({ description: 'The id of the cycle.' }) }),
    response: { status: 200, description: 'The cycle.', schema: cycleSchema },
    problems: [404],
  }),
}
