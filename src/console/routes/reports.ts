import type { FastifyPluginAsync } from 'fastify'
import { cycleReportOperations } from '../../domain/contract/cycles.ts'
import { failureMapOperations as mapOperations } from '../../domain/contract/findings.ts'
import type { ConsoleDeps } from '../deps.ts'
import { readCycleChanges } from '../reports/cycle-changes.ts'
import { readCycleRate } from '../reports/cycle-rate.ts'
import { readFailureMap } from '../reports/failure-map.ts'
import { requireCycle } from './analysis.ts'
import { register } from './register.ts'
import { requireTenant } from './tenants.ts'

export const reportRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, deps) => {
  const { tenants, analysis, journal } = deps

  register(app, 'getCycleChanges', cycleReportOperations.getCycleChanges, async ({ params, signal }) => {
    const cycle = await requireCycle(analysis, params.id)
    return readCycleChanges(deps, requireTenant(tenants, cycle.tenant), cycle, signal)
  })

  register(app, 'getCycleRate', cycleReportOperations.getCycleRate, async ({ params, signal }) => {
    const cycle = await requireCycle(analysis, params.id)
    return readCycleRate(journal, cycle, tenants.find(cycle.tenant)?.profile, signal)
  })

  register(app, 'getFailureMap', mapOperations.getFailureMap, async ({ params, signal }) =>
    readFailureMap(deps, requireTenant(tenants, params.tenant).id, signal),
  )
}
