import * as z from 'zod'
import { products } from '../../scim/recognition/products.ts'
import {
  describe,
  flag,
  isoTimestamp,
  read,
  returns,
  returnsNothing,
  text,
  timestamp,
  write,
} from './operation.ts'

const failureMapSchema = z
  .object({
    requests: z
      .int()
      .nonnegative()
      .meta({ description: 'The rejected requests that were read.', example: 40 }),
    rows: z
      .array(
        z.object({
          rule: text('The ID of the rule.', 'aws/text-characters'),
          cells: z
            .array(
              z.object({
                attribute: text(
                  'The path of the attribute; absent if the rule is not about single attributes.',
                  'displayName',
                ).optional(),
                count: z.int().positive().meta({ description: 'Rejected requests.', example: 12 }),
              }),
            )
            .meta({ description: 'The most frequent first.' }),
        }),
      )
      .meta({ description: 'The rule with the most rejected requests first.' }),
  })
  .meta({ id: 'FailureMap', description: 'Which rules rejected which attributes, and how often.' })

export type FailureMap = z.output<typeof failureMapSchema>

export const failureMapOperations = describe('findings', {
  getFailureMap: read(
    'GET /tenants/:tenant/failure-map',
    'Show which rules rejected which attributes',
    returns(failureMapSchema, 'The map.'),
    { description: 'Of the newest 200 requests that a rule rejected.', maxConcurrent: 2 },
  ),
})

const count = (description: string) => z.int().nonnegative().meta({ description, example: 26_000 })

export const analysisSchema = z
  .object({
    current: flag(
      'Whether the results are at most a few seconds old. If not, the `status` of jobs is `analyzing`, and cycles have no forecast.',
    ),
    waiting: count('The number of exchanges that are not analyzed yet, of all tenants.'),
    analyzed: count('The exchanges since `since` that are analyzed.'),
    total: count('The exchanges since `since`.'),
    since: timestamp("When no exchange waited last, by the machine's clock."),
    until: timestamp("All exchanges before this time are analyzed, by the machine's clock."),
    seconds: z.int().nonnegative().optional().meta({
      description:
        'About how many seconds it takes until no exchange waits. Absent while that is unknown, or more exchanges arrive than are analyzed.',
      example: 120,
    }),
    summary: text('The progress in words.', 'Analyzing 26,000 of 55,000 requests, ready in about 2 min.'),
  })
  .meta({ id: 'AnalysisProgress', description: 'The progress of the analysis of requests, for all tenants.' })

export type AnalysisProgress = z.input<typeof analysisSchema>

export const severitySchema = z.enum(['error', 'warning', 'note'])

export type Severity = z.output<typeof severitySchema>

export const basisSchema = z.enum(['documented', 'observed', 'inferred', 'assumed'])

export type Basis = z.output<typeof basisSchema>

export const originSchema = z.enum(['provisioning', 'compliance', 'ad-hoc'])

export type FindingOrigin = z.output<typeof originSchema>

export const productSchema = z.enum(products).meta({
  description:
    'The product whose console the remedy is about; absent if the remedy is the same for all clients.',
  example: 'okta',
})

/** Entra ID's names for the reasons of a quarantine; `None` for a healthy job. */
const quarantineReasonSchema = z.enum([
  'EncounteredQuarantineException',
  'EncounteredEscrowProportionThreshold',
  'EncounteredBaseEscrowThreshold',
  'EncounteredTotalEscrowThreshold',
  'TooManyDeletes',
  'None',
])

const findingMuteSchema = z
  .object({
    reason: z.string().meta({ example: 'Accepted until the migration in March.' }),
    by: text(
      'The name of the token or person; absent at a console that requires neither.',
      'Anna Bauer',
    ).optional(),
    at: isoTimestamp("By the machine's clock."),
  })
  .meta({ id: 'FindingMute', description: 'Who muted a finding, when and why.' })

export type FindingMute = z.output<typeof findingMuteSchema>

