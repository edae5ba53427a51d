import {
  describeFault,
  type Fault,
  type FaultMatch,
  matchesRequest,
  type NewFault,
  type RequestFacts,
} from './fault.ts'

export const maxFaults = 100

export class FaultLimitError extends Error {
  constructor() {
    super(`${maxFaults} faults are active, which is the maximum. Turn one off first.`)
    this.name = 'FaultLimitError'
  }
}

type FaultsEvent = { readonly kind: 'changed' }

/** The active faults. All are held in memory; changes are acknowledged once they apply to all requests. */
export interface Faults {
  list(): readonly Fault[]
  /** Throws FaultLimitError. */
  activate(newFault: NewFault): Promise<Fault>
  deactivate(id: string): Promise<boolean>
  deactivateAll(): Promise<void>
  deactivateForTenant(tenant: string): Promise<void>
  /**
   * Returns the fault to inject into this request, and counts the hit. It is the first one that is due, in the order of
   * activation; later faults don't count the request. `facts` is called only if a fault is active. Returns a promise only
   * where processes share the faults, and one of them matches the request.
   */
  trigger(facts: () => RequestFacts): Fault | undefined | Promise<Fault | undefined>
  /** Reports activations, hits and deactivations. Returns a function that unsubscribes. Listeners must not throw. */
  subscribe(listener: (event: FaultsEvent) => void): () => void
}

type ActiveFault = {
  fault: Fault
  matched: number
}

type FaultEnvironment = {
  readonly newId: () => string
  /** Returns machine time in milliseconds since 1970. */
  readonly clock: () => number
}

export function createActiveFaults({ newId, clock }: FaultEnvironment): Faults {
  const listeners = new Set<(event: FaultsEvent) => void>()
  let active: readonly ActiveFault[] = []

  const notifyListeners = () => {
    for (const listener of listeners) listener({ kind: 'changed' })
  }
  const keepOnly = (remaining: readonly ActiveFault[]) => {
    const isChange = remaining.length < active.length
    active = remaining
    if (isChange) notifyListeners()
    return isChange
  }
  const countHit = (hit: ActiveFault): Fault => {
    const hits = hit.fault.hits + 1
    hit.fault = { ...hit.fault, hits, lastHit: clock() }
    if (hits === hit.fault.times) keepOnly(active.filter(other => other !== hit))
    else notifyListeners()
    return hit.fault
  }

  return {
    list: () => active.map(({ fault }) => fault),
    async activate(newFault) {
      if (active.length >= maxFaults) throw new FaultLimitError()
      const summary = describeFault(newFault)
      const fault = { ...newFault, id: newId(), summary, activeSince: clock(), hits: 0 }
      active = [...active, { fault, matched: 0 }]
      notifyListeners()
      return fault
    },
    deactivate: async id => keepOnly(active.filter(({ fault }) => fault.id !== id)),
    deactivateAll: async () => {
      keepOnly([])
    },
    deactivateForTenant: async tenant => {
      keepOnly(active.filter(({ fault }) => fault.match.tenant !== tenant))
    },
    trigger(facts) {
      if (active.length === 0) return undefined
      const request = facts()
      const due = active.find(candidate => matchesRequest(candidate.fault.match, request) && isDue(candidate))
      return due && countHit(due)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}

function isDue(active: ActiveFault): boolean {
  active.matched++
  return isDueAt(active.matched, active.fault.match)
}

/** Whether a fault applies to the matching request with this number, from 1, by `skip` and `every`. */
export const isDueAt = (matched: number, { skip = 0, every = 1 }: FaultMatch): boolean =>
  matched > skip && (matched - skip) % every === 0
