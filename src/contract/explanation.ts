import { z } from 'zod'
import { exchangeParams } from './exchanges.ts'
import { basisSchema, severitySchema } from './findings.ts'
import { differenceSchema, relatedSchema } from './identities.ts'
import { operation } from './operation.ts'
import { profileNameSchema } from './tenants.ts'

const outcomeSchema = z.enum(['changed', 'no-effect', 'refused', 'not-reached']).meta({
  description:
    '`not-reached`: an operation before it was refused, or the request as a whole. What is `changed` was taken back where an operation behind it was refused.',
})

const explainedOperationSchema = z.object({
  index: z.int().meta({ description: 'Its place among the `Operations`, counted from 0.' }),
  op: z.string().meta({ example: 'replace' }),
  path: z.string().optional().meta({ example: 'name.givenName' }),
  value: z.unknown().optional().meta({ description: 'As it was sent.' }),
  outcome: outcomeSchema,
  summary: z.string().meta({ description: 'The outcome in a sentence.', example: 'Changed name.givenName.' }),
  differences: z.array(differenceSchema),
})

export type ExplainedOperation = z.output<typeof explainedOperationSchema>

const version = z.int().optional()
const document = z
  .record(z.string(), z.unknown())
  .optional()
  .meta({ description: 'The SCIM resource, without `meta` and without members or groups.' })
const changedResourceSchema = z.object({
  type: z.string().meta({ example: 'User' }),
  id: z.string(),
  label: z.string().meta({ example: 'anna@example.com' }),
  versions: z.object({ before: version, after: version }).meta({
    description: 'None before what was created, none after what was deleted.',
  }),
  before: document,
  after: document,
  differences: z.array(differenceSchema),
  memberships: z
    .array(z.object({ event: z.enum(['added', 'removed']), group: relatedSchema, member: relatedSchema }))
    .meta({ description: 'Memberships that it gained or lost, as the group or as the member.' }),
})

export type ChangedResource = z.output<typeof changedResourceSchema>

const evaluationSchema = z
  .object({
    profile: z.enum(profileNameSchema.options),
    own: z.boolean().meta({ description: 'Whether it is the profile that answered.' }),
    accepted: z.boolean(),
    status: z.int().meta({ example: 400 }),
    scimType: z.string().optional(),
    detail: z.string().optional().meta({ description: 'The text that it would have answered with.' }),
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
      .meta({ description: 'Every rule of the profile that the request breaks; the first one refuses it.' }),
  })
  .meta({ id: 'Verdict', description: 'What a profile would have answered to the request.' })

export type Evaluation = z.output<typeof evaluationSchema>

const findingSchema = z.object({
  id: z.string().meta({ example: 'client/no-external-id' }),
  severity: severitySchema,
  title: z.string(),
  reason: z.string().meta({ description: 'Why it matters.' }),
  remedy: z.string().meta({ description: 'What to change, and where.' }),
  source: z.string().optional(),
  basis: basisSchema.optional(),
  subject: z.string().optional().meta({ description: 'Whom it is about.' }),
  detail: z.string().meta({ description: 'What was seen.' }),
})

/** Something found in one exchange. */
export type Finding = z.output<typeof findingSchema>

const explanationSchema = z
  .object({
    operations: z.array(explainedOperationSchema).meta({ description: 'Of a PATCH; otherwise empty.' }),
    resources: z.array(changedResourceSchema).meta({
      description:
        'What it changed, the one that it was about first; of a bulk request, what all of it changed.',
    }),
    evaluations: z.array(evaluationSchema),
    notEvaluated: z.string().optional().meta({
      description: 'Why there are no verdicts, as the end of a sentence.',
      example: 'its token was not accepted, and nobody looked further',
    }),
    findings: z.array(findingSchema),
  })
  .meta({
    id: 'Explanation',
    description: 'What became of a request, and what other services would have said to it.',
  })

export type Explanation = z.output<typeof explanationSchema>

export const operations = {
  explainExchange: operation({
    method: 'GET',
    path: '/exchanges/:id/explanation',
    summary: 'Tell what a request changed, and what other services would have answered',
    tags: ['exchanges'],
    params: exchangeParams,
    response: { status: 200, description: 'The explanation.', schema: explanationSchema },
    problems: [404],
  }),
}
