import * as z from 'zod'
import { severitySchema } from './findings.ts'
import { describe, flag, read, returns, text, timestamp } from './operation.ts'
import { profileNameSchema } from './tenants.ts'

const count = z.int().nonnegative()

export const namedMappings = ['aws', 'non-gallery'] as const

const scopeSchema = z.enum(['assigned', 'all']).meta({
  description:
    'Which users and groups are provisioned. Without it: the assigned ones if the files have assignments, otherwise all.',
})

export const filesSchema = (description: string) =>
  z
    .array(
      z.strictObject({
        name: text('The file name.', 'users.json'),
        text: text('The content of the file.'),
      }),
    )
    .min(1, 'Send at least one file.')
    .max(1000, 'Send at most 1000 files.')
    .meta({ description })

const requestSchema = z.strictObject({
  files: filesSchema(
    'Users, groups and memberships: responses of Microsoft Graph, CSV files of the Microsoft Entra admin center, or a directory in the format of the simulator.',
  ),
  mapping: text(
    '`aws`, `non-gallery`, or the text of a mapping file or of a provisioning schema of Entra ID. The default is the mapping of the application that the profile belongs to.',
    'aws',
  ).optional(),
  profile: profileNameSchema.optional().meta({
    description: 'The service provider. The default is the tenant’s, with its switches and types.',
  }),
  scope: scopeSchema.optional(),
  memberBatchSize: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .meta({ description: 'Members per request. Entra ID sends 1.', example: 1 }),
})

export type PreflightInput = z.output<typeof requestSchema>

const countsSchema = z.object({
  read: count.meta({ description: 'In the files.' }),
  accepted: count.meta({ description: 'Provisioned without an error.' }),
  incomplete: count.meta({ description: 'Created, but a manager or a member is rejected.' }),
  rejected: count.meta({ description: 'Not created.' }),
  skipped: count.meta({ description: 'In scope but not created, such as disabled users.' }),
  notReached: count.meta({ description: 'In scope, but the job stops before.' }),
  outOfScope: count,
})

export type PreflightCounts = z.output<typeof countsSchema>

const typeSchema = z.enum(['User', 'Group'])

const stepSchema = z.enum(['probe', 'match', 'create', 'update', 'manager', 'members']).meta({
  description:
    'The request that fails: the connection test, the search before a create, the create, or a change.',
})

const causeFields = {
  type: typeSchema,
  step: stepSchema,
  rule: text(
    'The rule of the profile; for other errors `scim/` and the reason, or `entra/` and the error code of the provisioning log.',
    'aws/text-length',
  ),
  attribute: text('The SCIM attribute, as the mapping names it.', 'title').optional(),
  source: text('The source of the attribute in the mapping.', '[jobTitle]').optional(),
  remedy: text('What to change, and where.'),
  fix: z
    .object({
      target: z.string().meta({ example: 'title' }),
      source: z.string().meta({ example: 'Mid([jobTitle], 1, 1024)' }),
    })
    .optional()
    .meta({ description: 'A line of the mapping that avoids the error.' }),
}

const causeSchema = z.object({
  ...causeFields,
  description: text('The rule, or the error.'),
  count: count.meta({ description: 'The number of users or groups.' }),
})

export type PreflightCause = z.output<typeof causeSchema>

const failureSchema = z.object({
  ...causeFields,
  objectId: z.string(),
  name: text('The user principal name, or the name of the group.'),
  value: text('The value, shortened; the rejected member or manager by name.', 'Anna').optional(),
  detail: text('The error text of the service provider or of Entra ID.'),
  rejects: flag('Whether this error rejects the request. The others would once it is fixed.'),
})

export type PreflightFailure = z.output<typeof failureSchema>

const noteSchema = z.object({
  id: z.string().meta({ example: 'nested-groups' }),
  severity: severitySchema,
  title: z.string(),
  detail: z.string(),
  remedy: z.string().optional(),
  count: count.meta({ description: 'The number of objects.' }),
  objects: z.array(z.string()).meta({ description: 'The first objects, by name.' }),
})

export type PreflightNote = z.output<typeof noteSchema>

const limitSchema = z.object({
  id: z.string().meta({ example: 'users' }),
  title: z.string().meta({ example: 'Users' }),
  value: z.number().meta({ description: 'The value of this directory.', example: 2000 }),
  maximum: z.number().meta({ example: 100_000 }),
  exceeded: z.boolean(),
})

const durationSchema = z.object({
  requestsPerSecond: z.number().meta({ description: 'The pace of Entra ID.', example: 25 }),
  seconds: z.number().meta({ description: 'The cycle at this pace.', example: 420 }),
  estimate: z
    .object({ leastSeconds: z.number(), mostSeconds: z.number() })
    .meta({ description: 'Microsoft’s estimate for the users, groups and memberships in scope.' }),
  throttle: z
    .object({
      readsPerSecond: z.number(),
      writesPerSecond: z.number(),
      seconds: z.number().meta({ description: 'The shortest time for the requests within the limits.' }),
      exceeded: flag('Whether the pace of Entra ID exceeds a limit.'),
    })
    .meta({ description: 'The rate limits of the service provider.' }),
})

const preflightSchema = z
  .object({
    profile: z.enum(profileNameSchema.options),
    mapping: z.enum([...namedMappings, 'file']),
    scope: scopeSchema,
    users: countsSchema,
    groups: countsSchema,
    memberships: count.meta({ description: 'Members of groups in scope that are in scope themselves.' }),
    causes: z
      .array(causeSchema)
      .meta({ description: 'The failures by rule and attribute, most frequent first.' }),
    failures: z.array(failureSchema).meta({ description: 'In the order in which they occur.' }),
    failuresOmitted: count.meta({ description: 'Failures beyond the list.' }),
    notes: z.array(noteSchema),
    cycle: z
      .object({ requests: count, reads: count, writes: count })
      .meta({ description: 'The requests of the first cycle.' }),
    duration: durationSchema,
    limits: z.array(limitSchema),
    quarantine: z
      .object({ reason: z.string(), detail: z.string() })
      .optional()
      .meta({ description: 'Why the first cycle would put the job into quarantine.' }),
    token: z
      .object({ expires: timestamp('When the token that expires last does.'), outlasted: z.boolean() })
      .optional()
      .meta({ description: 'The tenant’s access token, and whether it expires before the cycle can end.' }),
    warnings: z
      .array(z.string())
      .meta({ description: 'What was ignored or assumed when the files were read.' }),
  })
  .meta({ id: 'Preflight', description: 'What a first provisioning cycle would do.' })

export type Preflight = z.input<typeof preflightSchema>

const maxFileBytes = 32 * 1024 * 1024

export const operations = describe('setup', {
  preflight: read(
    'POST /tenants/:tenant/preflight',
    'Check a directory before it is provisioned',
    returns(preflightSchema, 'The result.'),
    {
      description:
        'Runs the first provisioning cycle of Entra ID in memory, against an empty directory with the rules of the profile. Nothing is changed, and the files are not stored. The limit is 32 MiB.',
      body: requestSchema,
      bodyLimit: maxFileBytes,
      unparsedBody: true,
      maxConcurrent: 1,
      also: [429],
    },
  ),
})
