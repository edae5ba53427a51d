import type { Exchange } from '../../domain/journal/exchange.ts'

/** The recorded exchanges of a history, by their ids. Those that the journal discarded are missing. */
export type Exchanges = ReadonlyMap<string, Exchange>

export type Occurrence = { readonly at: number; readonly exchange?: string }

/** Requests without a known cycle belong together if they are this close, in milliseconds by the tenant's clock. */
const maxDistance = 5 * 60_000

export function isSameCycle(one: Occurrence, other: Occurrence, exchanges: Exchanges): boolean {
  // The console acts by itself.
  if (one.exchange === undefined || other.exchange === undefined) return false
  if (one.exchange === other.exchange) return true
  const [first, second] = [one.exchange, other.exchange].map(id => exchanges.get(id)?.notes?.cycle)
  if (first !== undefined && second !== undefined) return first === second
  return Math.abs(one.at - other.at) <= maxDistance
}
