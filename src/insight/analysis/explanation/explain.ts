import type { Exchange } from '../../../domain/journal/exchange.ts'
import type {
  AffectedResource,
  ExchangeEffect,
  ExchangeEffects,
  ExchangeMoment,
  MembershipEvent,
  PastResource,
} from '../../../domain/ports/directory.ts'
import type { Journal } from '../../../domain/ports/journal.ts'
import type { Tenant, TenantStore } from '../../../domain/tenants/tenant.ts'
import { profileNames } from '../../../profiles/names.ts'
import type { Profile } from '../../../profiles/profile.ts'
import { loadProfile } from '../../../profiles/registry.ts'
import { differencesBetween } from '../../../scim/differences.ts'
import { resourceFromDocument } from '../../../scim/document.ts'
import { ScimError } from '../../../scim/error.ts'
import { compact, isObject, type Json, type JsonObject } from '../../../scim/json.ts'
import { type ResourceType, typeByName } from '../../../scim/resource-types.ts'
import { readJson } from '../../../scim-api/http/request.ts'
import { createEvaluator } from '../evaluation/evaluate.ts'
import type { ExplainedOperation, ExplainedResource, Explanation } from './explanation.ts'
import { explainPatch } from './patch.ts'
import { explainRejection } from './rejection.ts'

function explainResources(
  effects: readonly ExchangeEffect[],
  types: readonly ResourceType[],
): readonly ExplainedResource[] {
  const memberships = effects.flatMap(effect => effect.memberships)
  const byId = Map.groupBy(
    effects.flatMap(({ resources }) => resources),
    ({ type, id }) => `${type} ${id}`,
  )
  return [...byId.values()].flatMap(changes => {
    const [first, last] = [changes[0], changes.at(-1)]
    return first && last ? [explainResource(first, last, memberships, types)] : []
  })
}

function explainUnchanged(
  { type, id, version, document }: PastResource,
  types: readonly ResourceType[],
): ExplainedResource {
  const resource = parseStoredDocument(document)
  const label = resource[typeByName(types, type)?.labelAttribute ?? '']
  return {
    ...{ type, id, label: typeof label === 'string' ? label : id },
    versions: { before: version, after: version },
    before: resource,
    after: resource,
    differences: [],
    memberships: [],
  }
}

const parseStoredDocument = (document: string): JsonObject => JSON.parse(document)

const documentContent = (document: string | undefined) =>
  document === undefined ? undefined : resourceFromDocument({ document })

function explainResource(
  { type, id, before: state }: AffectedResource,
  { label, after: left }: AffectedResource,
  memberships: readonly MembershipEvent[],
  types: readonly ResourceType[],
): ExplainedResource {
  const before = state && parseStoredDocument(state.document)
  const after = left.document === undefined ? undefined : parseStoredDocument(left.document)
  const tables = typeByName(types, type) ?? { attributes: [] }
  return {
    ...{ type, id, label },
    versions: {
      ...(state && { before: state.version }),
      ...(after && { after: left.version }),
    },
    ...compact({ before, after }),
    differences: differencesBetween(
      tables,
      state && resourceFromDocument(state),
      documentContent(left.document),
    ),
    memberships: memberships.filter(({ group, member }) => group.id === id || member.id === id),
  }
}

type ExplainerDeps = {
  readonly tenants: Pick<TenantStore, 'find'>
  readonly journal: Pick<Journal, 'page'>
  readonly directory: { readonly effects: ExchangeEffects }
}

/** Explains exchanges of the journal. Changes nothing, not even when a resource was last seen. */
type Explainer = {
  readonly explain: (exchange: Exchange) => Promise<Explanation>
  /** What it changed, without an evaluation. The operations of a bulk request have theirs. */
  readonly changesBy: (exchange: Exchange) => Promise<readonly ExplainedResource[]>
}

