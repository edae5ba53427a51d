import type { FastifyPluginAsync } from 'fastify'
import { operations, type Preflight } from '../../domain/contract/preflight.ts'
import { type Tenant, type TenantStore, tenantNow } from '../../domain/tenants/tenant.ts'
import { preflightInThread } from '../../insight/preflight/in-thread.ts'
import { PreflightError } from '../../insight/preflight/preflight-error.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { register, requireTenant } from './register.ts'

export const preflightRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, { tenants, clock }) => {
  register(app, 'preflight', operations.preflight, async ({ params, body, signal }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const { settings, declared } = tenant
    const now = tenantNow(tenant, clock())
    const profile = { name: settings.profile, switches: settings.switches, declared }
    const result = await preflightInThread({ body, now, profile }, signal).catch(throwPreflightProblem)
    return { ...result, token: tokenFor(result, tenants, tenant, now) }
  })
}

export function throwPreflightProblem(error: unknown): never {
  if (!(error instanceof PreflightError)) throw error
  throw new Problem('invalid-request', `Invalid ${error.mistakes[0]?.part ?? 'files'}: ${error.message}`, {
    errors: error.mistakes.map(({ part, message }) => ({ path: `body.${part}`, message })),
  })
}

/** The token that expires last. It must be valid until the cycle ends by Microsoft's longest estimate. */
function tokenFor(
  { duration }: Preflight,
  tenants: Pick<TenantStore, 'tokens'>,
  tenant: Tenant,
  now: number,
) {
  const expiries = tenants.tokens(tenant).map(({ expires }) => expires)
  if (expiries.length === 0) return undefined
  const expires = Math.max(...expiries)
  return { expires, outlasted: expires < now + duration.estimate.mostSeconds * 1000 }
}
