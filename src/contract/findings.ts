import { z } from 'zod'
import { operation, timestamp } from './operation.ts'

export const severitySchema = z.enum(['error', 'warning', 'note'])

export type Severity = z.output<typeof severitySchema>

/** How certain it is that the real service behaves like that. */
export const basisSchema = z.enum(['documented', 'observed', 'inferred', 'assumed'])

export type Basis = z.output<typeof basisSchema>

/** The kind of client whose requests a finding is about. */
export const originSchema = z.enum(['provisioning', 'compliance', 'ad-hoc'])

export type FindingOrigin = z.output<typeof originSchema>

/** Entra ID's names for the reasons of a quarantine; `None` for a healthy job. */
export const quarantineReasonSchema = z.enum([
  'EncounteredQuarantineException',
  'EncounteredEscrowProportionThreshold',
  'EncounteredBaseEscrowThreshold',
  'EncounteredTotalEscrowThreshold',
  'TooManyDeletes',
  'None',
])

const findingGroupSchema = z
  .object({
    id: z.string().meta({
      description:
        'Stays the same from release to release; of what AWS would refuse it is the id of its rule.',
      example: 'client/no-external-id',
    }),
    severity: severitySchema,
    title: z.string().meta({ description: 'The finding in a few words.' }),
    reason: z.string().meta({ description: 'Why it matters.' }),
    remedy: z.string().meta({ description: 'What to change, and on which page of Entra.' }),
    source: z.string().optional().meta({ description: 'Where it is known from.' }),
    basis: basisSchema.optional().meta({ description: 'How surely it is known.' }),
    tenant: z.string().meta({ example: 'acme' }),
    origin: originSchema.meta({
      description:
        'Whose requests it was found in: those of a provisioning service, of the compliance suite, or of any other client. Only the first say anything about the provisioning job.',
    }),
    count: z.int().meta({ description: 'How often it was found.', example: 12 }),
    subjects: z.int().meta({ description: 'About how many it was found.', example: 4 }),
    first: timestamp("The first time, by the machine's clock."),
    last: timestamp("The last time, by the machine's clock."),
    evidence: z
      .array(
        z.object({
          exchange: z.string().meta({ description: 'The id of the exchange.' }),
          at: timestamp("By the machine's clock."),
          subject: z.string().optional().meta({ description: 'Whom it is about: a label, or an id.' }),
          detail: z.string().meta({ description: 'What was seen.' }),
        }),
      )
      .meta({ description: 'The newest five.' }),
  })
  .meta({ id: 'FindingGroup', description: 'Something that was found at a tenant, as often as it was.' })

export type FindingGroup = z.output<typeof findingGroupSchema>

const quarantineSchema = z
  .object({
    tenant: z.string().meta({ example: 'acme' }),
    status: z.enum(['healthy', 'at-risk', 'quarantined']),
    reason: quarantineReasonSchema.meta({
      description: "Entra ID's own word for why a job is quarantined; `None` when all is well.",
      example: 'EncounteredEscrowProportionThreshold',
    }),
    detail: z.string().meta({ description: 'In one sentence or two.' }),
  })
  .meta({
    id: 'Quarantine',
    description:
      'Whether Entra ID would quarantine the job of a tenant, by the requests of a client that speaks as Entra ID does.',
  })

export type Quarantine = z.output<typeof quarantineSchema>

const findingsSchema = z.object({
  items: z.array(findingGroupSchema),
  quarantine: z.array(quarantineSchema),
  waiting: z.int().meta({ description: 'How many exchanges are yet to be analysed.', example: 0 }),
})

export type Findings = z.output<typeof findingsSchema>

const findingsQuery = z.object({
  tenant: z.string().optional().meta({
    description: 'The id of the tenant; all are shown when it is left out.',
    example: 'acme',
  }),
})

export const operations = {
  listFindings: operation({
    method: 'GET',
    path: '/findings',
    summary: 'List what is odd about clients, and what would fail on AWS',
    description:
      'Waits up to two seconds until what was recorded before is analysed; `waiting` tells how much is not.',
    tags: ['findings'],
    query: findingsQuery,
    response: {
      status: 200,
      description: 'The findings, those that were found last first.',
      schema: findingsSchema,
    },
    problems: [404],
  }),
}
