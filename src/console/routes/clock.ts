import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { jsonResponse, problemResponses, tenantParams } from '../../contract/operation.ts'
import { durationPattern, readDuration } from '../../entra/duration.ts'
import type { Tenant } from '../../tenants/tenant.ts'
import type { ConsoleDeps } from '../deps.ts'
import { clockSchema, requireTenant, tenantNotFound, viewClock } from './tenants.ts'

const clockFormatMessage =
  'Send { "now": "2027-03-01T09:30:00Z" }, or { "advance": "90d" } with w, d, h, m and s.'

const clockChangeSchema = z
  .union(
    [
      z.strictObject({ now: z.iso.datetime({ offset: true, error: clockFormatMessage }) }),
      z.strictObject({ advance: z.string().regex(durationPattern, clockFormatMessage) }),
    ],
    clockFormatMessage,
  )
  .meta({
    description: 'What the clock shows from now on, or how far it moves forward.',
    examples: [{ now: '2027-03-01T09:30:00Z' }, { advance: '90d' }, { advance: '1h30m' }],
  })

const resolveOffset = (tenant: Tenant, change: z.output<typeof clockChangeSchema>): number =>
  'now' in change
    ? Date.parse(change.now) - Date.now()
    : tenant.clockOffset + (readDuration(change.advance) ?? 0)

/** A tenant's clock: a year passes in a test. */
export const clockRoutes: FastifyPluginAsyncZod<ConsoleDeps> = async (app, { tenants }) => {
  const tags = ['clock']

  app.get(
    '/tenants/:tenant/clock',
    {
      schema: {
        operationId: 'showClock',
        summary: "Show a tenant's clock",
        tags,
        params: tenantParams,
        response: { 200: jsonResponse('The clock.', clockSchema), ...problemResponses(404) },
      },
    },
    async ({ params }) => viewClock(requireTenant(tenants, params.tenant)),
  )

  app.put(
    '/tenants/:tenant/clock',
    {
      schema: {
        operationId: 'setClock',
        summary: "Move a tenant's clock forward",
        description:
          'Tokens expire, identities fall silent and changes are dated by it. A reset brings it back.',
        tags,
        params: tenantParams,
        body: clockChangeSchema,
        response: { 200: jsonResponse('The clock.', clockSchema), ...problemResponses(400, 404, 413, 415) },
      },
    },
    async ({ params, body }) => {
      const offset = resolveOffset(requireTenant(tenants, params.tenant), body)
      const tenant = await tenants.setClock(params.tenant, offset)
      if (!tenant) throw tenantNotFound(params.tenant)
      return viewClock(tenant)
    },
  )
}
