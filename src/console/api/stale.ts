import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { referencesOf } from '../../provider/references.ts'
import { nowAt, type Tenant } from '../../tenants/tenant.ts'
import type { ConsoleParts } from '../parts.ts'
import { identitySchema, viewIdentity } from './identity-view.ts'
import { purgedSchema, purgeSchema, recordsShown, viewPurgeable } from './purge-view.ts'
import { answer, askedPage, pageOf, pageQuery, problems, tenantParams } from './shapes.ts'
import { mostCycles, silentSince } from './silent-since.ts'
import { tenantNamed } from './tenant-named.ts'
import { hasMembers } from './types-of.ts'

const reasonSchema = z
  .enum(['disabled', 'retained', 'silent', 'unresolved-reference', 'empty-group', 'replaced'])
  .meta({
    description:
      '`silent`: no request about it for `silentDays`, or since `silentCycles` began. `unresolved-reference`: it points at a resource that does not exist. `empty-group`: it has no members. `replaced`: it is disabled or retained, and its name belongs to a later one.',
    example: 'retained',
  })

const cyclesMistake = `Give a whole number of cycles from 1 to ${mostCycles}.`

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
  silentCycles: z.coerce
    .number(cyclesMistake)
    .int(cyclesMistake)
    .min(1, cyclesMistake)
    .max(mostCycles, cyclesMistake)
    .optional()
    .meta({
      description:
        "In the place of `silentDays`: silent is who was not asked about since the last but so many of the client's cycles began. Where there were fewer, nobody is.",
      example: 3,
    }),
})

const staleIdentitySchema = identitySchema
  .extend({ reasons: z.array(reasonSchema) })
  .meta({ id: 'StaleIdentity', description: 'An identity that needs a look, and why.' })

const referencesIn = ({ profile }: Tenant) =>
  profile.resourceTypes.flatMap(referencesOf).map(({ key }) => key)

const containersIn = ({ profile }: Tenant) => profile.resourceTypes.filter(hasMembers).map(({ name }) => name)

/** Identities that need a look, and the purge of those that clients deleted. */
export const staleRoutes: FastifyPluginAsyncZod<ConsoleParts> = async (app, parts) => {
  const { tenants, directory } = parts
  const tags = ['stale']

  app.get(
    '/tenants/:tenant/stale',
    {
      schema: {
        operationId: 'listStale',
        summary: 'List the identities that need a look',
        description:
          'Disabled, retained after their client deleted them, replaced, silent, empty, or pointing nowhere.',
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
        silentSince: silentSince(parts, tenant, query),
        references: referencesIn(tenant),
        containers: containersIn(tenant),
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
          'Only records of resources that their client has deleted are purged; their history stays. With `preview` nothing is changed, and the records are shown.',
        tags,
        params: tenantParams,
        body: purgeSchema,
        response: {
          200: answer('What was purged, or would be.', purgedSchema),
          ...problems(400, 404, 413, 415),
        },
      },
    },
    async ({ params, body }) => {
      const tenant = tenantNamed(tenants, params.tenant)
      const asked = 'ids' in body ? body.ids : 'all'
      const told = body.preview ? await directory.purgeable(tenant.key, asked, recordsShown) : undefined
      const purged = told?.ids ?? (await directory.purge(tenant.key, nowAt(tenant), asked))
      const done = new Set(purged)
      return {
        purged: [...purged],
        kept: asked === 'all' ? [] : asked.filter(id => !done.has(id)),
        ...(told && { preview: true as const, records: told.records.map(viewPurgeable) }),
      }
    },
  )
}
