import * as z from 'zod'
import { provisioningClients } from '../../scim/recognition/products.ts'
import { awsConnectionSchema } from './access-keys.ts'
import { basisSchema } from './findings.ts'
import { count, describe, flag, read, returns, text, timestamp, write } from './operation.ts'

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
  title: z.string().meta({ example: 'Connection test succeeds' }),
  done: z.boolean(),
  at: timestamp('The time of the first completion, in real time, if known.').optional(),
  tenantTime: timestamp("The same by the tenant's clock at that time.").optional(),
  exchange: text('The exchange that completed it, while the journal keeps it.').optional(),
  userAgent: text('The User-Agent of the client, if it sent one.').optional(),
  hint: text("What to do, in the terms of the client's console."),
})

export type SetupStep = z.input<typeof setupStepSchema>

const guideItemSchema = z.object({
  id: z.string().meta({ description: 'Stable across releases.', example: 'configuration' }),
  title: z.string().meta({ example: 'New configuration' }),
  text: text("What to do, in the terms of the client's console."),
  steps: z.array(setupStepIdSchema).meta({
    description: 'The steps that show that it was done; none if no request shows it.',
    example: ['contact', 'test-connection'],
  }),
})

const mappingLineSchema = z.object({
  source: text('An expression of Entra.', '[userPrincipalName]'),
  target: z.string().meta({ example: 'userName' }),
  matching: z.int().optional().meta({ description: 'Matching precedence, starting with 1.', example: 1 }),
  note: z.string().optional(),
})

export type MappingLine = z.output<typeof mappingLineSchema>

const attributeUseSchema = mappingLineSchema.partial({ source: true }).extend({
  recommended: flag('Whether it is in the mapping that was compared.'),
  sent: count('How many of the resources have it.', 48),
})

export type AttributeUse = z.output<typeof attributeUseSchema>

const resourceUseSchema = z.object({
  resources: count(
    'How many were read: the newest, at most 50, deleted ones that are retained included.',
    50,
  ),
  attributes: z.array(attributeUseSchema).meta({
    description: 'Those of the mapping in its order, then the others.',
  }),
})

const setupClientSchema = z.enum(provisioningClients)

const mappingUseSchema = z
  .object({
    client: setupClientSchema.meta({
      description: 'The client that is set up. Only Entra ID has a default mapping.',
      example: 'entra',
    }),
    users: resourceUseSchema,
    groups: resourceUseSchema,
  })
  .meta({ id: 'MappingUse', description: 'A mapping, compared with what arrived.' })

/** A provisioning schema has all attributes of both directories. */
const maxMappingBytes = 2 * 1024 * 1024

const comparedMappingSchema = z.strictObject({
  mapping: text(
    '`aws`, `non-gallery`, or the text of a mapping file or of a provisioning schema of Entra ID.',
    'aws',
  ),
})

export type MappingUse = z.output<typeof mappingUseSchema>

const clientQuery = z.object({
  client: setupClientSchema.optional().meta({
    description:
      'The client to set up. By default, the one that the tokens of the tenant belong to, or Entra ID.',
    example: 'okta',
  }),
})

const pitfallSchema = z.object({
  description: z.string(),
  source: z.string(),
  basis: basisSchema.meta({ description: 'How certain it is.' }),
})

const setupSchema = z
  .object({
    client: setupClientSchema.meta({ description: 'The client that is set up.', example: 'entra' }),
    place: text(
      'The page of its console, or where else the client is configured.',
      'Applications > AWS IAM Identity Center > Provisioning > Integration',
    ),
    urlField: text('The field for the URL.', 'Base URL'),
    tokenField: text('The field for the token.', 'API Token'),
    pitfalls: z.array(pitfallSchema).meta({ description: 'Limits and traps of the client at AWS.' }),
    endpoint: z.url().meta({
      description: 'The URL, in the form that the client expects.',
      example: 'http://127.0.0.1:8080/acme/scim/v2',
    }),
    tokenEndpoint: z.url().optional().meta({
      description: 'The Token Endpoint, for client credentials; absent for the profile `aws`.',
      example: 'http://127.0.0.1:8080/acme/oauth2/token',
    }),
    clients: z.array(z.object({ id: z.string(), name: z.string() })).meta({
      description: 'The clients of the token endpoint that authenticate with a secret: Client Identifier.',
    }),
    https: flag('Whether it uses HTTPS, which Entra ID requires.'),
    loopback: flag('Whether it is a localhost address.'),
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
    guide: z.array(guideItemSchema).meta({ description: 'What to do, in order.' }),
    formerly: text('The same in the earlier console of the client, if there is one.').optional(),
    steps: z.array(setupStepSchema).meta({ description: 'Those that the client completes, in order.' }),
    mapping: z
      .object({ users: z.array(mappingLineSchema), groups: z.array(mappingLineSchema) })
      .optional()
      .meta({ description: 'The default mapping of Entra ID for this endpoint; absent for other clients.' }),
  })
  .meta({ id: 'Setup', description: 'The progress of the provisioning setup.' })

export type Setup = z.input<typeof setupSchema>

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

export const operations = describe('setup', {
  getSetup: read(
    'GET /tenants/:tenant/setup',
    'Show the progress of the provisioning setup',
    returns(setupSchema, 'The connection details, and the steps.'),
    {
      description:
        'Steps complete automatically as requests of a provisioning service arrive, and stay complete until the tenant is reset. Requests of the console (the sample, replays), the compliance suite and other clients do not count.',
      query: clientQuery,
    },
  ),
  getMappingUse: read(
    'GET /tenants/:tenant/setup/mapping',
    'Compare the recommended mapping with what arrived',
    returns(mappingUseSchema, 'The attributes.'),
    {
      description:
        'Which attributes the newest users and groups of the tenant have, by the target paths of Entra ID. Names only, no values.',
      query: clientQuery,
      maxConcurrent: 2,
    },
  ),
  compareMapping: read(
    'POST /tenants/:tenant/setup/mapping',
    'Compare a mapping with what arrived',
    returns(mappingUseSchema, 'The attributes.'),
    {
      description:
        'As the operation without a body, with a mapping of your own: the provisioning schema that Entra ID downloads (Attribute mapping > Show advanced options > Review your schema here), or a mapping file. Nothing is stored.',
      body: comparedMappingSchema,
      bodyLimit: maxMappingBytes,
      maxConcurrent: 2,
      also: [429],
    },
  ),
  runSample: write(
    'POST /tenants/:tenant/sample',
    'Provision a sample directory',
    returns(sampleRunSchema, 'The result.'),
    {
      description:
        'Runs an initial cycle of Springfield, ten people and five groups, into the tenant with the requests that Entra ID would send. The journal records them like those of any client. A second run matches all existing users and groups; it adds the members again, because Entra ID never reads members.',
      changes: 'identities',
      also: [409],
    },
  ),
})
