import * as z from 'zod'
import { cycleSchema } from './cycles.ts'
import { analysisSchema, quarantineSchema } from './findings.ts'
import { describe, isoTimestamp, pageQuery, pageSchema, read, returns, text, timestamp } from './operation.ts'
import { clockSchema, countsSchema } from './tenants.ts'
import { tokenSchema } from './tokens.ts'

const count = (description: string) => z.int().nonnegative().meta({ description, example: 3 })

const jobSchema = quarantineSchema
  .omit({ tenant: true })
  .extend({
    objects: count('Users and groups in recent requests of Entra ID.'),
    failing: count('Those whose last request failed.'),
    failingReferences: count('Groups and users whose last change of members or managers failed.'),
    threshold: z
      .object({ objects: count('Failing objects.'), share: z.number().meta({ example: 0.4 }) })
      .meta({
        description:
          'Entra ID quarantines a job if at least this many objects, and more than this share of all objects, fail.',
      }),
  })
  .meta({ id: 'Job', description: "The health of Entra ID's provisioning job." })

const failureSchema = z
  .object({
    exchange: text('The ID of the last failed exchange about the object.'),
    at: timestamp("By the machine's clock."),
    tenantTime: timestamp("By the tenant's clock."),
    status: z.int().meta({ example: 400 }),
    action: text('The request.', 'create user'),
    type: z.string().optional().meta({ example: 'User' }),
    label: text('The object: a label, or an ID.').optional(),
    id: text(
      'The ID of the object, if the request names it; an object that was never created has none.',
    ).optional(),
    attempts: count('The number of consecutive failures of the object.'),
    since: timestamp("The first of them, by the tenant's clock."),
    reason: text(
      'Why it failed: what is wrong with which value (backticks mark names of attributes), the injected fault, or the error message of the response.',
    ),
    finding: text('The finding that states the reason.', 'aws/no-control-characters').optional(),
  })
  .meta({ id: 'Failure', description: 'An object whose last request failed.' })

export type Failure = z.input<typeof failureSchema>

const overviewCycleSchema = cycleSchema
  .pick({
    id: true,
    kind: true,
    client: true,
    started: true,
    tenantStarted: true,
    tenantLast: true,
    requests: true,
    created: true,
    modified: true,
    disabled: true,
    deleted: true,
    failed: true,
    faults: true,
  })
  .extend({
    clockMoved: z.int().optional().meta({
      description:
        "How far the tenant's clock was moved since the start of the previous cycle, in milliseconds; absent if it was not.",
      example: 2_400_000,
    }),
  })
  .meta({ id: 'OverviewCycle', description: 'A cycle of a provisioning service.' })

export type OverviewCycle = z.input<typeof overviewCycleSchema>

const failedSchema = z
  .object({
    requests: z.int().nonnegative().meta({
      description: 'The number of failed SCIM requests to the tenant since `since`, at most 10,000.',
      example: 12,
    }),
    more: z.literal(true).optional().meta({ description: 'There may be more than `requests`.' }),
    since: timestamp("A day ago, by the machine's clock."),
    last: z
      .object({
        exchange: text('The ID of the exchange.'),
        at: timestamp("By the machine's clock."),
        tenantTime: timestamp("By the tenant's clock."),
        status: z.int().meta({ example: 400 }),
      })
      .optional()
      .meta({ description: 'The last one of them; absent if there is none.' }),
  })
  .meta({
    id: 'FailedRequests',
    description: 'The failed requests of the last day, from the journal: analyzed or not.',
  })

