import type { FastifyPluginAsync } from 'fastify'
import { toIsoTime } from '../../contract/operation.ts'
import { operations } from '../../contract/timeline.ts'
import { tenantNow } from '../../tenants/tenant.ts'
import type { ConsoleDeps } from '../deps.ts'
import { register } from './register.ts'
import { requireTenant } from './tenants.ts'

/** The number of changes in a tenant over time. */
export const timelineRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, { tenants, directory }) => {
  register(app, 'getTimeline', operations.getTimeline, async ({ params, query }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const { from, until, changes } = await directory.timeline(tenant.key, tenantNow(tenant), query.buckets)
    const length = (until - from) / query.buckets
    const buckets = changes.map((count, index) => ({
      at: toIsoTime(Math.round(from + index * length)),
      changes: count,
    }))
    return { from: toIsoTime(from), until: toIsoTime(until), buckets }
  })
}
