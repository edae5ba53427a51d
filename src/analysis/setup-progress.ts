import type { Exchange } from '../journal/exchange.ts'
import type { AnalysisEvent, AnalysisStore, Cycle, SetupStep, SetupStepId } from '../ports/analysis.ts'
import type { TenantStore } from '../ports/tenants.ts'
import { hasEnded, type LatestCycles } from './cycles.ts'
import { hasNoFailure, isOnTime, toCycleStep } from './setup-step.ts'

type StepEvent = Extract<AnalysisEvent, { readonly kind: 'setup-step' }>

/** An exchange and the setup steps that it completes. */
type ExchangeSteps = { readonly exchange: Exchange; readonly steps: readonly SetupStepId[] }

/** The part of a batch that concerns the setup. */
type SetupEvidence = {
  readonly items: readonly ExchangeSteps[]
  /** The cycles that these exchanges started or continued, and the newest one of each client. */
  readonly cycles: readonly Cycle[]
  readonly latestCycles: LatestCycles
}

/** Stores completed setup steps, each with its first evidence. */
export type SetupProgress = {
  /** Whether a step of a tenant is incomplete; false for unknown tenants. */
  isPending(tenant: string | undefined, step: SetupStepId): boolean
  /** Saves new steps and returns them as events. Runs inside a write. */
  save(evidence: SetupEvidence): readonly StepEvent[]
  /** Marks steps as complete after the commit. */
  markSaved(events: readonly AnalysisEvent[]): void
  /** Discards the state of one tenant, or of all. */
  clear(tenant?: string): void
}

export function createSetupProgress(
  store: Pick<AnalysisStore, 'saveSetupStep' | 'setupSteps' | 'recentCycles'>,
  tenants: Pick<TenantStore, 'find'>,
): SetupProgress {
  /** Completed steps by tenant: most exchanges need no check. */
  const known = new Map<string, Set<SetupStepId>>()

  const doneBy = (tenant: string): Set<SetupStepId> => {
    const done = known.get(tenant) ?? new Set(store.setupSteps(tenant).map(({ id }) => id))
    known.set(tenant, done)
    return done
  }
  const isPending: SetupProgress['isPending'] = (tenant, step) =>
    tenant !== undefined && tenants.find(tenant) !== undefined && !doneBy(tenant).has(step)

  /** A new tenant may reuse the id: earlier requests are not its own. */
  const note = (tenant: string, since: number, step: SetupStep): readonly StepEvent[] => {
    const found = tenants.find(tenant)
    if (!found || since < found.created || !store.saveSetupStep(tenant, step)) return []
    return [{ kind: 'setup-step', tenant, step }]
  }

  const noteExchange = ({ exchange, steps }: ExchangeSteps) =>
    steps.flatMap(id => {
      const { tenant = '', at, tenantTime } = exchange
      const userAgent = exchange.request.headers['user-agent']?.trim()
      const step = { id, at, tenantTime, exchange: exchange.id, ...(userAgent && { userAgent }) }
      return note(tenant, at, step)
    })

  const noteCycle = (cycle: Cycle) => {
    const { tenant, started, tenantStarted } = cycle
    const needsSecond = isPending(tenant, 'second-cycle')
    if (cycle.client !== 'entra' || !(needsSecond || isPending(tenant, 'no-failure'))) return []
    const recent = store.recentCycles(cycle)
    // Only cycles before the newest are over.
    const clean = recent.slice(1).findLast(hasNoFailure)
    return [
      ...(needsSecond && isOnTime(cycle, recent)
        ? note(
            tenant,
            started,
            toCycleStep('second-cycle', cycle, { at: started, tenantTime: tenantStarted }),
          )
        : []),
      ...(clean ? noteClean(clean) : []),
    ]
  }

  const noteClean = (cycle: Cycle) =>
    note(
      cycle.tenant,
      cycle.started,
      toCycleStep('no-failure', cycle, { at: cycle.last, tenantTime: cycle.tenantLast }),
    )

  /** A pause also ends a cycle; requests of other clients reveal it. */
  const noteSilent = (last: LatestCycles, now: number) =>
    [...last.values()].flatMap(cycle => {
      // A tenant's clock advances at least as fast as the machine's.
      const tenantTime = cycle.tenantLast + (now - cycle.last)
      return hasNoFailure(cycle) && hasEnded(cycle, tenantTime) && isPending(cycle.tenant, 'no-failure')
        ? noteClean(cycle)
        : []
    })

  return {
    isPending,
    save: ({ items, cycles, latestCycles }) => [
      ...items.flatMap(noteExchange),
      ...cycles.flatMap(noteCycle),
      ...noteSilent(latestCycles, items.at(-1)?.exchange.at ?? 0),
    ],
    markSaved(events) {
      for (const event of events) {
        if (event.kind === 'setup-step') doneBy(event.tenant).add(event.step.id)
      }
    },
    clear(tenant) {
      if (tenant === undefined) known.clear()
      else known.delete(tenant)
    },
  }
}
