import type { FastifyPluginAsync } from 'fastify'
import {
  type ChangedResource,
  type Evaluation,
  type ExplainedOperation,
  type Explanation,
  maxOutcomes,
  type Outcome,
  operations,
  type Rejection,
} from '../../domain/contract/explanation.ts'
import { sharedSlices } from '../../domain/event-loop/slices.ts'
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
import {
  codePoint,
  type Rejection as ExplainedRejection,
  type RejectedAttribute,
} from '../../insight/analysis/explanation/rejection.ts'
import { entraSetupOf } from '../../insight/preflight/entra-setup.ts'
import {
  linesFor,
  type ObjectKind,
  type Remedy,
  remedyForAttribute,
  remedyForError,
} from '../../insight/preflight/remedy.ts'
import { compact } from '../../scim/json.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { findNames, nameIds, valuesOf, viewRelated } from '../views/identity.ts'
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
  const { journal, analysis, tenants, directory } = deps
  const { explain, changesBy } = createExplainer(deps)

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

  register(app, 'listOutcomes', operations.listOutcomes, async ({ query, signal }) => {
    const ids = query.ids.split(',')
    if (ids.length > maxOutcomes)
      throw new Problem('invalid-query', `Enter at most ${maxOutcomes} IDs of requests.`)
    const items: Outcome[] = []
    const names: Record<string, string> = {}
    for (const id of ids) {
      const exchange = await journal.find(id)
      if (exchange?.tenant === undefined) continue
      const outcome = await outcomeOf(exchange)
      if (outcome.reason !== undefined || outcome.differences.length + outcome.memberships.length > 0)
        items.push(outcome)
      const key = tenants.find(exchange.tenant)?.key
      if (key !== undefined)
        Object.assign(names, await nameIds(directory, key, valuesOf(outcome.differences)))
      if (sharedSlices.isOver()) await sharedSlices.next(signal)
    }
    return { items, names }
  })

  async function outcomeOf(exchange: Exchange): Promise<Outcome> {
    const isRejected = exchange.status >= 400 && exchange.refusal === undefined && !exchange.fault
    const rejection = isRejected && !exchange.api ? (await explain(exchange)).rejection : undefined
    const changes = exchange.status < 400 && exchange.method !== 'GET' ? await changesBy(exchange) : []
    const [changed] = changes.map(viewResource)
    return {
      exchange: exchange.id,
      ...(rejection && { reason: rejection.reason }),
      differences: changed?.differences ?? [],
      memberships: changed?.memberships ?? [],
    }
  }
}

const viewRejection = (exchange: Exchange, rejection: ExplainedRejection): Rejection => {
  const { profile, isTenantProfile, summary, rule, attributes } = rejection
  const kind = rule && getFindingKind(rule.id)
  return {
    profile,
    isTenantProfile,
    summary,
    ...(rule && {
      rule: rule.id,
      remedy: kind ? textsFor(kind, exchange.notes && clientOfNotes(exchange.notes)).remedy : rule.remedy,
    }),
    attributes: attributes.map(attribute => {
      const { characters, pointers, ...rest } = attribute
      return {
        ...rest,
        ...compact({ characters: characters === undefined ? undefined : [...characters].map(codePoint) }),
        pointers: [...pointers],
        ...(mappingRemedy(exchange, rejection, attribute) ?? { remedy: requestRemedy(attribute) }),
      }
    }),
  }
}

const objectKinds: Readonly<Record<string, ObjectKind>> = { User: 'user', Group: 'group' }

function mappingRemedy(
  { target, notes }: Exchange,
  { profile, rule }: ExplainedRejection,
  { kind: violation, ...attribute }: RejectedAttribute,
): Remedy | undefined {
  const kind = objectKinds[target?.type ?? '']
  if (!kind || (notes?.client !== 'entra' && notes?.client !== 'sample')) return undefined
  const mapping = entraSetupOf(profile).mapping[`${kind}s`]
  if (violation === 'taken')
    return remedyForError(kind, 'uniqueness', linesFor(mapping, attribute.path)[0], '')
  return (
    rule &&
    remedyForAttribute(kind, { ...attribute, kind: violation }, mapping, rule.entraRemedy ?? rule.remedy)
  )
}

function requestRemedy({ path, kind, maximum, characters = '' }: RejectedAttribute): string {
  switch (kind) {
    case 'missing':
      return `Send a value for \`${path}\`.`
    case 'empty':
      return `Omit \`${path}\`, or send null, if there is no value.`
    case 'too-long':
      return `Shorten \`${path}\`${maximum === undefined ? '' : ` to at most ${maximum} characters`}.`
    case 'characters':
      return `Remove ${[...characters].map(codePoint).join(', ')} from \`${path}\`.`
    case 'too-many':
      return `Send one value of \`${path}\`.`
    case 'reserved':
      return `Choose another \`${path}\`.`
    case 'unsupported':
      return `Omit \`${path}\`.`
    case 'taken':
      return `Send a value of \`${path}\` that no other resource has.`
  }
}