const headlinePartSchema = z
  .object({
    kind: z
      .enum([
        'never-connected',
        'no-cycle',
        'tested',
        'token-expired',
        'quarantined',
        'running',
        'first-cycle',
        'cycle',
        'idle',
        'nothing-failed',
        'nothing-new-failed',
        'failed-by-fault',
        'requests-failed',
        'failing',
        'near-quarantine',
        'token-expires',
        'faults-armed',
        'clock-ahead',
        'analyzing',
        'enter-address',
        'start-provisioning',
        'replace-token',
        'retries-daily',
        'no-schedule',
        'overdue',
        'next-cycle',
      ])
      .meta({ description: 'What the part is about.' }),
    tone: z.enum(['bad', 'warn', 'then']).optional().meta({ description: '`then`: what comes next.' }),
    joined: z.literal(true).optional().meta({ description: 'Part of the statement before it.' }),
    count: count('How many.').optional(),
    of: count('Of how many.').optional(),
    type: z.string().optional().meta({ description: 'The type of what fails.', example: 'User' }),
    refused: z.boolean().optional().meta({ description: 'Whether rules rejected what fails.' }),
    at: isoTimestamp("By the tenant's clock.").optional(),
    since: isoTimestamp("By the tenant's clock.").optional(),
    later: z.literal(true).optional().meta({ description: 'Some began to fail later than `since`.' }),
    milliseconds: z.int().optional().meta({ example: 2_040_000 }),
  })
  .meta({ id: 'HeadlinePart', description: 'A part of the sentence, as data.' })

export type HeadlinePart = z.output<typeof headlinePartSchema>

const headlineSchema = z
  .object({
    text: text(
      'The sentence; times are in UTC.',
      '203 changed at 09:15, nothing failed. Next cycle in 34 min.',
    ),
    parts: z.array(headlinePartSchema),
  })
  .meta({ id: 'Headline', description: 'Whether it worked, in one sentence.' })

const overviewSchema = z
  .object({
    tenant: z.string().meta({ example: 'acme' }),
    name: text('The name of the tenant.', 'default').optional(),
    headline: headlineSchema,
    clock: clockSchema,
    job: jobSchema.optional().meta({ description: 'Absent until Entra ID has sent a request.' }),
    newest: cycleSchema.optional().meta({
      description:
        'The newest cycle of a provisioning service, with the forecast of the next one if the analysis is current.',
    }),
    counts: countsSchema,
    inSync: count('Users and groups that are not deleted and whose last request did not fail.'),
    failures: z.array(failureSchema).meta({ description: 'The newest ten, newest first.' }),
    tokens: z.array(tokenSchema).meta({ description: 'The access tokens, in order of creation.' }),
    cycles: z.array(overviewCycleSchema).meta({
      description: 'The newest cycles of provisioning services, at most 60, oldest first.',
    }),
    analysis: analysisSchema.meta({
      description:
        'How far the analysis is. Unless it is current, everything but the counts, the tokens and `failed` is as of `until`.',
    }),
    failed: failedSchema,
    waiting: count('The number of exchanges that are not analyzed yet, of all tenants.'),
  })
  .meta({ id: 'Overview', description: 'The state of provisioning to a tenant.' })

export type Overview = z.input<typeof overviewSchema>

const failuresQuery = pageQuery.extend({
  type: z.string().optional().meta({ description: 'Only objects of this type.', example: 'User' }),
})

const failuresSchema = pageSchema(failureSchema).extend({
  total: count('How many there are in all.'),
  analysis: analysisSchema.meta({ description: 'How far the analysis is, on which the list depends.' }),
})

export const operations = describe('cycles', {
  listFailures: read(
    'GET /tenants/:tenant/failures',
    'List the objects whose last request failed',
    returns(failuresSchema, 'The objects, newest failure first.'),
    {
      description: 'Of the newest requests of Entra ID, also of objects that were never accepted.',
      query: failuresQuery,
    },
  ),
  getOverview: read(
    'GET /tenants/:tenant/overview',
    'Show the state of provisioning to a tenant',
    returns(overviewSchema, 'The overview.'),
    {
      description:
        'The health of the job, the newest cycles, what fails and why, and the access tokens. Cycles of other clients are left out: GET /api/v1/cycles lists all.',
    },
  ),
})
