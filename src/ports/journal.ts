import type { Exchange } from '../journal/exchange.ts'
import type { Search } from '../journal/search/parse.ts'

export type ExchangeQuery = {
  /** Without it all are found. */
  readonly search?: Search
  readonly limit: number
  readonly cursor?: string
  /** Ends the search, which rejects with its reason. */
  readonly signal?: AbortSignal
}

export type ExchangePage = { readonly items: readonly Exchange[]; readonly next?: string }

/** Numbers rise in the order of answering, and are never given again while the exchange is kept. */
export type NumberedExchange = { readonly seq: number; readonly exchange: Exchange }

/** How many exchanges are kept, and when the oldest came in, by the machine's clock. */
export type JournalExtent = { readonly exchanges: number; readonly oldest?: number }

export type Retention = { readonly count: number; readonly days: number }

/** The machine's clock is more than a day ahead of the last pruning. Times in milliseconds since 1970. */
export type ClockJump = {
  readonly now: number
  /** When the journal was last pruned, by the clock that was trusted then. */
  readonly trusted: number
  /** When the clock will be trusted, unless it has been set back by then. */
  readonly until: number
}

/** What was said: every exchange, newest first. Writing it never fails a request. */
export interface Journal {
  record(exchange: Exchange): void
  /** Throws `CursorError`. */
  page(query: ExchangeQuery): Promise<ExchangePage>
  /**
   * All that a search finds, newest first, in portions of a few milliseconds' work. Other requests are served between
   * portions, and the next one is read when it is requested. Exchanges recorded after the first are left out.
   */
  batches(query: Pick<ExchangeQuery, 'search' | 'signal'>): AsyncIterable<readonly Exchange[]>
  find(id: string): Promise<Exchange | undefined>
  /** The exchanges behind this number, oldest first; 0 is before the first. */
  readAfter(seq: number, limit: number): Promise<readonly NumberedExchange[]>
  /** Called with each exchange as it is recorded; answers how to stop that. */
  subscribe(listener: (exchange: Exchange) => void): () => void
  extent(): Promise<JournalExtent>
  /**
   * Deletes what is beyond the retention's count or age. Returns the leap of the clock because of which nothing was
   * deleted for its age.
   */
  prune(now: number): Promise<ClockJump | undefined>
}

/** The cursor of a query isn't one that a page gave out. */
export class CursorError extends Error {
  constructor() {
    super('The cursor is not one that this journal gave out. Leave it out to start with the newest exchange.')
    this.name = 'CursorError'
  }
}
