import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import {
  identityOperations,
  timelineOperations as operations,
  resourceOperations,
} from '../../domain/contract/identities.ts'
import { tenantNow } from '../../domain/tenants/tenant.ts'
import { type ResourceType, typeByName } from '../../scim/resource-types.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { type IdentityScope, identityHandlers } from './identity-handlers.ts'
import { register } from './register.ts'
import { requireTenant } from './tenants.ts'
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
