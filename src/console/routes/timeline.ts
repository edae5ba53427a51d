import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import {
  jsonResponse,
  problemResponses,
  tenantParams,
  timestamp,
  toIsoTime,
} from '../../contract/operation.ts'
import { tenantNow } from '../../tenants/tenant.ts'
import type { ConsoleDeps } from '../deps.ts'
import { requireTenant } from './tenants.ts'

const timelineQuery = z.object({
  buckets: z.coerce
    .number('Give a whole number from 1 to 1000.')
    .int('Give a whole number from 1 to 1000.')
    .min(1, 'Give at least 1.')
    .max(1000, 'Give at most 1000.')
    .default(100)
    .meta({ description: 'In how many parts of the same length the time is told.', example: 100 }),
})

const timelineSchema = z
  .object({
    from: timestamp("The tenant's first resource, by its clock; now, when it has had none."),
    until: timestamp("Now, by the tenant's clock."),
    buckets: z.array(
      z.object({
        at: timestamp('When it begins.'),
        changes: z.int().nonnegative().meta({ description: 'Versions and membership changes.', example: 12 }),
      }),
    ),
  })
  .meta({ id: 'Timeline', description: 'How much happened in a tenant, and when.' })

/** How much happened in a tenant over time. */
export const timelineRoutes: FastifyPluginAsyncZod<ConsoleDeps> = async (app, { tenants, directory }) => {
  app.get(
    '/tenants/:tenant/timeline',
    {
      schema: {
        operationId: 'showTimeline',
        summary: 'Tell how much happened in a tenant, and when',
        description:
          'From its first resource until now. `at` of lists and resources shows any moment in between.',
        tags: ['timeline'],
        params: tenantParams,
        querystring: timelineQuery,
        response: { 200: jsonResponse('The timeline.', timelineSchema), ...problemResponses(400, 404) },
      },
    },
    async ({ params, query }) => {
      const tenant = requireTenant(tenants, params.tenant)
      const { from, until, changes } = await directory.timeline(tenant.key, tenantNow(tenant), query.buckets)
      const length = (until - from) / query.buckets
      const buckets = changes.map((n, at) => ({ at: toIsoTime(Math.round(from + at * length)), changes: n }))
      return { from: toIsoTime(from), until: toIsoTime(until), buckets }
    },
  )
}
