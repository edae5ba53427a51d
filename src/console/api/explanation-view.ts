import { z } from 'zod'
import { findingKindOf } from '../../analysis/diagnose/diagnose.ts'
import type {
  ExplainedOperation,
  ExplainedResource,
  Explanation,
} from '../../analysis/explain/explanation.ts'
import type { Finding } from '../../analysis/finding.ts'
import type { Verdict } from '../../analysis/verdict.ts'
import { differenceSchema, viewDifference } from './difference-view.ts'
import { relatedSchema, viewRelated } from './identity-view.ts'

const outcome = z.enum(['changed', 'no-effect', 'refused', 'not-reached']).meta({
  description:
    '`not-reached`: an operation before it was refused, or the request as a whole. What is `changed` was taken back where an operation behind it was refused.',
})

const operationSchema = z.object({
  index: z.int().meta({ description: 'Its place among the `Operations`, counted from 0.' }),
  op: z.string().meta({ example: 'replace' }),
  path: z.string().optional().meta({ example: 'name.givenName' }),
  value: z.unknown().optional().meta({ description: 'As it was sent.' }),
  outcome,
  words: z.string().meta({ description: 'The outcome in a sentence.', example: 'Changed name.givenName.' }),
  differences: z.array(differenceSchema),
})

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

const basis = z.enum(['documented', 'observed', 'inferred', 'assumed'])

const verdictSchema = z
  .object({
    profile: z.enum(['aws', 'entra', 'rfc']),
    own: z.boolean().meta({ description: 'Whether it is the profile that answered.' }),
    accepted: z.boolean(),
    status: z.int().meta({ example: 400 }),
    scimType: z.string().optional(),
    detail: z.string().optional().meta({ description: 'The text that it would have answered with.' }),
    rules: z
      .array(z.object({ id: z.string(), says: z.string(), source: z.string(), basis, detail: z.string() }))
      .meta({ description: 'Every rule of the profile that the request breaks; the first one refuses it.' }),
  })
  .meta({ id: 'Verdict', description: 'What a profile would have answered to the request.' })

const findingSchema = z.object({
  id: z.string().meta({ example: 'client/no-external-id' }),
  severity: z.enum(['error', 'warning', 'note']),
  title: z.string(),
  reason: z.string().meta({ description: 'Why it matters.' }),
  mend: z.string().meta({ description: 'What to change, and where.' }),
  source: z.string().optional(),
  basis: basis.optional(),
  subject: z.string().optional().meta({ description: 'Whom it is about.' }),
  detail: z.string().meta({ description: 'What was seen.' }),
})

export const explanationSchema = z
  .object({
    operations: z.array(operationSchema).meta({ description: 'Of a PATCH; otherwise empty.' }),
    resources: z.array(changedResourceSchema).meta({
      description:
        'What it changed, the one that it was about first; of a bulk request, what all of it changed.',
    }),
    verdicts: z.array(verdictSchema),
    unjudged: z.string().optional().meta({
      description: 'Why there are no verdicts, as the end of a sentence.',
      example: 'its token was not accepted, and nobody looked further',
    }),
    findings: z.array(findingSchema),
  })
  .meta({
    id: 'Explanation',
    description: 'What became of a request, and what other services would have said to it.',
  })

const viewOperation = ({
  differences,
  ...operation
}: ExplainedOperation): z.output<typeof operationSchema> => ({
  ...operation,
  differences: differences.map(viewDifference),
})

const viewResource = (resource: ExplainedResource): z.output<typeof changedResourceSchema> => ({
  ...resource,
  versions: { ...resource.versions },
  differences: resource.differences.map(viewDifference),
  memberships: resource.memberships.map(({ event, group, member }) => ({
    event,
    group: viewRelated(group),
    member: viewRelated(member),
  })),
})

const viewVerdict = ({ rules, ...verdict }: Verdict): z.output<typeof verdictSchema> => ({
  ...verdict,
  rules: rules.map(({ id, says, source, basis, detail }) => ({ id, says, source, basis, detail })),
})

/** A finding of a kind that isn't known any more isn't shown. */
export const viewExplanation = (
  { operations, resources, verdicts, unjudged }: Explanation,
  findings: readonly Finding[],
): z.output<typeof explanationSchema> => ({
  operations: operations.map(viewOperation),
  resources: resources.map(viewResource),
  verdicts: verdicts.map(viewVerdict),
  ...(unjudged !== undefined && { unjudged }),
  findings: findings.flatMap(finding => {
    const kind = findingKindOf(finding.id)
    return kind ? [{ ...kind, ...finding }] : []
  }),
})
