import { describeFault, type Fault, matchesRequest, type NewFault, type RequestFacts } from './fault.ts'

/** What is armed at a time; a list that nobody looks through any more. */
export const maxFaults = 100

/** As many faults are armed as may be; a sentence that says what to do. */
export class FaultLimitError extends Error {
  constructor() {
    super(`${maxFaults} faults are armed, which is the most. Disarm one first.`)
    this.name = 'FaultLimitError'
  }
}

export type FaultsEvent = { readonly kind: 'changed' }

/** The faults that are armed, in memory. */
export type Faults = {
  /** In the order in which they were armed. */
  list(): readonly Fault[]
  /** Throws FaultLimitError. */
  activate(newFault: NewFault): Fault
  /** Whether there was such a fault. */
  deactivate(id: string): boolean
  deactivateAll(): void
  /** Disarms what strikes the tenant of this id only. */
  deactivateForTenant(tenant: string): void
  /**
   * The fault that spoils this request's answer; it counts the strike. Faults are asked in the order in which they
   * were armed, and those after the one that strikes don't get to see the request.
   */
  trigger(facts: () => RequestFacts): Fault | undefined
  /** Tells of faults that are armed, have struck or are gone; answers how to end that. Listeners don't throw. */
  subscribe(listener: (event: FaultsEvent) => void): () => void
}

type ActiveFault = {
  fault: Fault
  /** The requests that it was meant for, struck or not. */
  matched: number
}

type FaultEnvironment = {
  readonly newId: () => string
  /** The machine's time in milliseconds since 1970. */
  readonly clock: () => number
}

/** Begins with no fault. */
export function createActiveFaults({ newId, clock }: FaultEnvironment): Faults {
  const listeners = new Set<(event: FaultsEvent) => void>()
  let armed: readonly ActiveFault[] = []

  const changed = () => {
    for (const listener of listeners) listener({ kind: 'changed' })
  }
  const keepOnly = (kept: readonly ActiveFault[]) => {
    const isLess = kept.length < armed.length
    armed = kept
    if (isLess) changed()
    return isLess
  }
  const counted = (one: ActiveFault): Fault => {
    const hits = one.fault.hits + 1
    one.fault = { ...one.fault, hits, lastHit: clock() }
    if (hits === one.fault.times) keepOnly(armed.filter(other => other !== one))
    else changed()
    return one.fault
  }

  return {
    list: () => armed.map(({ fault }) => fault),
    activate(newFault) {
      if (armed.length >= maxFaults) throw new FaultLimitError()
      const fault = { ...newFault, id: newId(), summary: describeFault(newFault), armed: clock(), hits: 0 }
      armed = [...armed, { fault, matched: 0 }]
      changed()
      return fault
    },
    deactivate: id => keepOnly(armed.filter(({ fault }) => fault.id !== id)),
    deactivateAll: () => {
      keepOnly([])
    },
    deactivateForTenant: tenant => {
      keepOnly(armed.filter(({ fault }) => fault.match.tenant !== tenant))
    },
    trigger(facts) {
      if (armed.length === 0) return undefined
      const request = facts()
      const striking = armed.find(one => matchesRequest(one.fault.match, request) && isDue(one))
      return striking && counted(striking)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}

/** Counts a request that the fault is meant for. */
function isDue(one: ActiveFault): boolean {
  const { skip = 0, every = 1 } = one.fault.match
  one.matched++
  return one.matched > skip && (one.matched - skip) % every === 0
}
