import type { FastifyPluginAsync } from 'fastify'
import { operations } from '../../domain/contract/why.ts'
import type { Tenant } from '../../domain/tenants/tenant.ts'
import { createWhy } from '../../insight/why/explain.ts'
import { typeByName } from '../../scim/resource-types.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { register, requireTenant } from './register.ts'
import { tenantResourceTypes } from './types.ts'

/** Milliseconds of waiting for the cycles of recent exchanges. */
const catchUpTimeout = 2000

export const whyRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, deps) => {
  const { tenants, analysis } = deps
  const explain = createWhy({ ...deps, caughtUp: () => analysis.caughtUp(catchUpTimeout) })

  const explainOne = async (type: string, params: { tenant: string; id: string }, signal: AbortSignal) => {
    const tenant = requireTenant(tenants, params.tenant)
    return explain(tenant, requireType(tenant, type), params.id, signal)
  }

  register(app, 'explainUser', operations.explainUser, ({ params, signal }) =>
    explainOne('User', params, signal),
  )
  register(app, 'explainGroup', operations.explainGroup, ({ params, signal }) =>
    explainOne('Group', params, signal),
  )
}

function requireType(tenant: Tenant, name: string) {
  const type = typeByName(tenantResourceTypes(tenant), name)
  if (!type) throw new Problem('not-found', `The tenant "${tenant.id}" has no resource type "${name}".`)
  return type
}
