import type { Exchange } from '../../journal/exchange.ts'
import { matcherOf, needsNotes } from '../../journal/search/matches.ts'
import type { Search } from '../../journal/search/search.ts'
import { type Told, toldOnce } from './live.ts'

/** What of an event a reader is told. */
export type Selection = (told: Told) => readonly Told[]

export type Wanted = {
  /** The id of the tenant that it is to be about. */
  readonly tenant?: string | undefined
  /** Which exchanges. */
  readonly search: Search
}

/** Which events are for a reader. */
export function selectionOf({ tenant, search }: Wanted): Selection {
  const isAbout = (named: string | undefined) => tenant === undefined || named === tenant
  const matches = matcherOf(search)
  const isFound = (exchange: Exchange) => isAbout(exchange.tenant) && matches(exchange)
  // What is searched for may be known only now.
  const isLate = needsNotes(search)
  const analysed = (told: Told, exchanges: readonly Exchange[]): readonly Told[] => {
    const items = exchanges.filter(isFound)
    if (items.length === 0) return []
    if (!isLate && items.length === exchanges.length) return [told]
    const late = isLate ? items.map(exchange => toldOnce({ kind: 'exchange', exchange })) : []
    return [...late, toldOnce({ kind: 'analysed', items })]
  }
  return told => {
    const { event } = told
    switch (event.kind) {
      case 'hello':
      case 'gap':
        return [told]
      case 'cycle':
        return isAbout(event.cycle.tenant) ? [told] : []
      case 'finding':
      case 'setup-step':
        return isAbout(event.tenant) ? [told] : []
      case 'analysed':
        return analysed(told, event.items)
      case 'changed':
        return event.tenant === undefined || isAbout(event.tenant) ? [told] : []
      case 'exchange':
        return isFound(event.exchange) && (event.exchange.notes || !isLate) ? [told] : []
    }
  }
}
