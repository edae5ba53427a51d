import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import {
  jsonResponse,
  pageQuery,
  pageSchema,
  problemResponses,
  tenantParams,
  toPageRequest,
} from '../../contract/operation.ts'
import type { PurgeCandidate } from '../../ports/directory.ts'
import { referencesOf } from '../../provider/references.ts'
import { type Tenant, tenantNow } from '../../tenants/tenant.ts'
import type { ConsoleDeps } from '../deps.ts'
import { identitySchema, viewDeletion, viewIdentity, viewRelated } from '../views/identity.ts'
import { requireTenant } from './tenants.ts'
import { hasMembers } from './types.ts'

/** A preview shows so many records, and the ids of all. */
export const maxRecordsShown = 1000

const purgeFormatMessage =
  'Send { "ids": ["…"] } to purge those records, or { "all": true } to purge every retained one; with "preview": true nothing is purged.'

const preview = z.boolean().optional().meta({ description: 'Only tell what would be purged.' })

export const purgeSchema = z
  .union(
    [
      z.strictObject({ ids: z.array(z.string()).min(1).max(1000), preview }),
      z.strictObject({ all: z.literal(true), preview }),
    ],
    purgeFormatMessage,
  )
  .meta({
    description: 'Which retained records to purge.',
    examples: [
      { ids: ['94482488-5041-7061-1b47-c0e0b6b2a1f8'] },
      { all: true },
      { all: true, preview: true },
    ],
  })

const purgeableSchema = identitySchema
  .pick({ id: true, type: true, label: true, deleted: true, groups: true })
  .meta({ id: 'Purgeable', description: 'A retained record that would be purged.' })

export const purgedSchema = z
  .object({
    purged: z
      .array(z.string())
      .meta({ description: 'The ids of the records that were purged, or would be.' }),
    kept: z.array(z.string()).meta({
      description: 'The ids that were asked for and are of no retained record: nothing happens to them.',
    }),
    preview: z.literal(true).optional().meta({ description: 'Nothing was purged.' }),
    records: z
      .array(purgeableSchema)
      .optional()
      .meta({ description: `In a preview: the records, the first ${maxRecordsShown} of them at most.` }),
  })
  .meta({ id: 'Purged', description: 'What a purge did, or would do.' })

export const viewPurgeable = ({
  id,
  type,
  label,
  deleted,
  groups,
}: PurgeCandidate): z.output<typeof purgeableSchema> => ({
  id,
  type,
  label,
  ...viewDeletion(deleted),
  groups: groups.map(viewRelated),
})

/** The most cycles that can be counted back. */
export const maxSilentCycles = 100

/** Probes and the runs of other clients stand between, which don't count. */
const maxCyclesScanned = 200

const day = 24 * 60 * 60 * 1000

type SilencePeriod = { readonly silentDays: number; readonly silentCycles?: number | undefined }

/**
 * Who hasn't been asked about since then is silent: milliseconds since 1970, by the tenant's clock. Counted in
 * cycles, it is the start of the last but so many; where there were fewer, nobody is silent.
 */
export function silentSince(
  deps: Pick<ConsoleDeps, 'analysis'>,
  tenant: Tenant,
  { silentDays, silentCycles }: SilencePeriod,
): number {
  if (silentCycles === undefined) return tenantNow(tenant) - silentDays * day
  const { items } = deps.analysis.cycles({ tenant: tenant.id, limit: maxCyclesScanned })
  return items.filter(({ kind }) => kind === 'cycle')[silentCycles - 1]?.tenantStarted ?? 0
}

const reasonSchema = z
  .enum(['disabled', 'retained', 'silent', 'unresolved-reference', 'empty-group', 'replaced'])
  .meta({
    description:
      '`silent`: no request about it for `silentDays`, or since `silentCycles` began. `unresolved-reference`: it points at a resource that does not exist. `empty-group`: it has no members. `replaced`: it is disabled or retained, and its name belongs to a later one.',
    example: 'retained',
  })

const cyclesMessage = `Give a whole number of cycles from 1 to ${maxSilentCycles}.`

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
    .number(cyclesMessage)
    .int(cyclesMessage)
    .min(1, cyclesMessage)
    .max(maxSilentCycles, cyclesMessage)
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

const referenceKeys = ({ profile }: Tenant) =>
  profile.schema.resourceTypes.flatMap(referencesOf).map(({ key }) => key)

const containerTypes = ({ profile }: Tenant) =>
  profile.schema.resourceTypes.filter(hasMembers).map(({ name }) => name)

/** Identities that need a look, and the purge of those that clients deleted. */
export const staleRoutes: FastifyPluginAsyncZod<ConsoleDeps> = async (app, deps) => {
  const { tenants, directory } = deps
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
          200: jsonResponse('The identities, newest first.', pageSchema(staleIdentitySchema)),
          ...problemResponses(400, 404),
        },
      },
    },
    async ({ params, query }) => {
      const tenant = requireTenant(tenants, params.tenant)
      const { items, ...rest } = await directory.stale(tenant.key, {
        ...toPageRequest(query),
        ...(query.reason && { reason: query.reason }),
        silentSince: silentSince(deps, tenant, query),
        references: referenceKeys(tenant),
        containers: containerTypes(tenant),
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
          200: jsonResponse('What was purged, or would be.', purgedSchema),
          ...problemResponses(400, 404, 413, 415),
        },
      },
    },
    async ({ params, body }) => {
      const tenant = requireTenant(tenants, params.tenant)
      const asked = 'ids' in body ? body.ids : 'all'
      const result = body.preview ? await directory.purgeable(tenant.key, asked, maxRecordsShown) : undefined
      const purged = result?.ids ?? (await directory.purge(tenant.key, tenantNow(tenant), asked))
      const done = new Set(purged)
      return {
        purged: [...purged],
        kept: asked === 'all' ? [] : asked.filter(id => !done.has(id)),
        ...(result && { preview: true as const, records: result.records.map(viewPurgeable) }),
      }
    },
  )
}
