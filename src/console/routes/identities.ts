import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import {
  type AtQuery,
  type AttributeHistory,
  type HistoryEntry,
  type IdentityQuery,
  identityOperations,
  type MembersQuery,
  timelineOperations as operations,
  resourceOperations,
} from '../../domain/contract/identities.ts'
import { type PageQuery, toIsoTime, toPageRequest } from '../../domain/contract/operation.ts'
import { mapInSlices, sharedSlices } from '../../domain/event-loop/slices.ts'
import type {
  Directory,
  DocumentRevision,
  Identity,
  PointInTime,
  ResourceCounts,
} from '../../domain/ports/directory.ts'
import { type Tenant, tenantNow } from '../../domain/tenants/tenant.ts'
import { differencesBetween } from '../../scim/differences.ts'
import { readLabels, resourceFromDocument } from '../../scim/document.ts'
import { compact } from '../../scim/json.ts'
import { type ResourceType, typeByName } from '../../scim/resource-types.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import {
  findCauses,
  nameIds,
  valuesOf,
  viewHistoryEntry,
  viewIdentity,
  viewIdentityDetail,
  viewMember,
} from '../views/identity.ts'
import { register, requireTenant } from './register.ts'
import { hasMembers, tenantResourceTypes } from './types.ts'

type ScopeParams = { readonly tenant: string; readonly type?: string }

type Registration = {
  readonly singular: string
  readonly plural: string
  readonly operations: Pick<
    ReturnType<typeof identityOperations>,
    'list' | 'get' | 'history' | 'attributes' | 'members'
  >
  readonly scopeOf: (params: ScopeParams) => IdentityScope
  readonly withMembers: boolean
}

function registerIdentities(
  app: FastifyInstance,
  deps: Pick<ConsoleDeps, 'directory' | 'journal'>,
  { singular, plural, operations, scopeOf, withMembers }: Registration,
): void {
  const handlers = identityHandlers(deps)
  register(app, `list${plural}`, operations.list, ({ params, query, signal }) =>
    handlers.list(scopeOf(params), query, signal),
  )
  register(app, `get${singular}`, operations.get, ({ params, query }) =>
    handlers.get(scopeOf(params), params.id, query),
  )
  register(app, `list${singular}History`, operations.history, ({ params, query, signal }) =>
    handlers.history(scopeOf(params), params.id, query, signal),
  )
  register(app, `get${singular}Attributes`, operations.attributes, ({ params, signal }) =>
    handlers.attributes(scopeOf(params), params.id, signal),
  )
  if (!withMembers) return
  register(app, `list${singular}Members`, operations.members, ({ params, query }) =>
    handlers.members(scopeOf(params), params.id, query),
  )
}

export const identityRoutes: FastifyPluginAsync<ConsoleDeps & { readonly type: ResourceType }> = async (
  app,
  { type, ...deps },
) => {
  const plural = type.endpoint.slice(1)
  const collection = plural.toLowerCase()
  registerIdentities(app, deps, {
    singular: type.name,
    plural,
    operations: identityOperations(collection),
    scopeOf: params => {
      const tenant = requireTenant(deps.tenants, params.tenant)
      const current = typeByName(tenantResourceTypes(tenant), type.name) ?? type
      return { tenant, type: current, listPath: collection }
    },
    withMembers: hasMembers(type),
  })
}

export const resourceRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, deps) =>
  registerIdentities(app, deps, {
    singular: 'Resource',
    plural: 'Resources',
    operations: resourceOperations,
    scopeOf: params => {
      const tenant = requireTenant(deps.tenants, params.tenant)
      const { type: name = '' } = params
      const type = typeByName(tenantResourceTypes(tenant), name)
      if (!type) throw typeNotFound(tenant.id, name)
      return { tenant, type, listPath: `resources/${name}` }
    },
    withMembers: false,
  })

const typeNotFound = (tenant: string, name: string) =>
  new Problem(
    'not-found',
    `The tenant "${tenant}" has no resource type "${name}". GET /api/v1/tenants/${tenant}/types shows those that it declares.`,
  )

