import { isAbout, type RequestFacts } from './applies.ts'
import type { Fault, NewFault } from './fault.ts'
import { faultInWords } from './words.ts'

/** What is armed at a time; a list that nobody looks through any more. */
export const mostFaults = 100

/** As many faults are armed as may be; a sentence that says what to do. */
export class FaultLimitError extends Error {
  constructor() {
    super(`${mostFaults} faults are armed, which is the most. Disarm one first.`)
    this.name = 'FaultLimitError'
  }
}

export type FaultsEvent = { readonly kind: 'changed' }

/** The faults that are armed, in memory. */
export type Faults = {
  /** In the order in which they were armed. */
  list(): readonly Fault[]
  /** Throws FaultLimitError. */
  arm(wish: NewFault): Fault
  /** Whether there was such a fault. */
  disarm(id: string): boolean
  disarmAll(): void
  /** Disarms what strikes the tenant of this id only. */
  disarmOf(tenant: string): void
  /**
   * The fault that spoils this request's answer; it counts the strike. Faults are asked in the order in which they
   * were armed, and those after the one that strikes don't get to see the request.
   */
  strike(facts: () => RequestFacts): Fault | undefined
  /** Tells of faults that are armed, have struck or are gone; answers how to end that. Listeners don't throw. */
  subscribe(listener: (event: FaultsEvent) => void): () => void
}

type Armed = {
  fault: Fault
  /** The requests that it was meant for, struck or not. */
  matched: number
}

type Surroundings = {
  readonly newId: () => string
  /** The machine's time in milliseconds since 1970. */
  readonly clock: () => number
}

/** Begins with no fault. */
export function createFaults({ newId, clock }: Surroundings): Faults {
  const listeners = new Set<(event: FaultsEvent) => void>()
  let armed: readonly Armed[] = []

  const changed = () => {
    for (const listener of listeners) listener({ kind: 'changed' })
  }
  const keepOnly = (kept: readonly Armed[]) => {
    const isLess = kept.length < armed.length
    armed = kept
    if (isLess) changed()
    return isLess
  }
  const counted = (one: Armed): Fault => {
    const strikes = one.fault.strikes + 1
    one.fault = { ...one.fault, strikes, lastStrike: clock() }
    if (strikes === one.fault.times) keepOnly(armed.filter(other => other !== one))
    else changed()
    return one.fault
  }

  return {
    list: () => armed.map(({ fault }) => fault),
    arm(wish) {
      if (armed.length >= mostFaults) throw new FaultLimitError()
      const fault = { ...wish, id: newId(), words: faultInWords(wish), armed: clock(), strikes: 0 }
      armed = [...armed, { fault, matched: 0 }]
      changed()
      return fault
    },
    disarm: id => keepOnly(armed.filter(({ fault }) => fault.id !== id)),
    disarmAll: () => {
      keepOnly([])
    },
    disarmOf: tenant => {
      keepOnly(armed.filter(({ fault }) => fault.match.tenant !== tenant))
    },
    strike(facts) {
      if (armed.length === 0) return undefined
      const request = facts()
      const striking = armed.find(one => isAbout(one.fault.match, request) && isItsTurn(one))
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
function isItsTurn(one: Armed): boolean {
  const { skip = 0, every = 1 } = one.fault.match
  one.matched++
  return one.matched > skip && (one.matched - skip) % every === 0
}
