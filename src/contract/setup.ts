import { z } from 'zod'
import { awsConnectionSchema } from './access-keys.ts'
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

const setupStepSchema = z.object({
  id: setupStepIdSchema.meta({
    description: 'Stable across releases.',
    example: 'test-connection',
  }),
  title: z.string().meta({ example: 'Test Connection succeeds' }),
  done: z.boolean(),
  at: timestamp('The time of the first completion, in real time, if known.').optional(),
  tenantTime: timestamp("The same by the tenant's clock at that time.").optional(),
  exchange: z
    .string()
    .optional()
    .meta({ description: 'The exchange that completed it, while the journal keeps it.' }),
  userAgent: z.string().optional().meta({ description: 'The User-Agent of the client, if it sent one.' }),
  hint: z.string().meta({ description: "What to do, in the terms of Microsoft's pages." }),
})

export type SetupStep = z.output<typeof setupStepSchema>

const mappingLineSchema = z.object({
  source: z.string().meta({ description: 'An expression of Entra.', example: '[userPrincipalName]' }),
  target: z.string().meta({ example: 'userName' }),
  matching: z.int().optional().meta({ description: 'Matching precedence, starting with 1.', example: 1 }),
  note: z.string().optional(),
})

export type MappingLine = z.output<typeof mappingLineSchema>

const setupSchema = z
  .object({
    endpoint: z.url().meta({
      description: 'The Tenant URL.',
      example: 'http://127.0.0.1:8080/acme/scim/v2',
    }),
    tokenEndpoint: z.url().optional().meta({
      description: 'The Token Endpoint, for client credentials; absent for the profile `aws`.',
      example: 'http://127.0.0.1:8080/acme/oauth2/token',
    }),
    clients: z.array(z.object({ id: z.string(), name: z.string() })).meta({
      description: 'The clients of the token endpoint that authenticate with a secret: Client Identifier.',
    }),
    https: z.boolean().meta({ description: 'Whether it uses HTTPS, which Entra ID requires.' }),
    loopback: z.boolean().meta({ description: 'Whether it is a localhost address.' }),
    aws: awsConnectionSchema
      .extend({
        environment: z.record(z.string(), z.string()).meta({
          description:
            'Environment variables for AWS’s CLI and SDKs, with the ID of the newest access key. Its secret is shown only when it is created.',
          example: { AWS_ENDPOINT_URL: 'http://127.0.0.1:8082', AWS_REGION: 'us-east-1' },
        }),
      })
      .optional()
      .meta({ description: 'The AWS APIs over the same directory; absent for profiles other than `aws`.' }),
    steps: z.array(setupStepSchema).meta({ description: 'In order.' }),
    mapping: z
      .object({ users: z.array(mappingLineSchema), groups: z.array(mappingLineSchema) })
      .meta({ description: 'The default mapping of Entra ID for this endpoint.' }),
  })
  .meta({ id: 'Setup', description: 'The progress of the provisioning setup.' })

export type Setup = z.output<typeof setupSchema>

const sampleCount = (description: string, example: number) =>
  z.int().nonnegative().meta({ description, example })

const sampleRunSchema = z
  .object({
    requests: sampleCount('The sent requests.', 44),
    created: sampleCount('Requests that created a user or a group.', 10),
    modified: sampleCount('Requests that modified a user or a group, including members.', 12),
    failed: sampleCount('Requests that failed.', 0),
  })
  .meta({ id: 'SampleRun', description: 'The result of the sample.' })

export type SampleRun = z.output<typeof sampleRunSchema>

export const operations = {
  getSetup: operation({
    method: 'GET',
    path: '/tenants/:tenant/setup',
    needs: 'read',
    summary: 'Show the progress of the provisioning setup',
    description:
      'Steps complete automatically as requests from Entra ID arrive, and stay complete until the tenant is reset. Requests of the console (the sample, replays), the compliance suite and other clients do not count.',
    tags: ['setup'],
    params: tenantParams,
    response: { status: 200, description: 'The steps, and the mapping.', schema: setupSchema },
    problems: [404],
  }),
  runSample: operation({
    method: 'POST',
    path: '/tenants/:tenant/sample',
    needs: 'write',
    summary: 'Provision a sample directory',
    description:
      'Runs an initial cycle of Springfield, ten people and five groups, into the tenant with the requests that Entra ID would send. The journal records them like those of any client. A second run matches all existing users and groups; it adds the members again, because Entra ID never reads members.',
    tags: ['setup'],
    params: tenantParams,
    response: { status: 200, description: 'The result.', schema: sampleRunSchema },
    problems: [404, 409],
    changes: 'identities',
  }),
}
