import type { FastifyPluginAsync } from 'fastify'
import { getFindingKind } from '../../analysis/diagnosis/diagnose.ts'
import { type FindingGroup, operations } from '../../contract/findings.ts'
import { toIsoTime } from '../../contract/operation.ts'
import type { FindingGroup as StoredFindingGroup } from '../../ports/analysis.ts'
import type { ConsoleDeps } from '../deps.ts'
import { register } from './register.ts'
import { requireTenant } from './tenants.ts'

/** A group as the API shows it; none for a kind that this version does not know. */
function viewFindings(group: StoredFindingGroup): readonly FindingGroup[] {
  const kind = getFindingKind(group.id)
  if (!kind) return []
  const { first, last, evidence, ...rest } = group
  return [
    {
      ...kind,
      ...rest,
      first: toIsoTime(first),
      last: toIsoTime(last),
      evidence: evidence.map(({ at, ...one }) => ({ ...one, at: toIsoTime(at) })),
    },
  ]
}

/** How long a request waits for the analysis of earlier exchanges. Milliseconds. */
const catchUpTimeout = 2000

/** Problems in the requests of clients, and what would fail on AWS. */
export const findingRoutes: FastifyPluginAsync<ConsoleDeps> = async (
  app,
  { analysis, jobHealth, tenants },
) => {
  register(app, 'listFindings', operations.listFindings, async ({ query }) => {
    const tenant = query.tenant === undefined ? undefined : requireTenant(tenants, query.tenant).id
    await analysis.caughtUp(catchUpTimeout)
    const groups = await analysis.findings(tenant)
    const estimates = await jobHealth.estimates(tenant)
    return {
      items: groups.flatMap(viewFindings),
      // A deleted tenant has findings in the journal, but no job.
      quarantine: estimates.filter(one => tenants.find(one.tenant)).map(estimate => ({ ...estimate })),
      waiting: analysis.pendingCount(),
    }
  })
}
