import type { Exchange } from '../journal/exchange.ts'
import type { Entry } from '../journal/record-layout.ts'
import type { Search } from '../journal/search/parse.ts'
import type { Summary } from '../journal/summary.ts'
import { DatabaseError } from './database.ts'

/**
 * Which bodies the exchanges of a query have: all that are stored, those of the error responses of which `errorDetail` returns a text,
 * or none. Bodies are most of the journal.
 */
export type Bodies = 'all' | 'errors' | 'none'

export type ExchangeQuery = {
  readonly search?: Search
  readonly limit: number
  readonly cursor?: string
  /** By default `all`. A search for a text finds it in any body. */
  readonly bodies?: Bodies
  readonly signal?: AbortSignal
}

type ExchangePage = { readonly items: readonly Exchange[]; readonly next?: string }

export type JournalPosition = number | string

export type UnanalyzedExchange = {
  readonly position: JournalPosition
  readonly exchange: Exchange
  /** Another instance may still write exchanges that precede this one. Those after it are unsettled, too. */
  readonly isUnsettled?: true
}

/** Bytes are approximate; the time of the oldest is by the server's clock. */
type JournalExtent = {
  readonly exchanges: number
  readonly bytes: number
  readonly oldest?: number
  /** The limit in bytes; absent if there is none. */
  readonly keepBytes?: number
  /** Exchanges that this process could not store, since it started. */
  readonly lost: number
}

/** The most failed requests that are counted: each is an entry of an index. */
export const maxFailed = 10_000

export type FailedRequests = { readonly count: number; readonly last?: string }

/**
 * How much the journal keeps. `count` is a number of exchanges that came with valid credentials; a tenth of it are kept of others.
 * `bytes` is for both together, of which a tenth is for the others; infinite for no limit. Without it, the journal has a limit if it
 * was created by a version that has this limit.
 */
export type Retention = { readonly count: number; readonly days: number; readonly bytes?: number }

/**
 * A limit that the journal exceeds. `unauthenticated` are exchanges without valid credentials. `stored` and `limit` are numbers
 * of exchanges or of bytes.
 */
export type JournalLimit = {
  readonly kind: 'authenticated' | 'unauthenticated'
  readonly unit: 'exchanges' | 'bytes'
  readonly stored: number
  readonly limit: number
}

/** The server's clock is more than a day ahead of the last pruning. Times in milliseconds since 1970. */
export type ClockJump = {
  readonly now: number
  readonly trusted: number
  /** When the clock will be trusted, unless it is set back until then. */
  readonly until: number
}

/** All requests with their responses, newest first. Recording never fails a request. */
export interface Journal {
  /**
   * Returns at once, whatever the engine: exchanges wait in memory for a later write, in the order of the calls, and a
   * crash loses those of the last moments. The other methods include exchanges that wait in this process.
   */
  record(entry: Entry): void
  /**
   * Undefined unless so many wait that further requests must not be handled yet. Resolves once there is room again, or the writer
   * has made none for a second. When requests are handled nevertheless and none of their exchanges can wait, these are lost.
   */
  room(): Promise<void> | undefined
  /** An exchange is recorded once this is resolved; it never rejects. The other methods include that one, too. */
  announce(recording: Promise<void>): void
  /** Throws `CursorError`. */
  page(query: ExchangeQuery): Promise<ExchangePage>
  /**
   * All matches of a search, newest first, in batches of a few milliseconds of work. Other requests are
   * served between batches, and each is read on demand. Exchanges recorded after the first batch are left
   * out.
   */
  batches(query: Pick<ExchangeQuery, 'search' | 'bodies' | 'signal'>): AsyncIterable<readonly Exchange[]>
  find(id: string): Promise<Exchange | undefined>
  /** The first ids that begin with a text of letters, digits and hyphens, in their order. Reads the index of ids only. */
  idsFrom(beginning: string, limit: number): Promise<readonly string[]>
  /** The id of the oldest exchange that came with valid credentials. Others are deleted earlier. */
  oldest(): Promise<string | undefined>
  /** Oldest first. */
  unanalyzed(limit: number): Promise<readonly UnanalyzedExchange[]>
  onUnanalyzed(listener: () => void): () => void
  /**
   * Calls the listener with each exchange that any instance records, once and soon. Exchanges of this instance come at once
   * and in the order of the calls of `record`. Returns a function that unsubscribes it.
   */
  subscribe(listener: (arrived: Summary) => void): () => void
  /** Like `subscribe`, for the exchanges of this instance only: for counters, which each instance has. */
  subscribeHere(listener: (arrived: Summary) => void): () => void
  /** The SCIM requests of a tenant since a time that failed: their number, up to `maxFailed`, and the id of the last one. */
  failed(tenant: string, since: number): Promise<FailedRequests>
  extent(): Promise<JournalExtent>
  /** Returns the clock jump because of which nothing was deleted for its age. */
  prune(now: number): Promise<ClockJump | undefined>
}

/** A read met a damaged part of the journal. `message` names the file, and says what to do. */
export class DamagedJournalError extends DatabaseError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DamagedJournalError'
  }
}

export class CursorError extends Error {
  constructor() {
    super('The cursor was not issued by this journal. Omit it to start with the newest request.')
    this.name = 'CursorError'
  }
}
