import type { FastifyInstance } from 'fastify'
import type { Need } from '../domain/contract/operation.ts'
import { describeSessionTenant, type Tenant, type TenantStore } from '../domain/tenants/tenant.ts'
import { Problem } from './problem.ts'

const changing: readonly Need[] = ['write', 'destroy']

/** Routes that name the tenant elsewhere than in the path call `requireWritable`. */
export function refuseChangesOfSessions(app: FastifyInstance, tenants: Pick<TenantStore, 'find'>): void {
  app.addHook('preHandler', async ({ params, body, routeOptions: { config } }) => {
    const need = config.needsFor?.(body) ?? config.needs ?? 'read'
    if (!changing.includes(need) || config.changesSessions) return
    const { tenant: id = '' } = (params ?? {}) as { readonly tenant?: string }
    const tenant = tenants.find(id)
    if (tenant) requireWritable(tenant)
  })
}

export function requireWritable({ id, session }: Pick<Tenant, 'id' | 'session'>): void {
  if (!session) return
  throw new Problem(
    'read-only',
    `${describeSessionTenant(id, session)} It can only be deleted: DELETE /api/v1/tenants/${id}.`,
  )
}