export const timelineRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, { tenants, directory }) => {
  register(app, 'getTimeline', operations.getTimeline, async ({ params, query, signal }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const { buckets: parts } = query
    const { from, until, intervals, before, after } = await directory.timeline(tenant.key, {
      ...(query.from !== undefined && { from: Date.parse(query.from) }),
      ...(query.until !== undefined && { until: Date.parse(query.until) }),
      now: tenantNow(tenant),
      parts,
      signal,
    })
    const length = (until - from) / parts
    const buckets = intervals.map(({ changes, last }, index) => ({
      at: Math.round(from + index * length),
      changes,
      last,
    }))
    return { from, until, before, after, buckets }
  })
}

const maxVersionsRead = 1000

type Value = AttributeHistory['items'][number]['values'][number]

export async function buildAttributeHistory(
  type: ResourceType,
  changes: readonly DocumentRevision[],
  signal?: AbortSignal,
): Promise<AttributeHistory['items']> {
  const values = new Map<string, Value[]>()
  for (const [at, change] of changes.toReversed().entries()) {
    // The oldest version read has the document before it, if there were earlier versions.
    const before = at === 0 ? undefined : change.before
    for (const { path, after } of differencesBetween(type, parseState(before), parseState(change.document))) {
      const known = values.get(path) ?? []
      known.unshift(toValue(change, after))
      values.set(path, known)
    }
    if (sharedSlices.isOver()) await sharedSlices.next(signal)
  }
  return [...values].map(([path, values]) => ({ path, values }))
}

const parseState = (document: string | undefined) =>
  document === undefined ? undefined : resourceFromDocument({ document })

const toValue = ({ at, version, exchange, via }: DocumentRevision, value: unknown): Value => ({
  at: toIsoTime(at),
  revision: version,
  ...compact({ value, exchange }),
  ...(via && { via: { ...via } }),
})

/** The time of a query; undefined for now. Throws a problem if history does not reach back to it. */
export async function parseAsOf(
  directory: Pick<Directory, 'historySince'>,
  tenant: Tenant,
  { at }: AtQuery,
): Promise<PointInTime | undefined> {
  if (at === undefined) return undefined
  const since = await directory.historySince(tenant.key)
  if (since !== undefined && Date.parse(at) < since) {
    throw new Problem(
      'invalid-request',
      `The history of the tenant "${tenant.id}" begins at ${toIsoTime(since)}: older history is deleted (--keep-history-days). Choose a later time.`,
    )
  }
  const types = tenantResourceTypes(tenant)
  return {
    at: Date.parse(at),
    readDocument: (name, text) => {
      const type = typeByName(types, name)
      const document = JSON.parse(text)
      return type && readLabels(type, document.id, document)
    },
  }
}

async function sinceOf(directory: Pick<Directory, 'historySince'>, { key }: Tenant) {
  const since = await directory.historySince(key)
  return since === undefined ? {} : { since: toIsoTime(since) }
}

const originExchange = ({ origin }: Identity) => (origin === undefined ? {} : { exchange: origin })

const totalOf = (counts: ResourceCounts[string] | undefined, status: IdentityQuery['status']): number => {
  const { active = 0, disabled = 0, retained = 0, removed = 0 } = counts ?? {}
  if (status === 'deleted') return retained + removed
  return status === undefined ? active + disabled + retained + removed : (counts?.[status] ?? 0)
}

const noCounts: ReadonlyMap<number, number> = new Map()

