import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { getFindingKind } from '../../analysis/diagnosis/diagnose.ts'
import type { Evaluation } from '../../analysis/evaluation/evaluate.ts'
import { createExplainer } from '../../analysis/explanation/explain.ts'
import type {
  ExplainedOperation,
  ExplainedResource,
  Explanation,
} from '../../analysis/explanation/explanation.ts'
import { jsonResponse, problemResponses } from '../../contract/operation.ts'
import type { Finding } from '../../ports/analysis.ts'
import { profileNames } from '../../profiles/names.ts'
import type { ConsoleDeps } from '../deps.ts'
import { differenceSchema, relatedSchema, viewDifference, viewRelated } from '../views/identity.ts'
import { exchangeParams, requireExchange } from './exchanges.ts'

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
  summary: z.string().meta({ description: 'The outcome in a sentence.', example: 'Changed name.givenName.' }),
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

const evaluationSchema = z
  .object({
    profile: z.enum(profileNames),
    own: z.boolean().meta({ description: 'Whether it is the profile that answered.' }),
    accepted: z.boolean(),
    status: z.int().meta({ example: 400 }),
    scimType: z.string().optional(),
    detail: z.string().optional().meta({ description: 'The text that it would have answered with.' }),
    rules: z
      .array(
        z.object({ id: z.string(), description: z.string(), source: z.string(), basis, detail: z.string() }),
      )
      .meta({ description: 'Every rule of the profile that the request breaks; the first one refuses it.' }),
  })
  .meta({ id: 'Verdict', description: 'What a profile would have answered to the request.' })

const findingSchema = z.object({
  id: z.string().meta({ example: 'client/no-external-id' }),
  severity: z.enum(['error', 'warning', 'note']),
  title: z.string(),
  reason: z.string().meta({ description: 'Why it matters.' }),
  remedy: z.string().meta({ description: 'What to change, and where.' }),
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

const viewEvaluation = ({ rules, ...evaluation }: Evaluation): z.output<typeof evaluationSchema> => ({
  ...evaluation,
  rules: rules.map(({ id, description, source, basis, detail }) => ({
    id,
    description,
    source,
    basis,
    detail,
  })),
})

/** A finding of a kind that isn't known any more isn't shown. */
export const viewExplanation = (
  { operations, resources, evaluations, notEvaluated }: Explanation,
  findings: readonly Finding[],
): z.output<typeof explanationSchema> => ({
  operations: operations.map(viewOperation),
  resources: resources.map(viewResource),
  evaluations: evaluations.map(viewEvaluation),
  ...(notEvaluated !== undefined && { notEvaluated }),
  findings: findings.flatMap(finding => {
    const kind = getFindingKind(finding.id)
    return kind ? [{ ...kind, ...finding }] : []
  }),
})

// Who looks at a request that was answered just now waits so long for what is found about it. Milliseconds.
const catchUpTimeout = 2000

/** What became of a request: what it changed, and what other services would have said to it. */
export const explanationRoutes: FastifyPluginAsyncZod<ConsoleDeps> = async (app, deps) => {
  const { journal, analysis } = deps
  const explain = createExplainer(deps)

  app.get(
    '/exchanges/:id/explanation',
    {
      schema: {
        operationId: 'explainExchange',
        summary: 'Tell what a request changed, and what other services would have answered',
        tags: ['exchanges'],
        params: exchangeParams,
        response: { 200: jsonResponse('The explanation.', explanationSchema), ...problemResponses(404) },
      },
    },
    async ({ params }) => {
      const exchange = await requireExchange(journal, params.id)
      if (!exchange.notes) await analysis.caughtUp(catchUpTimeout)
      return viewExplanation(await explain(exchange), analysis.findingsAbout(exchange.id))
    },
  )
}
