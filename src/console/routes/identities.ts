import type { FastifyPluginAsync } from 'fastify'
import { identityOperations, operations } from '../../contract/identities.ts'
import { type ResourceType, typeByName } from '../../scim/resource-types.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { type IdentityScope, identityHandlers } from './identity-handlers.ts'
import { register } from './register.ts'
import { requireTenant } from './tenants.ts'
import { hasMembers, tenantResourceTypes } from './types.ts'

/** The resources of one type: `/tenants/{tenant}/users`. */
export const identityRoutes: FastifyPluginAsync<ConsoleDeps & { readonly type: ResourceType }> = async (
  app,
  { tenants, directory, journal, type },
) => {
  const plural = type.endpoint.slice(1)
  const collection = plural.toLowerCase()
  const { list, get, history, attributes, members } = identityOperations(collection)
  const handlers = identityHandlers({ directory, journal })

  const scopeOf = ({ tenant: id }: { readonly tenant: string }): IdentityScope => {
    const tenant = requireTenant(tenants, id)
    return { tenant, type: typeByName(tenantResourceTypes(tenant), type.name) ?? type, listPath: collection }
  }

  register(app, `list${plural}`, list, ({ params, query }) => handlers.list(scopeOf(params), query))
  register(app, `get${type.name}`, get, ({ params, query }) =>
    handlers.get(scopeOf(params), params.id, query),
  )
  register(app, `list${type.name}History`, history, ({ params, query }) =>
    handlers.history(scopeOf(params), params.id, query),
  )
  register(app, `get${type.name}Attributes`, attributes, ({ params }) =>
    handlers.attributes(scopeOf(params), params.id),
  )
  if (!hasMembers(type)) return
  register(app, `list${type.name}Members`, members, ({ params, query }) =>
    handlers.members(scopeOf(params), params.id, query),
  )
}

/** The resources of any type, also of types that a tenant declares. */
export const resourceRoutes: FastifyPluginAsync<ConsoleDeps> = async (
  app,
  { tenants, directory, journal },
) => {
  const handlers = identityHandlers({ directory, journal })

  const scopeOf = (params: { readonly tenant: string; readonly type: string }): IdentityScope => {
    const tenant = requireTenant(tenants, params.tenant)
    const type = typeByName(tenantResourceTypes(tenant), params.type)
    if (!type) throw typeNotFound(tenant.id, params.type)
    return { tenant, type, listPath: `resources/${params.type}` }
  }

  register(app, 'listResources', operations.listResources, ({ params, query }) =>
    handlers.list(scopeOf(params), query),
  )
  register(app, 'getResource', operations.getResource, ({ params, query }) =>
    handlers.get(scopeOf(params), params.id, query),
  )
  register(app, 'listResourceHistory', operations.listResourceHistory, ({ params, query }) =>
    handlers.history(scopeOf(params), params.id, query),
  )
  register(app, 'getResourceAttributes', operations.getResourceAttributes, ({ params }) =>
    handlers.attributes(scopeOf(params), params.id),
  )
}

const typeNotFound = (tenant: string, name: string) =>
  new Problem(
    'not-found',
    `The tenant "${tenant}" has no resource type "${name}". GET /api/v1/tenants/${tenant}/types shows those that it declares.`,
  )
