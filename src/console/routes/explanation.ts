import type { FastifyPluginAsync } from 'fastify'
import {
  type ChangedResource,
  type Evaluation,
  type ExplainedOperation,
  type Explanation,
  operations,
} from '../../domain/contract/explanation.ts'
import type { Exchange } from '../../domain/journal/exchange.ts'
import { clientOfNotes, type Finding } from '../../domain/ports/analysis.ts'
import { getFindingKind } from '../../insight/analysis/diagnosis/diagnose.ts'
import { textsFor } from '../../insight/analysis/diagnosis/finding-texts.ts'
import type { Evaluation as ProfileEvaluation } from '../../insight/analysis/evaluation/evaluate.ts'
import { createExplainer } from '../../insight/analysis/explanation/explain.ts'
import type {
  ExplainedResource,
  ExplainedOperation as PatchExplanation,
  Explanation as RequestExplanation,
} from '../../insight/analysis/explanation/explanation.ts'
import { compact } from '../../scim/json.ts'
import type { ConsoleDeps } from '../deps.ts'
import { viewRelated } from '../views/identity.ts'
import { findNames } from '../views/names.ts'
import { viewRejection } from '../views/rejection.ts'
import { requireExchange } from './exchanges.ts'
import { register } from './register.ts'

const viewOperation = ({ differences, ...operation }: PatchExplanation): ExplainedOperation => ({
  ...operation,
  differences: [...differences],
})

const viewResource = ({ versions, ...resource }: ExplainedResource): ChangedResource => ({
  ...resource,
  revisions: { ...versions },
  differences: [...resource.differences],
  memberships: resource.memberships.map(({ event, group, member }) => ({
    event,
    group: viewRelated(group),
    member: viewRelated(member),
  })),
})

const viewEvaluation = ({ rules, taken: _, ...evaluation }: ProfileEvaluation): Evaluation => ({
  ...evaluation,
  rules: rules.map(({ id, description, source, basis, detail }) => ({
    id,
    description,
    source,
    basis,
    detail,
  })),
})

const viewExplanation = (
  exchange: Exchange,
  { operations, resources, rejection, evaluations, notEvaluated }: RequestExplanation,
  findings: readonly Finding[],
  names: Readonly<Record<string, string>>,
): Explanation => ({
  ...(rejection && { rejection: viewRejection(exchange, rejection) }),
  operations: operations.map(viewOperation),
  resources: resources.map(viewResource),
  evaluations: evaluations.map(viewEvaluation),
  ...compact({ notEvaluated }),
  findings: findings.flatMap(finding => {
    const kind = getFindingKind(finding.id)
    return kind ? [{ ...textsFor(kind, exchange.notes && clientOfNotes(exchange.notes)), ...finding }] : []
  }),
  names: { ...names },
})

/** Milliseconds of waiting for the findings about a recent exchange. */
const catchUpTimeout = 2000

export const explanationRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, deps) => {
  const { journal, analysis } = deps
  const explain = createExplainer(deps)

  register(app, 'explainExchange', operations.explainExchange, async ({ params }) => {
    const exchange = await requireExchange(journal, params.id)
    if (!exchange.notes) await analysis.caughtUp(catchUpTimeout)
    const explanation = await explain(exchange)
    return viewExplanation(
      exchange,
      explanation,
      await analysis.findingsAbout(exchange.id),
      await findNames(deps, exchange, explanation),
    )
  })
}
