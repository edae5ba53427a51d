import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { referencesOf } from '../../provider/references.ts'
import { nowAt, type Tenant } from '../../tenants/tenant.ts'
import type { ConsoleParts } from '../parts.ts'
import { identitySchema, viewIdentity } from './identity-view.ts'
import { answer, askedPage, pageOf, pageQuery, problems, tenantParams } from './shapes.ts'
import { tenantNamed } from './tenant-named.ts'

const reasonSchema = z.enum(['disabled', 'retained', 'silent', 'unresolved-reference']).meta({
  description:
    '`silent`: no request about it for `silentDays`. `unresolved-reference`: it points at a resource that does not exist.',
  example: 'retained',
})

const staleQuery = pageQuery.extend({
  reason: reasonSchema.optional(),
  silentDays: z.coerce
    .number('Give a number of days.')
    .min(0, 'Give 0 or more days.')
    .max(36500, 'Give at most 36500 days.')
    .default(90)
    .meta({
      description: "Days without a request, by the tenant's clock, that make it silent.",
      example: 90,
    }),
})

const staleIdentitySchema = identitySchema
  .extend({ reasons: z.array(reasonSchema) })
  .meta({ id: 'StaleIdentity', description: 'An identity that needs a look, and why.' })

const purgeMistake =
  'Send { "ids": ["…"] } to purge those records, or { "all": true } to purge every retained one.'

const purgeSchema = z
  .union(
    [z.strictObject({ ids: z.array(z.string()).min(1).max(1000) }), z.strictObject({ all: z.literal(true) })],
    purgeMistake,
  )
  .meta({
    description: 'Which retained records to purge.',
    examples: [{ ids: ['94482488-5041-7061-1b47-c0e0b6b2a1f8'] }, { all: true }],
  })

const purgedSchema = z
  .object({
    purged: z.array(z.string()).meta({ description: 'The ids of the records that were purged.' }),
    kept: z.array(z.string()).meta({
      description: 'The ids that were asked for and are of no retained record: nothing happened to them.',
    }),
  })
  .meta({ id: 'Purged', description: 'What a purge did.' })

const day = 24 * 60 * 60 * 1000

const referencesIn = ({ profile }: Tenant) =>
  profile.resourceTypes.flatMap(referencesOf).map(({ key }) => key)

/** Identities that need a look, and the purge of those that clients deleted. */
export const staleRoutes: FastifyPluginAsyncZod<ConsoleParts> = async (app, { tenants, directory }) => {
  const tags = ['stale']

  app.get(
    '/tenants/:tenant/stale',
    {
      schema: {
        operationId: 'listStale',
        summary: 'List the identities that need a look',
        description: 'Disabled, retained after their client deleted them, silent, or pointing nowhere.',
        tags,
        params: tenantParams,
        querystring: staleQuery,
        response: {
          200: answer('The identities, newest first.', pageOf(staleIdentitySchema)),
          ...problems(400, 404),
        },
      },
    },
    async ({ params, query }) => {
      const tenant = tenantNamed(tenants, params.tenant)
      const { items, ...rest } = await directory.stale(tenant.key, {
        ...askedPage(query),
        ...(query.reason && { reason: query.reason }),
        silentSince: nowAt(tenant) - query.silentDays * day,
        references: referencesIn(tenant),
      })
      return { items: items.map(one => ({ ...viewIdentity(one), reasons: [...one.reasons] })), ...rest }
    },
  )

  app.post(
    '/tenants/:tenant/stale/purge',
    {
      schema: {
        operationId: 'purgeStale',
        summary: 'Purge retained records',
        description:
          'Only records of resources that their client has deleted are purged; their history stays.',
        tags,
        params: tenantParams,
        body: purgeSchema,
        response: { 200: answer('What was purged.', purgedSchema), ...problems(400, 404, 413, 415) },
      },
    },
    async ({ params, body }) => {
      const tenant = tenantNamed(tenants, params.tenant)
      const asked = 'ids' in body ? body.ids : 'all'
      const purged = await directory.purge(tenant.key, nowAt(tenant), asked)
      const done = new Set(purged)
      return { purged: [...purged], kept: asked === 'all' ? [] : asked.filter(id => !done.has(id)) }
    },
  )
}
