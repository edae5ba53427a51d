import type { FastifyPluginAsync } from 'fastify'
import { type ClockChange, operations } from '../../contract/clock.ts'
import { readDuration } from '../../entra/duration.ts'
import type { Tenant } from '../../tenants/tenant.ts'
import type { ConsoleDeps } from '../deps.ts'
import { register } from './register.ts'
import { requireTenant, tenantNotFound, viewClock } from './tenants.ts'

const resolveOffset = (tenant: Tenant, change: ClockChange): number =>
  'now' in change
    ? Date.parse(change.now) - Date.now()
    : tenant.clockOffset + (readDuration(change.advance) ?? 0)

/** The clock of a tenant, which tests move forward by a year. */
export const clockRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, { tenants }) => {
  register(app, 'getClock', operations.getClock, ({ params }) =>
    viewClock(requireTenant(tenants, params.tenant)),
  )

  register(app, 'setClock', operations.setClock, async ({ params, body }) => {
    const offset = resolveOffset(requireTenant(tenants, params.tenant), body)
    const tenant = await tenants.setClock(params.tenant, offset)
    if (!tenant) throw tenantNotFound(params.tenant)
    return viewClock(tenant)
  })
}
