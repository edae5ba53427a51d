import { readJson } from '../../http/json-body.ts'
import type { Exchange } from '../../journal/exchange.ts'
import type { Journal } from '../../journal/journal.ts'
import { profileNamed, profileNames } from '../../profiles/index.ts'
import type { Profile } from '../../profiles/profile.ts'
import { ScimError } from '../../scim/error.ts'
import { isObject, type Json } from '../../scim/json.ts'
import { resourceOf } from '../../scim/prepare.ts'
import { typeNamed } from '../../scim/resource-types.ts'
import type { Effect, Effects, Moment } from '../../store/effects.ts'
import type { Tenant } from '../../tenants/tenant.ts'
import type { TenantStore } from '../../tenants/tenant-store.ts'
import { createJudge } from '../verdict.ts'
import { explainPatch } from './explain-patch.ts'
import { explainResources, unchanged } from './explain-resources.ts'
import type { ExplainedOperation, ExplainedResource, Explanation } from './explanation.ts'

export type ExplainParts = {
  readonly tenants: Pick<TenantStore, 'find'>
  readonly journal: Pick<Journal, 'page'>
  readonly directory: { readonly effects: Effects }
}

/** Explains an exchange of the journal. Nothing is changed by that, not even what was last seen. */
export type Explain = (exchange: Exchange) => Promise<Explanation>

export function createExplain({ tenants, journal, directory }: ExplainParts): Explain {
  const { effects } = directory
  const judge = createJudge({ tenants, directory })

  return async exchange => {
    const tenant = tenants.find(exchange.tenant ?? '')
    const judgement = await judge.all(exchange)
    if (!tenant) return { operations: [], resources: [], ...judgement }
    const profile = profileOf(exchange, tenant)
    const parts = [exchange, ...(await operationsWithin(exchange, journal))]
    const caused: Effect[] = []
    for (const part of parts) caused.push(await effectOf(part, tenant))
    const resources = explainResources(caused, profile.resourceTypes)
    return {
      operations: await patchOperations(exchange, tenant, profile, caused[0]),
      resources: resources.length > 0 ? resources : await asItWas(exchange, tenant, profile),
      ...judgement,
    }
  }

  async function effectOf(exchange: Exchange, tenant: Tenant): Promise<Effect> {
    const { type, id } = exchange.target ?? {}
    if (type === undefined || id === undefined) return { resources: [], memberships: [] }
    return effects.causedBy(tenant.key, type, id, momentOf(exchange))
  }

  /** The resource that a change was about which changed nothing. */
  async function asItWas(
    exchange: Exchange,
    tenant: Tenant,
    { resourceTypes }: Profile,
  ): Promise<readonly ExplainedResource[]> {
    const { type, id } = exchange.target ?? {}
    if (type === undefined || id === undefined || !changes.includes(exchange.method)) return []
    const state = await effects.stateBefore(tenant.key, type, id, momentOf(exchange))
    return state ? [unchanged(state, resourceTypes)] : []
  }

  async function patchOperations(
    exchange: Exchange,
    tenant: Tenant,
    profile: Profile,
    effect: Effect | undefined,
  ): Promise<readonly ExplainedOperation[]> {
    const { target, method } = exchange
    const type = typeNamed(profile.resourceTypes, target?.type ?? '')
    if (method !== 'PATCH' || !type || target?.id === undefined) return []
    const { id } = target
    const state = await effects.stateBefore(tenant.key, type.name, id, momentOf(exchange))
    return explainPatch({
      body: bodyOf(exchange),
      type,
      profile,
      before: state && resourceOf(state),
      memberships: (effect?.memberships ?? []).filter(({ group }) => group.id === id),
      changed: effect !== undefined && effect.resources.length > 0,
      refusal: exchange.status < 400 ? undefined : detailOf(exchange),
    })
  }
}

const changes: readonly string[] = ['PUT', 'PATCH', 'DELETE']

const momentOf = ({ id, tenantTime }: Exchange): Moment => ({ exchange: id, at: tenantTime })

/** The tenant's own profile, unless it has changed to another one since. */
function profileOf({ profile: asked }: Exchange, { profile, declared }: Tenant): Profile {
  const name = profileNames.find(one => one === asked)
  return name === undefined || name === profile.name ? profile : profileNamed(name, {}, declared)
}

/** The operations of a bulk request, each an exchange of its own, in the order in which they were journalled. */
async function operationsWithin(
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
      ...(cursor !== undefined && { cursor }),
    })
    found.push(...page.items)
    cursor = page.next
  } while (cursor !== undefined)
  return found.sort((one, other) => (one.id < other.id ? -1 : 1))
}

const isBulk = (url: string) => /\/bulk\/?(\?|$)/i.test(url)

/** Undefined for a body that isn't there, was cut or is no JSON. */
function bodyOf({ request }: Exchange): Json | undefined {
  if (request.body === undefined || request.cutFrom !== undefined) return undefined
  try {
    return readJson(Buffer.from(request.body))
  } catch (error) {
    if (error instanceof ScimError) return undefined
    throw error
  }
}

function detailOf({ status, response }: Exchange): string {
  try {
    const answer: unknown = JSON.parse(response.body ?? '')
    if (isObject(answer) && typeof answer.detail === 'string') return answer.detail
  } catch {
    // No JSON: an answer that was spoiled, or is none.
  }
  return `it was answered with ${status}.`
}