async function countMembers(
  directory: Pick<Directory, 'memberCounts'>,
  { tenant, type }: Pick<IdentityScope, 'tenant' | 'type'>,
  identities: readonly Identity[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<number, number>> {
  const keys = identities.flatMap(({ key, status }) => (status === 'active' ? [key] : []))
  if (!hasMembers(type) || keys.length === 0) return noCounts
  const counts = await directory.memberCounts(tenant.key, keys, signal)
  return new Map(keys.map(key => [key, counts.get(key) ?? 0]))
}

type IdentityScope = {
  readonly tenant: Tenant
  readonly type: ResourceType
  readonly listPath: string
}

const identityNotFound = ({ tenant, type, listPath }: IdentityScope, id: string, at?: number) =>
  new Problem(
    'not-found',
    at === undefined
      ? `There is no ${type.name} "${id}" in the tenant "${tenant.id}". GET /api/v1/tenants/${tenant.id}/${listPath} lists all.`
      : `The tenant "${tenant.id}" had no ${type.name} with the id "${id}" at ${toIsoTime(at)}; by its clock it is ${toIsoTime(tenantNow(tenant))} now. GET /api/v1/tenants/${tenant.id}/${listPath}/${id}/history lists its changes.`,
  )

function withNames(entry: HistoryEntry, names: Readonly<Record<string, string>>): HistoryEntry {
  if (entry.kind === 'membership') return entry
  const values = new Set(valuesOf(entry.differences))
  const own = Object.entries(names).filter(([id]) => values.has(id))
  return own.length === 0 ? entry : { ...entry, names: Object.fromEntries(own) }
}

const identityHandlers = ({ directory, journal }: Pick<ConsoleDeps, 'directory' | 'journal'>) => ({
  async list({ tenant, type }: IdentityScope, query: IdentityQuery, signal: AbortSignal) {
    const asOf = await parseAsOf(directory, tenant, query)
    const { status, text, sort } = query
    if (asOf && sort !== undefined)
      throw new Problem('invalid-request', '`sort` is for the present directory. Omit `sort` or `at`.')
    const page = { ...toPageRequest(query), ...compact({ status, text, sort }), signal }
    const counting = !asOf && text === undefined ? directory.counts([tenant.key]) : undefined
    const { items, ...rest } = await (asOf
      ? directory.historyView.identities(tenant.key, type.name, asOf, page)
      : directory.identities(tenant.key, type.name, page))
    const causes = await findCauses(journal, items.map(originExchange))
    const members = asOf ? noCounts : await countMembers(directory, { tenant, type }, items, signal)
    const total = counting && totalOf((await counting)[0]?.[type.name], status)
    return {
      items: items.map(one => viewIdentity(one, causes, members.get(one.key))),
      ...compact({ total }),
      ...rest,
    }
  },

  async get(scope: IdentityScope, id: string, query: AtQuery) {
    const { tenant, type } = scope
    const asOf = await parseAsOf(directory, tenant, query)
    const identity = await (asOf
      ? directory.historyView.identity(tenant.key, type.name, id, asOf)
      : directory.identity(tenant.key, type.name, id))
    if (!identity) throw identityNotFound(scope, id, asOf?.at)
    const members = asOf ? noCounts : await countMembers(directory, scope, [identity])
    return viewIdentityDetail(
      identity,
      await findCauses(journal, [originExchange(identity)]),
      members.get(identity.key),
    )
  },

  async history(scope: IdentityScope, id: string, query: PageQuery, signal: AbortSignal) {
    const { tenant, type } = scope
    const page = await directory.history(tenant.key, type.name, id, toPageRequest(query))
    if (!page) throw identityNotFound(scope, id)
    const { items, ...rest } = page
    const causes = await findCauses(journal, items)
    const viewed = await mapInSlices(items, entry => viewHistoryEntry(type, entry, causes), signal)
    const differences = viewed.flatMap(entry => (entry.kind === 'revision' ? entry.differences : []))
    const names = await nameIds(directory, tenant.key, valuesOf(differences))
    return {
      items: viewed.map(entry => withNames(entry, names)),
      ...rest,
      ...(await sinceOf(directory, tenant)),
    }
  },

  async attributes(scope: IdentityScope, id: string, signal: AbortSignal) {
    const { tenant, type } = scope
    const changes = await directory.documentChanges(tenant.key, type.name, id, maxVersionsRead, signal)
    if (!changes) throw identityNotFound(scope, id)
    const items = await buildAttributeHistory(type, changes, signal)
    const values = items.flatMap(attribute => attribute.values.map(({ value }) => value))
    return {
      items,
      names: await nameIds(directory, tenant.key, values),
      ...(await sinceOf(directory, tenant)),
    }
  },

  async members(scope: IdentityScope, id: string, query: MembersQuery) {
    const { tenant, type } = scope
    const asOf = await parseAsOf(directory, tenant, query)
    const page = await (asOf
      ? directory.historyView.members(tenant.key, type.name, id, asOf, toPageRequest(query))
      : directory.members(tenant.key, type.name, id, toPageRequest(query)))
    if (!page) throw identityNotFound(scope, id, asOf?.at)
    const { items, ...rest } = page
    const causes = await findCauses(journal, items)
    return { items: items.map(member => viewMember(member, causes)), ...rest }
  },
})
