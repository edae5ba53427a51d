import * as z from 'zod'
import { basisSchema, productSchema, severitySchema } from './findings.ts'
import { differenceSchema, namesSchema, relatedResourceSchema } from './identities.ts'
import { describe, flag, read, returns, text } from './operation.ts'
import { profileNameSchema } from './tenants.ts'

const outcomeSchema = z.enum(['changed', 'no-effect', 'rejected', 'not-reached']).meta({
  description:
    '`not-reached`: an earlier operation or the whole request was rejected. A `changed` operation is undone if a later operation is rejected.',
})

const explainedOperationSchema = z.object({
  index: z.int().meta({ description: 'Its index in `Operations`, from 0.' }),
  op: z.string().meta({ example: 'replace' }),
  path: z.string().optional().meta({ example: 'name.givenName' }),
  value: z.unknown().optional().meta({ description: 'As it was sent.' }),
  outcome: outcomeSchema,
  summary: text('The outcome as text.', 'Changed name.givenName.'),
  differences: z.array(differenceSchema),
})

export type ExplainedOperation = z.output<typeof explainedOperationSchema>

const revision = z.int().optional()
const document = z
  .record(z.string(), z.unknown())
  .optional()
  .meta({ description: 'The SCIM resource, without `meta` and without members or groups.' })
const changedResourceSchema = z.object({
  type: z.string().meta({ example: 'User' }),
  id: z.string(),
  label: z.string().meta({ example: 'anna@example.com' }),
  revisions: z.object({ before: revision, after: revision }).meta({
    description: '`before` is absent for created resources, `after` for deleted ones.',
  }),
  before: document,
  after: document,
  differences: z.array(differenceSchema),
  memberships: z
    .array(
      z.object({
        event: z.enum(['added', 'removed']),
        group: relatedResourceSchema,
        member: relatedResourceSchema,
      }),
    )
    .meta({ description: 'Added and removed memberships, as the group or as the member.' }),
})

export type ChangedResource = z.output<typeof changedResourceSchema>

const evaluationSchema = z
  .object({
    profile: z.enum(profileNameSchema.options),
    isTenantProfile: flag('Whether it is the profile of the tenant.'),
    accepted: z.boolean(),
    status: z.int().meta({ example: 400 }),
    scimType: z.string().optional(),
    detail: text('The detail of its error response.').optional(),
    rules: z
      .array(
        z.object({
          id: z.string(),
          description: z.string(),
          source: z.string(),
          basis: basisSchema,
          detail: z.string(),
        }),
      )
      .meta({ description: 'All rules of the profile that the request violates; the first one rejects it.' }),
  })
  .meta({ id: 'Evaluation', description: 'How a profile evaluates the request.' })

export type Evaluation = z.output<typeof evaluationSchema>

const findingSchema = z.object({
  id: z.string().meta({ example: 'client/no-external-id' }),
  severity: severitySchema,
  title: z.string(),
  reason: text('Why this is a problem.'),
  remedy: text('How to fix it, in the console of the client, if that is known.'),
  product: productSchema.optional(),
  source: z.string().optional(),
  basis: basisSchema.optional(),
  subject: text('The object.').optional(),
  detail: text('The observation.'),
})

export type Finding = z.output<typeof findingSchema>

const rejectedAttributeSchema = z.object({
  path: z.string().meta({ example: 'displayName' }),
  kind: z
    .enum(['missing', 'empty', 'too-long', 'characters', 'too-many', 'reserved', 'unsupported', 'taken'])
    .meta({
      description:
        'What is wrong with it. `characters`: it contains characters that are not allowed. `taken`: another resource has the value.',
      example: 'characters',
    }),
  maximum: z.int().optional().meta({ description: 'The maximum length of a value that is too long.' }),
  characters: z
    .array(z.string())
    .optional()
    .meta({ description: 'The code points of the characters that are not allowed.', example: ['U+0007'] }),
  value: text('The rejected value, up to 200 characters.').optional(),
  pointers: z
    .array(z.string())
    .meta({ description: 'The places of the rejected values in the body, as JSON pointers (RFC 6901).' }),
  remedy: text('How to avoid it. For Entra ID, by its default attribute mapping.'),
  fix: z
    .object({
      target: z.string().meta({ example: 'displayName' }),
      source: z.string().meta({ example: 'Mid([displayName], 1, 1024)' }),
    })
    .optional()
    .meta({ description: 'A line of Entra ID’s attribute mapping that avoids it.' }),
})