export function createExplainer({ tenants, journal, directory }: ExplainerDeps): Explainer {
  const { effects } = directory
  const evaluator = createEvaluator({ tenants, directory })

  const changesBy = async (exchange: Exchange) => {
    const tenant = tenants.find(exchange.tenant ?? '')
    if (!tenant) return []
    const { schema } = recordedProfile(exchange, tenant)
    return explainResources([await effectOf(exchange, tenant)], schema.resourceTypes)
  }

  const explain = async (exchange: Exchange) => {
    const tenant = tenants.find(exchange.tenant ?? '')
    const evaluation = await evaluator.all(exchange)
    if (!tenant) return { operations: [], resources: [], ...evaluation }
    const profile = recordedProfile(exchange, tenant)
    const parts = [exchange, ...(await findBulkOperations(exchange, journal))]
    const caused: ExchangeEffect[] = []
    for (const part of parts) caused.push(await effectOf(part, tenant))
    const resources = explainResources(caused, profile.schema.resourceTypes)
    const rejection = explainRejection(
      {
        exchange,
        body: readBody(exchange),
        type: typeByName(profile.schema.resourceTypes, exchange.target?.type ?? ''),
      },
      evaluation.evaluations,
    )
    return {
      operations: await patchOperations(exchange, tenant, profile, caused[0]),
      resources: resources.length > 0 ? resources : await unchangedTarget(exchange, tenant, profile),
      ...evaluation,
      ...compact({ rejection }),
    }
  }

  return { explain, changesBy }

  async function effectOf(exchange: Exchange, tenant: Tenant): Promise<ExchangeEffect> {
    const { type, id } = exchange.target ?? {}
    if (type === undefined || id === undefined) return { resources: [], memberships: [] }
    return effects.causedBy(tenant.key, type, id, toMoment(exchange))
  }

  async function unchangedTarget(
    exchange: Exchange,
    tenant: Tenant,
    { schema }: Profile,
  ): Promise<readonly ExplainedResource[]> {
    const { type, id } = exchange.target ?? {}
    if (type === undefined || id === undefined || !mutatingMethods.includes(exchange.method)) return []
    const state = await effects.stateBefore(tenant.key, type, id, toMoment(exchange))
    return state ? [explainUnchanged(state, schema.resourceTypes)] : []
  }

  async function patchOperations(
    exchange: Exchange,
    tenant: Tenant,
    profile: Profile,
    effect: ExchangeEffect | undefined,
  ): Promise<readonly ExplainedOperation[]> {
    const { target, method } = exchange
    const type = typeByName(profile.schema.resourceTypes, target?.type ?? '')
    if (method !== 'PATCH' || !type || target?.id === undefined) return []
    const { id } = target
    const state = await effects.stateBefore(tenant.key, type.name, id, toMoment(exchange))
    return explainPatch({
      body: readBody(exchange),
      type,
      profile,
      before: state && resourceFromDocument(state),
      memberships: (effect?.memberships ?? []).filter(({ group }) => group.id === id),
      changed: effect !== undefined && effect.resources.length > 0,
      refusal: exchange.status < 400 ? undefined : errorDetail(exchange),
    })
  }
}

const mutatingMethods: readonly string[] = ['PUT', 'PATCH', 'DELETE']

const toMoment = ({ id, tenantTime }: Exchange): ExchangeMoment => ({ exchange: id, at: tenantTime })

function recordedProfile({ profile: recorded }: Exchange, { profile, declared }: Tenant): Profile {
  const name = profileNames.find(one => one === recorded)
  return name === undefined || name === profile.name ? profile : loadProfile(name, {}, declared)
}

async function findBulkOperations(
  { id, url }: Exchange,
  journal: Pick<Journal, 'page'>,
): Promise<readonly Exchange[]> {
  if (!isBulk(url)) return []
  const found: Exchange[] = []
  let cursor: string | undefined
  do {
    const page = await journal.page({
      search: [{ key: 'parent', value: id }],
      limit: 200,
      ...compact({ cursor }),
    })
    found.push(...page.items)
    cursor = page.next
  } while (cursor !== undefined)
  return found.sort((one, other) => (one.id < other.id ? -1 : 1))
}

const isBulk = (url: string) => /\/bulk\/?(\?|$)/i.test(url)

function readBody({ request }: Exchange): Json | undefined {
  if (request.body === undefined || request.cutFrom !== undefined) return undefined
  try {
    return readJson(Buffer.from(request.body))
  } catch (error) {
    if (error instanceof ScimError) return undefined
    throw error
  }
}

function errorDetail({ status, response }: Exchange): string {
  try {
    const answer: unknown = JSON.parse(response.body ?? '')
    if (isObject(answer) && typeof answer.detail === 'string') return answer.detail
  } catch {
    // No JSON: a fault was injected, or there is no response.
  }
  return `the response was ${status}.`
}
