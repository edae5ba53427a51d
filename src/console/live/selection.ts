import { matches } from '../../journal/search/matches.ts'
import type { Search } from '../../journal/search/search.ts'
import type { Told } from './live.ts'

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
  return told => {
    const { event } = told
    switch (event.kind) {
      case 'hello':
      case 'gap':
        return [told]
      case 'changed':
        return event.tenant === undefined || isAbout(event.tenant) ? [told] : []
      case 'exchange':
        return isAbout(event.exchange.tenant) && matches(search, event.exchange) ? [told] : []
    }
  }
}
