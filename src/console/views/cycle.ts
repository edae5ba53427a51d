import type { Cycle } from '../../domain/contract/cycles.ts'
import { toIsoTime } from '../../domain/contract/operation.ts'
import type { Cycle as StoredCycle } from '../../domain/ports/analysis.ts'
import { machineNow, type TenantStore, tenantNow } from '../../domain/tenants/tenant.ts'
import { type ClockReading, type CycleState, cycleState } from '../../insight/analysis/cycles.ts'
import type { AnalysisWorker } from '../../insight/analysis/worker.ts'
import type { SampleRuns } from '../sample-runs.ts'

export const viewCycle = (
  { changed, object: _object, lastCycle: _lastCycle, isCreating: _isCreating, ...cycle }: StoredCycle,
  { running, next }: CycleState,
): Cycle => ({
  ...cycle,
  modified: changed,
  ...(cycle.token && { token: { ...cycle.token } }),
  started: toIsoTime(cycle.started),
  tenantStarted: toIsoTime(cycle.tenantStarted),
  last: toIsoTime(cycle.last),
  tenantLast: toIsoTime(cycle.tenantLast),
  running,
  ...(next && {
    next: {
      expected: toIsoTime(next.expected.machine),
      tenantExpected: toIsoTime(next.expected.tenant),
      overdue: next.overdue,
    },
  }),
})

type CycleStateDeps = {
  readonly analysis: Pick<AnalysisWorker, 'recentCycles' | 'isCurrent'>
  readonly tenants: Pick<TenantStore, 'find'>
  readonly sampleRuns: Pick<SampleRuns, 'endedAt'>
}

/** The present state of a cycle. While the analysis lags behind, later cycles may have begun, so that none is expected. */
export async function currentCycleState(cycle: StoredCycle, deps: CycleStateDeps): Promise<CycleState> {
  const recent = await deps.analysis.recentCycles(cycle)
  const { next, running } = cycleState(cycle, recent, currentTimes(cycle, deps), knownEnd(cycle, deps))
  if (!next) return { running }
  const isCurrent = deps.tenants.find(cycle.tenant)?.session || (await deps.analysis.isCurrent())
  return { running, ...(isCurrent && { next }) }
}

/** Only the end of the sample is known: other clients just send no more requests. */
const knownEnd = (
  { client, tenant }: StoredCycle,
  { sampleRuns }: Pick<CycleStateDeps, 'sampleRuns'>,
): number | undefined => (client === 'sample' ? sampleRuns.endedAt(tenant) : undefined)

/** Now, by both clocks. A deleted tenant keeps the clock of its last request. */
export function currentTimes(
  { tenant, last, tenantLast }: StoredCycle,
  { tenants }: Pick<CycleStateDeps, 'tenants'>,
): ClockReading {
  const found = tenants.find(tenant)
  const machine = found ? machineNow(found, Date.now()) : Date.now()
  return { machine, tenant: found ? tenantNow(found, machine) : machine + (tenantLast - last) }
}
