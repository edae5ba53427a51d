import {
  type AnalysisStore,
  type Cycle,
  recentCycleCount,
  type SetupStepId,
  type TenantStep,
} from '../../domain/ports/analysis.ts'
import type { TenantStore } from '../../domain/ports/tenants.ts'
import { type BatchAnalysis, cycleClientKey, hasEnded } from './cycles.ts'
import { hasNoFailure, isOnTime, toCycleStep } from './setup-step.ts'

/** Finds the setup steps that are complete, each with its first evidence. */
export type SetupProgress = {
  /** Reads the completed steps of the tenants that are not known yet. */
  load(tenants: readonly (string | undefined)[]): Promise<void>
  /** Whether a request of this time, by the server's clock, can complete a step of a loaded tenant. */
  isPending(tenant: string | undefined, step: SetupStepId, at: number): boolean
  /** The steps that whole cycles complete, given a batch that is not stored yet. */
  cycleSteps(batch: BatchAnalysis): Promise<readonly TenantStep[]>
  /** Marks stored steps as complete. */
  markSaved(steps: readonly TenantStep[]): void
  /** Forgets which steps are complete. */
  clear(): void
}

export function createSetupProgress(
  store: Pick<AnalysisStore, 'completedSteps' | 'recentCycles'>,
  tenants: Pick<TenantStore, 'find'>,
): SetupProgress {
  /** Completed steps by tenant: most exchanges need no check. */
  const known = new Map<string, Set<SetupStepId>>()

  const load: SetupProgress['load'] = async ids => {
    const isUnknown = (id: string | undefined): id is string =>
      id !== undefined && !known.has(id) && tenants.find(id) !== undefined
    const unknown = [...new Set(ids)].filter(isUnknown)
    if (unknown.length === 0) return
    const completed = await store.completedSteps(unknown)
    for (const id of unknown) known.set(id, new Set(completed.get(id)))
  }

  const isPending: SetupProgress['isPending'] = (tenant, step, at) => {
    const found = tenant === undefined ? undefined : tenants.find(tenant)
    // A new tenant may reuse the id: earlier requests are not its own.
    return found !== undefined && at >= found.created && known.get(found.id)?.has(step) === false
  }

  const cleanStep = (cycle: Cycle): readonly TenantStep[] => {
    const { tenant, started, last, tenantLast } = cycle
    if (!isPending(tenant, 'no-failure', started)) return []
    return [{ tenant, step: toCycleStep('no-failure', cycle, { at: last, tenantTime: tenantLast }) }]
  }

  const stepsOf = async (cycle: Cycle, cycles: readonly Cycle[]): Promise<readonly TenantStep[]> => {
    const { tenant, started, tenantStarted } = cycle
    const needsSecond = isPending(tenant, 'second-cycle', started)
    if (
      cycle.client !== 'entra' ||
      cycle.kind === 'on-demand' ||
      !(needsSecond || isPending(tenant, 'no-failure', started))
    )
      return []
    const recent = recentAfter(cycles, cycle, await store.recentCycles(cycle))
    // Only cycles before the newest are over.
    const clean = recent.slice(1).findLast(hasNoFailure)
    const second = toCycleStep('second-cycle', cycle, { at: started, tenantTime: tenantStarted })
    return [
      ...(needsSecond && isOnTime(cycle, recent) ? [{ tenant, step: second }] : []),
      ...(clean ? cleanStep(clean) : []),
    ]
  }

  /** A pause also ends a cycle; requests of other clients reveal it. */
  const silentSteps = async ({ items, latestCycles }: BatchAnalysis): Promise<readonly TenantStep[]> => {
    const now = items.at(-1)?.exchange.at ?? 0
    const silent = [...latestCycles.values()].filter(
      // A tenant's clock advances at least as fast as the machine's.
      cycle => hasNoFailure(cycle) && hasEnded(cycle, cycle.tenantLast + (now - cycle.last)),
    )
    await load(silent.map(({ tenant }) => tenant))
    return silent.flatMap(cleanStep)
  }

  return {
    load,
    isPending,
    async cycleSteps(batch) {
      const found = await Promise.all([
        ...batch.cycles.map(cycle => stepsOf(cycle, batch.cycles)),
        silentSteps(batch),
      ])
      return found.flat()
    },
    markSaved(steps) {
      for (const { tenant, step } of steps) known.get(tenant)?.add(step.id)
    },
    clear: () => known.clear(),
  }
}

/** The last cycles of a client once these are stored, newest first. Batches start cycles after the stored ones. */
function recentAfter(cycles: readonly Cycle[], of: Cycle, stored: readonly Cycle[]): readonly Cycle[] {
  const inBatch = new Set(cycles.map(({ id }) => id))
  const own = cycles.filter(
    one => one.kind !== 'on-demand' && one.client === of.client && cycleClientKey(one) === cycleClientKey(of),
  )
  return [...own.toReversed(), ...stored.filter(({ id }) => !inBatch.has(id))].slice(0, recentCycleCount)
}
