import type { Exchange } from '../journal/exchange.ts'
import type { TenantStore } from '../tenants/tenant-store.ts'
import type { AnalysisEvent } from './analysis.ts'
import type { Cycle } from './cycle.ts'
import { isOver, type LastCycles } from './cycle-run.ts'
import { hasNoFailure, isOnTime, type SetupStep, type SetupStepId, stepOfCycle } from './setup-step.ts'
import type { AnalysisStore } from './sqlite-analysis.ts'

type StepEvent = Extract<AnalysisEvent, { readonly kind: 'setup-step' }>

/** An exchange, and the steps that it shows to be done. */
type Shown = { readonly exchange: Exchange; readonly steps: readonly SetupStepId[] }

/** What a portion of the journal says about the set-up. */
export type SetupEvidence = {
  readonly items: readonly Shown[]
  /** The cycles that these exchanges began or went on with, and the newest one of each client. */
  readonly cycles: readonly Cycle[]
  readonly last: LastCycles
}

/** Stores the steps of the set-up that are done, each with its first evidence. */
export type SetupWatch = {
  /** Whether a step of a tenant is still to be done; never of a tenant that isn't there. */
  isOpen(tenant: string | undefined, step: SetupStepId): boolean
  /** Stores what is new, and returns it as events. Runs inside a write. */
  keep(evidence: SetupEvidence): readonly StepEvent[]
  /** Notes what was kept, once it is on disk. */
  learn(events: readonly AnalysisEvent[]): void
  /** Forgets what was noted of a tenant, or all. */
  forget(tenant?: string): void
}

export function createSetupWatch(
  store: Pick<AnalysisStore, 'putSetupStep' | 'setupSteps' | 'recentCycles'>,
  tenants: Pick<TenantStore, 'find'>,
): SetupWatch {
  /** The steps that are done, so that most exchanges needn't be looked at. */
  const known = new Map<string, Set<SetupStepId>>()

  const doneBy = (tenant: string): Set<SetupStepId> => {
    const done = known.get(tenant) ?? new Set(store.setupSteps(tenant).map(({ id }) => id))
    known.set(tenant, done)
    return done
  }
  const isOpen: SetupWatch['isOpen'] = (tenant, step) =>
    tenant !== undefined && tenants.find(tenant) !== undefined && !doneBy(tenant).has(step)

  /** Another tenant may have been given the id since: what was sent before it was created isn't its own. */
  const note = (tenant: string, since: number, step: SetupStep): readonly StepEvent[] => {
    const found = tenants.find(tenant)
    if (!found || since < found.created || !store.putSetupStep(tenant, step)) return []
    return [{ kind: 'setup-step', tenant, step }]
  }

  const noteExchange = ({ exchange, steps }: Shown) =>
    steps.flatMap(id => {
      const { tenant = '', at, tenantTime } = exchange
      const userAgent = exchange.request.headers['user-agent']?.trim()
      const step = { id, at, tenantTime, exchange: exchange.id, ...(userAgent && { userAgent }) }
      return note(tenant, at, step)
    })

  const noteCycle = (cycle: Cycle) => {
    const { tenant, started, tenantStarted } = cycle
    const needsSecond = isOpen(tenant, 'second-cycle')
    if (cycle.client !== 'entra' || !(needsSecond || isOpen(tenant, 'no-failure'))) return []
    const recent = store.recentCycles(cycle)
    // Those before the newest are over.
    const clean = recent.slice(1).findLast(hasNoFailure)
    return [
      ...(needsSecond && isOnTime(cycle, recent)
        ? note(
            tenant,
            started,
            stepOfCycle('second-cycle', cycle, { at: started, tenantTime: tenantStarted }),
          )
        : []),
      ...(clean ? noteClean(clean) : []),
    ]
  }

  const noteClean = (cycle: Cycle) =>
    note(
      cycle.tenant,
      cycle.started,
      stepOfCycle('no-failure', cycle, { at: cycle.last, tenantTime: cycle.tenantLast }),
    )

  /** Silence ends a cycle, too, as seen when somebody else speaks. */
  const noteSilent = (last: LastCycles, now: number) =>
    [...last.values()].flatMap(cycle => {
      // A tenant's clock goes forward at least as fast as the machine's.
      const tenantTime = cycle.tenantLast + (now - cycle.last)
      return hasNoFailure(cycle) && isOver(cycle, tenantTime) && isOpen(cycle.tenant, 'no-failure')
        ? noteClean(cycle)
        : []
    })

  return {
    isOpen,
    keep: ({ items, cycles, last }) => [
      ...items.flatMap(noteExchange),
      ...cycles.flatMap(noteCycle),
      ...noteSilent(last, items.at(-1)?.exchange.at ?? 0),
    ],
    learn(events) {
      for (const event of events) {
        if (event.kind === 'setup-step') doneBy(event.tenant).add(event.step.id)
      }
    },
    forget(tenant) {
      if (tenant === undefined) known.clear()
      else known.delete(tenant)
    },
  }
}
