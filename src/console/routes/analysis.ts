import type { FastifyPluginAsync } from 'fastify'
import { operations as cycleOperations } from '../../contract/cycles.ts'
import { operations as findingOperations } from '../../contract/findings.ts'
import { toPageRequest } from '../../contract/operation.ts'
import type { Cycle as StoredCycle } from '../../ports/analysis.ts'
import { compact } from '../../scim/json.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { currentCycleState, viewCycle } from '../views/cycle.ts'
import { viewFindings } from '../views/finding.ts'
import { register } from './register.ts'
import { requireTenant } from './tenants.ts'

/** How long a list of cycles waits for the analysis of earlier exchanges. Milliseconds. */
const cyclesTimeout = 1000

/** The cycles of clients. */
export const cycleRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, deps) => {
  const { analysis } = deps
  const view = async (cycle: StoredCycle) => viewCycle(cycle, await currentCycleState(cycle, deps))

  register(app, 'listCycles', cycleOperations.listCycles, async ({ query }) => {
    await analysis.caughtUp(cyclesTimeout)
    const { tenant } = query
    const { items, ...rest } = await analysis.cycles({
      ...toPageRequest(query),
      ...compact({ tenant }),
    })
    return { items: await Promise.all(items.map(view)), ...rest }
  })

  register(app, 'getCycle', cycleOperations.getCycle, async ({ params }) => {
    const cycle = await analysis.cycle(params.id)
    if (!cycle) throw cycleNotFound(params.id)
    return view(cycle)
  })
}

const cycleNotFound = (id: string) =>
  new Problem(
    'not-found',
    `There is no cycle "${id}". Cycles are deleted with their last exchange in the journal. GET /api/v1/cycles lists all cycles.`,
  )

/** How long a list of findings waits for the analysis of earlier exchanges. Milliseconds. */
const findingsTimeout = 2000

/** Problems in the requests of clients, and what would fail on AWS. */
export const findingRoutes: FastifyPluginAsync<ConsoleDeps> = async (
  app,
  { analysis, jobHealth, tenants },
) => {
  register(app, 'listFindings', findingOperations.listFindings, async ({ query }) => {
    const tenant = query.tenant === undefined ? undefined : requireTenant(tenants, query.tenant).id
    await analysis.caughtUp(findingsTimeout)
    const groups = await analysis.findings(tenant)
    const estimates = await jobHealth.estimates(tenant)
    return {
      items: groups.flatMap(viewFindings),
      // A deleted tenant has findings in the journal, but no job.
      quarantine: estimates.filter(one => tenants.find(one.tenant)).map(estimate => ({ ...estimate })),
      waiting: await analysis.pendingCount(),
    }
  })
}
