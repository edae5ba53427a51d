import { z } from 'zod'
import { operation, tenantParams, timestamp } from './operation.ts'

/** The steps of a setup, in their order. */
export const setupStepIdSchema = z.enum([
  'token',
  'contact',
  'test-connection',
  'user',
  'group',
  'membership',
  'disabled',
  'deleted',
  'second-cycle',
  'no-failure',
])

export type SetupStepId = z.output<typeof setupStepIdSchema>

const setupStepSchema = z.object({
  id: setupStepIdSchema.meta({
    description: 'Stays the same from release to release.',
    example: 'test-connection',
  }),
  title: z.string().meta({ example: 'Test Connection succeeds' }),
  done: z.boolean(),
  at: timestamp(
    "When it was done for the first time, by the machine's clock, as far as that is known.",
  ).optional(),
  tenantTime: timestamp("The same by the tenant's clock as it was then.").optional(),
  exchange: z
    .string()
    .optional()
    .meta({ description: 'The exchange that showed it first, while the journal keeps it.' }),
  userAgent: z.string().optional().meta({ description: 'What the client called itself, if it did.' }),
  hint: z.string().meta({ description: "What to do, in the words of Microsoft's pages." }),
})

export type SetupStep = z.output<typeof setupStepSchema>

const mappingLineSchema = z.object({
  source: z.string().meta({ description: 'An expression of Entra.', example: '[userPrincipalName]' }),
  target: z.string().meta({ example: 'userName' }),
  matching: z.int().optional().meta({ description: 'Matching precedence; 1 is asked first.', example: 1 }),
  note: z.string().optional(),
})

export type MappingLine = z.output<typeof mappingLineSchema>

const setupSchema = z
  .object({
    endpoint: z.url().meta({
      description: 'The Tenant URL, as this server knows it.',
      example: 'http://127.0.0.1:8080/acme/scim/v2',
    }),
    https: z.boolean().meta({ description: 'Whether it speaks HTTPS, which Entra ID insists on.' }),
    loopback: z.boolean().meta({ description: 'Whether it leads to this machine alone.' }),
    steps: z.array(setupStepSchema).meta({ description: 'In the order in which they are done.' }),
    mapping: z
      .object({ users: z.array(mappingLineSchema), groups: z.array(mappingLineSchema) })
      .meta({ description: 'What Entra maps by default for such an endpoint.' }),
  })
  .meta({ id: 'Setup', description: 'How far the set-up of provisioning is, by what has been seen.' })

export type Setup = z.output<typeof setupSchema>

const sampleCount = (description: string, example: number) =>
  z.int().nonnegative().meta({ description, example })

const sampleRunSchema = z
  .object({
    requests: sampleCount('The requests that were sent.', 44),
    created: sampleCount('Those that created a user or a group.', 10),
    changed: sampleCount('Those that wrote to one, members included.', 12),
    failed: sampleCount('Those that were refused.', 0),
  })
  .meta({ id: 'SampleRun', description: 'What the requests of the sample came to.' })

export type SampleRun = z.output<typeof sampleRunSchema>

export const operations = {
  showSetup: operation({
    method: 'GET',
    path: '/tenants/:tenant/setup',
    summary: 'Show how far the set-up of provisioning is',
    description:
      "Each step is written down at its first evidence in the requests of a client that speaks as Entra ID does, and stays done until the tenant is reset. What the console sends itself (the sample, replays), the compliance suite and other clients don't count.",
    tags: ['setup'],
    params: tenantParams,
    response: { status: 200, description: 'The steps, and the mapping.', schema: setupSchema },
    problems: [404],
  }),
  runSample: operation({
    method: 'POST',
    path: '/tenants/:tenant/sample',
    summary: 'Provision a sample directory',
    description:
      'Runs an initial cycle of Springfield, ten people and five groups, into the tenant with the requests that Entra ID would send. They are in the journal like those of any client. A second run looks everybody up and finds them; members are added once more, for Entra never reads them back.',
    tags: ['setup'],
    params: tenantParams,
    response: { status: 200, description: 'What came of it.', schema: sampleRunSchema },
    problems: [404, 409],
    changes: 'identities',
  }),
}
