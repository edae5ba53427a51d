import type { Exchange } from '../journal/exchange.ts'
import type { AnalysisEvent, AnalysisStore, Cycle, SetupStep, SetupStepId } from '../ports/analysis.ts'
import type { TenantStore } from '../ports/tenants.ts'
import { hasEnded, type LatestCycles } from './cycles.ts'
import { hasNoFailure, isOnTime, toCycleStep } from './setup-step.ts'

type StepEvent = Extract<AnalysisEvent, { readonly kind: 'setup-step' }>

/** An exchange, and the steps that it shows to be done. */
type ExchangeSteps = { readonly exchange: Exchange; readonly steps: readonly SetupStepId[] }

/** What a portion of the journal says about the set-up. */
export type SetupEvidence = {
  readonly items: readonly ExchangeSteps[]
  /** The cycles that these exchanges began or went on with, and the newest one of each client. */
  readonly cycles: readonly Cycle[]
  readonly latestCycles: LatestCycles
}

/** Stores the steps of the set-up that are done, each with its first evidence. */
export type SetupProgress = {
  /** Whether a step of a tenant is still to be done; never of a tenant that isn't there. */
  isPending(tenant: string | undefined, step: SetupStepId): boolean
  /** Stores what is new, and returns it as events. Runs inside a write. */
  save(evidence: SetupEvidence): readonly StepEvent[]
  /** Notes what was kept, once it is on disk. */
  markSaved(events: readonly AnalysisEvent[]): void
  /** Forgets what was noted of a tenant, or all. */
  clear(tenant?: string): void
}

export function createSetupProgress(
  store: Pick<AnalysisStore, 'saveSetupStep' | 'setupSteps' | 'recentCycles'>,
  tenants: Pick<TenantStore, 'find'>,
): SetupProgress {
  /** The steps that are done, so that most exchanges needn't be looked at. */
  const known = new Map<string, Set<SetupStepId>>()

  const doneBy = (tenant: string): Set<SetupStepId> => {
    const done = known.get(tenant) ?? new Set(store.setupSteps(tenant).map(({ id }) => id))
    known.set(tenant, done)
    return done
  }
  const isPending: SetupProgress['isPending'] = (tenant, step) =>
    tenant !== undefined && tenants.find(tenant) !== undefined && !doneBy(tenant).has(step)

  /** Another tenant may have been given the id since: what was sent before it was created isn't its own. */
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
    // Those before the newest are over.
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

  /** Silence ends a cycle, too, as seen when somebody else speaks. */
  const noteSilent = (last: LatestCycles, now: number) =>
    [...last.values()].flatMap(cycle => {
      // A tenant's clock goes forward at least as fast as the machine's.
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