export const findingGroupSchema = z
  .object({
    id: text(
      'Stable across releases; for requests that AWS would reject, the ID of the rule.',
      'client/no-external-id',
    ),
    severity: severitySchema,
    title: text('The finding in a few words.'),
    headline: text(
      'What happened, and to how many; the title for a habit of the client. Absent in session files of earlier versions.',
      '3 users have no last name',
    ).optional(),
    reason: text('Why this is a problem.'),
    remedy: text(
      'How to fix it, in the console of the client that sent the newest request, if that is known.',
    ),
    product: productSchema.optional(),
    source: text('The source of the rule.').optional(),
    basis: basisSchema.optional().meta({ description: 'How certain the rule is.' }),
    tenant: z.string().meta({ example: 'acme' }),
    origin: originSchema.meta({
      description:
        'The client of the requests: a provisioning service, the compliance suite, or any other client. Only `provisioning` is about the provisioning job.',
    }),
    count: z.int().meta({ description: 'The number of requests.', example: 12 }),
    subjects: z.int().meta({ description: 'The number of objects.', example: 4 }),
    first: isoTimestamp("The first time, by the machine's clock."),
    last: isoTimestamp("The last time, by the machine's clock."),
    tenantLast: isoTimestamp(
      "The last time, by the tenant's clock at that time; absent in session files of earlier versions.",
    ).optional(),
    injected: z.literal(true).optional().meta({
      description:
        'A fault was injected into each of the requests, so they show no problem of the client. Absent otherwise.',
    }),
    trend: z
      .array(
        z.object({
          cycle: text('The ID of the cycle.'),
          started: isoTimestamp("The start of the cycle, by the machine's clock."),
          count: z.int().nonnegative().meta({ description: 'The number of requests.', example: 3 }),
        }),
      )
      .meta({
        description:
          'The newest cycles of such clients, at most 12, oldest first, each with the requests up to the start of the next one.',
      }),
    mute: findingMuteSchema.optional().meta({ description: 'Absent if the finding is not muted.' }),
    evidence: z
      .array(
        z.object({
          exchange: text('The ID of the exchange.'),
          at: isoTimestamp("By the machine's clock."),
          tenantTime: isoTimestamp(
            "By the tenant's clock at that time; absent in session files of earlier versions.",
          ).optional(),
          subject: text('The object: a label, or an ID.').optional(),
          detail: text('The observation.'),
        }),
      )
      .meta({ description: 'The newest five.' }),
  })
  .meta({ id: 'FindingGroup', description: 'A finding about a tenant, with its occurrences.' })

export type FindingGroup = z.output<typeof findingGroupSchema>

export const quarantineSchema = z
  .object({
    tenant: z.string().meta({ example: 'acme' }),
    status: z.enum(['healthy', 'at-risk', 'quarantined', 'analyzing']).meta({
      description: '`analyzing`: not known yet, because too many requests wait for the analysis.',
    }),
    reason: quarantineReasonSchema.meta({
      description: "Entra ID's reason for the quarantine; `None` for a healthy job.",
      example: 'EncounteredEscrowProportionThreshold',
    }),
    detail: text('The reason as text.'),
  })
  .meta({
    id: 'Quarantine',
    description: 'Whether Entra ID would quarantine the provisioning job of a tenant.',
  })

export type Quarantine = z.output<typeof quarantineSchema>

const findingsSchema = z.object({
  items: z.array(findingGroupSchema),
  quarantine: z.array(quarantineSchema),
  waiting: z.int().meta({ description: 'The number of exchanges that are not analyzed yet.', example: 0 }),
  analysis: analysisSchema,
})

export type Findings = z.input<typeof findingsSchema>

const findingsQuery = z.object({
  tenant: text('The ID of the tenant; all tenants if omitted.', 'acme').optional(),
})

const newMuteSchema = z.strictObject({
  reason: z
    .string('Expected a text that explains why the finding is muted.')
    .trim()
    .min(1, 'Enter the reason: it explains to others why the finding is muted.')
    .max(500, 'Must have at most 500 characters.')
    .meta({ example: 'Accepted until the migration in March.' }),
})

export const operations = describe('findings', {
  listFindings: read(
    'GET /findings',
    'List problems in the requests of clients, and what AWS would reject',
    returns(findingsSchema, 'The findings, most recent first.'),
    {
      description:
        'Waits up to two seconds for the analysis of earlier exchanges; `waiting` is the number that are not analyzed yet.',
      query: findingsQuery,
      also: [404],
    },
  ),
  muteFinding: write(
    'PUT /tenants/:tenant/muted-findings/:finding',
    'Mute a finding of a tenant',
    returns(findingMuteSchema, 'The finding is muted.'),
    {
      description:
        'The finding is still recorded, and listed with `mute`. It stays muted after a reset, whatever requests follow. Replaces an earlier reason.',
      body: newMuteSchema,
    },
  ),
  unmuteFinding: write(
    'DELETE /tenants/:tenant/muted-findings/:finding',
    'Unmute a finding of a tenant',
    returnsNothing('The finding is no longer muted.'),
  ),
})
