import type { AnalysisStore, FindingGroup } from '../../domain/ports/analysis.ts'
import type { OpenedSession, TenantStore } from '../../domain/tenants/tenant.ts'
import { products } from '../../scim/recognition/products.ts'

/**
 * The results of the analysis with those of opened sessions, whose findings are as their files have them: counts include requests
 * that a file does not have. Lists of all tenants leave sessions out.
 */
export const withOpenedSessions = (
  store: AnalysisStore,
  tenants: Pick<TenantStore, 'find'>,
): AnalysisStore => ({
  ...store,
  async findings(tenant) {
    const session = tenants.find(tenant ?? '')?.session
    if (tenant !== undefined && session) return toGroups(tenant, session)
    return (await store.findings(tenant)).filter(group => !tenants.find(group.tenant)?.session)
  },
  async findingCounts() {
    return (await store.findingCounts()).filter(count => !tenants.find(count.tenant)?.session)
  },
})

const toGroups = (tenant: string, { findings }: OpenedSession): readonly FindingGroup[] =>
  findings.map(({ product: written, evidence, ...group }) => {
    const product = products.find(known => known === written)
    const client = product && { product, evidence: 'named' as const }
    return { ...group, tenant, evidence: evidence.map(one => ({ ...one, ...(client && { client }) })) }
  })