export type RejectedAttribute = z.output<typeof rejectedAttributeSchema>

const rejectionSchema = z
  .object({
    profile: z.enum(profileNameSchema.options),
    isTenantProfile: flag(
      'Whether it is the profile of the tenant. If not, the tenant accepted the request.',
    ),
    summary: text(
      'What is wrong with which value. Backticks mark names of attributes.',
      'AWS rejected this user: `displayName` contains a control character (U+0007).',
    ),
    rule: text('The ID of the rule.', 'aws/text-characters').optional(),
    remedy: text('How to follow the rule.').optional(),
    attributes: z
      .array(rejectedAttributeSchema)
      .meta({ description: 'The attributes that cause it; empty if it is not about single attributes.' }),
  })
  .meta({ id: 'Rejection', description: 'Why the tenant rejected a request, or why AWS would reject it.' })

export type Rejection = z.output<typeof rejectionSchema>

const explanationSchema = z
  .object({
    operations: z
      .array(explainedOperationSchema)
      .meta({ description: 'The operations of a PATCH; empty for other requests.' }),
    resources: z.array(changedResourceSchema).meta({
      description:
        'The changed resources, the addressed one first; for a bulk request, those of all its operations.',
    }),
    rejection: rejectionSchema.optional(),
    evaluations: z.array(evaluationSchema),
    notEvaluated: text(
      'Why there are no evaluations, as the end of a sentence.',
      'its token was rejected, so the request was not processed',
    ).optional(),
    findings: z.array(findingSchema),
    names: namesSchema,
  })
  .meta({
    id: 'Explanation',
    description: 'What a request changed, and how other profiles evaluate it.',
  })

export type Explanation = z.output<typeof explanationSchema>

/** Each needs some look-ups. */
export const maxOutcomes = 40

const outcomesSchema = z
  .object({
    items: z
      .array(
        z.object({
          exchange: text('The ID of the exchange.'),
          reason: text(
            'What is wrong with which value of a rejected request. Backticks mark names of attributes.',
            '`displayName` contains a control character (U+0007).',
          ).optional(),
          differences: z.array(differenceSchema).meta({ description: 'What changed in its resource.' }),
          memberships: changedResourceSchema.shape.memberships,
        }),
      )
      .meta({ description: 'Of those that changed something, or were rejected for their content.' }),
    names: namesSchema,
  })
  .meta({ id: 'Outcomes', description: 'What requests changed, or why they were rejected.' })

export type Outcomes = z.output<typeof outcomesSchema>
export type Outcome = Outcomes['items'][number]

export const operations = describe('exchanges', {
  listOutcomes: read(
    'GET /exchanges/outcomes',
    'Show what requests changed, or why they were rejected',
    returns(outcomesSchema, 'The outcomes.'),
    {
      description: 'A line of each explanation, for a list of requests.',
      query: z.object({
        ids: z
          .string()
          .min(1, 'Enter the IDs of requests, separated by commas.')
          .max(4000, `Enter at most ${maxOutcomes} IDs.`)
          .meta({ description: `IDs of at most ${maxOutcomes} exchanges, separated by commas.` }),
      }),
      maxConcurrent: 4,
    },
  ),
  explainExchange: read(
    'GET /exchanges/:id/explanation',
    'Show what a request changed, and how other profiles evaluate it',
    returns(explanationSchema, 'The explanation.'),
  ),
})
