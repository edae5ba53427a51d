import { z } from 'zod'
import { clientKindSchema, dialectSchema } from './exchanges.ts'
import { describe, isoTimestamp, pageQuery, pages, read, returns } from './operation.ts'
import { recognizedClientSchema } from './recognized-client.ts'

const requestCount = (description: string) => z.int().meta({ description, example: 3 })

const cycleKindSchema = z.enum(['cycle', 'on-demand', 'test-connection', 'compliance', 'ad-hoc'])

export type CycleKind = z.output<typeof cycleKindSchema>

export const cycleSchema = z
  .object({
    id: z.string(),
    tenant: z.string().meta({ example: 'acme' }),
    token: z.object({ id: z.string(), ending: z.string() }).optional(),
    kind: cycleKindSchema.meta({
      description:
        '`cycle`: a provisioning service at work. `on-demand`: Entra ID provisioned one user or group on demand; recognized if the client has had a cycle and the next one is not due yet. `test-connection`: connection tests only, as in a cycle without changes. `compliance`: the compliance suite. `ad-hoc`: requests of any other client, such as curl, a script or a load test.',
    }),
    client: clientKindSchema,
    userAgent: z.string().optional().meta({
      description:
        'The product name that the client sends. Absent for Entra ID, and if the client sends none.',
      example: 'curl',
    }),
    recognized: recognizedClientSchema.optional().meta({
      description: 'The product that its requests show. Absent without convincing evidence.',
    }),
    mark: z.string().optional().meta({
      description: 'For a compliance run: the mark in the names of all resources that it creates.',
      example: 'k3f9a',
    }),
    dialect: dialectSchema.optional().meta({
      description:
        "Which of Entra ID's two PATCH formats it uses; `other` for other clients. Absent while unknown.",
    }),
    started: isoTimestamp('The first request, in real time.'),
    tenantStarted: isoTimestamp("The first request, by the tenant's clock at that time."),
    last: isoTimestamp('The last request, in real time.'),
    tenantLast: isoTimestamp("The last request, by the tenant's clock at that time."),
    running: z.boolean().meta({
      description:
        'Whether its last request was less than five seconds ago by both clocks (two minutes after a look-up that found nothing, before a creation), and no later cycle of the client has started. If another request follows, it is running again.',
    }),
    requests: requestCount('A bulk request is one.'),
    created: requestCount('Resources that it has created.'),
    modified: requestCount('Requests that modified a resource, other than by disabling it.'),
    disabled: requestCount('Requests that disabled a resource.'),
    deleted: requestCount('Resources that it has deleted.'),
    failed: requestCount('Requests that failed.'),
    faults: requestCount('Requests with an injected fault; absent if there are none.').optional(),
    next: z
      .object({
        expected: isoTimestamp('The expected start of the next cycle, in real time.'),
        tenantExpected: isoTimestamp("The same by the tenant's clock."),
        overdue: z.boolean().meta({ description: "Whether the cycle is overdue by the tenant's clock." }),
      })
      .optional()
      .meta({
        description:
          "The forecast for the newest cycle of Entra ID for a tenant and token: from the interval of the last cycles by the tenant's clock, or from Entra ID's 40 minutes.",
      }),
  })
  .meta({ id: 'Cycle', description: 'A cycle of a client: requests that belong together.' })

export type Cycle = z.output<typeof cycleSchema>

const cyclesQuery = pageQuery.extend({
  tenant: z
    .string()
    .min(1, 'Must not be empty; omit it to list all.')
    .optional()
    .meta({ description: 'The ID of the tenant.', example: 'acme' }),
})

export const operations = describe('cycles', {
  listCycles: read(
    'GET /cycles',
    'List the cycles of clients',
    pages(cycleSchema, 'The cycles, newest first.', cyclesQuery),
    {
      description:
        "Requests of one client that belong together. A cycle starts with the connection test of Entra ID, or after five minutes of inactivity by the tenant's clock. Clients differ by tenant, token, User-Agent and product. Waits up to a second for the analysis of earlier exchanges.",
    },
  ),
  getCycle: read('GET /cycles/:id', 'Show a cycle of a client', returns(cycleSchema, 'The cycle.')),
})
