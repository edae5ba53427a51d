import type { FastifyPluginAsync } from 'fastify'
import { toPageRequest } from '../../domain/contract/operation.ts'
import { maxRecordsShown, operations, type PurgeCandidate } from '../../domain/contract/stale.ts'
import { day } from '../../domain/duration.ts'
import type { PurgeCandidate as StoredPurgeCandidate } from '../../domain/ports/directory.ts'
import { type Tenant, tenantNow } from '../../domain/tenants/tenant.ts'
import { referencesOf } from '../../scim-api/provider/references.ts'
import type { ConsoleDeps } from '../deps.ts'
import { viewDeletion, viewIdentity, viewRelated } from '../views/identity.ts'
import { register, requireTenant } from './register.ts'
import { hasMembers } from './types.ts'

const viewPurgeCandidate = ({ id, type, label, deleted, groups }: StoredPurgeCandidate): PurgeCandidate => ({
  id,
  type,
  label,
  ...viewDeletion(deleted),
  groups: groups.map(viewRelated),
})

/** Connection tests and the cycles of other clients are among them and don't count. */
const maxCyclesScanned = 200

type InactivePeriod = { readonly inactiveDays: number; readonly inactiveCycles?: number | undefined }

/**
 * The start of the period, in milliseconds since 1970 by the tenant's clock: identities without a request since
 * then are inactive. Counted in cycles, it is the start of the Nth last cycle; with fewer cycles no identity is inactive.
 */
async function inactiveSince(
  { analysis, clock }: Pick<ConsoleDeps, 'analysis' | 'clock'>,
  tenant: Tenant,
  { inactiveDays, inactiveCycles }: InactivePeriod,
): Promise<number> {
  if (inactiveCycles === undefined) return tenantNow(tenant, clock()) - inactiveDays * day
  const { items } = await analysis.cycles({ tenant: tenant.id, limit: maxCyclesScanned })
  return items.filter(({ kind }) => kind === 'cycle')[inactiveCycles - 1]?.tenantStarted ?? 0
}

const referenceKeys = ({ profile }: Tenant) =>
  profile.schema.resourceTypes.flatMap(referencesOf).map(({ key }) => key)

const containerTypes = ({ profile }: Tenant) =>
  profile.schema.resourceTypes.filter(hasMembers).map(({ name }) => name)

export const staleRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, deps) => {
  const { tenants, directory } = deps

  const conditionsOf = async (tenant: Tenant, period: InactivePeriod) => ({
    inactiveSince: await inactiveSince(deps, tenant, period),
    references: referenceKeys(tenant),
    containers: containerTypes(tenant),
  })

  register(app, 'listStale', operations.listStale, async ({ params, query, signal }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const { items, ...rest } = await directory.stale(tenant.key, {
      ...toPageRequest(query),
      ...(query.reason && { reason: query.reason }),
      ...(await conditionsOf(tenant, query)),
      signal,
    })
    return { items: items.map(one => ({ ...viewIdentity(one), reasons: [...one.reasons] })), ...rest }
  })

  register(app, 'countStale', operations.countStale, async ({ params, query, signal }) => {
    const tenant = requireTenant(tenants, params.tenant)
    return directory.staleCounts(tenant.key, { ...(await conditionsOf(tenant, query)), signal })
  })

  register(app, 'purgeStale', operations.purgeStale, async ({ params, body }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const ids = 'ids' in body ? body.ids : 'all'
    const preview = body.preview ? await directory.purgeable(tenant.key, ids, maxRecordsShown) : undefined
    const purged = preview?.ids ?? (await directory.purge(tenant.key, tenantNow(tenant, deps.clock()), ids))
    const done = new Set(purged)
    return {
      purged: [...purged],
      skipped: ids === 'all' ? [] : ids.filter(id => !done.has(id)),
      ...(preview && { preview: true as const, records: preview.records.map(viewPurgeCandidate) }),
    }
  })
}
