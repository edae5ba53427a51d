import type { Amount } from '../persistence/backlog.ts'
import { type ExchangeRow, toExchange } from '../persistence/exchange-rows.ts'
import { plus } from '../persistence/journal-limits.ts'
import type { ExchangeQuery, Journal, JournalLimit, Retention } from '../ports/journal.ts'
import { compact } from '../scim/json.ts'
import type { Reads } from './connect.ts'
import { canStore } from './dialect.ts'
import { readAmounts } from './exchange-amounts.ts'
import { exchangeColumns, withNotes } from './exchange-rows.ts'
import { isOfServer, parseCursor, toCursor } from './id-cursor.ts'
import { createJournalFeed, type Hints } from './journal-feed.ts'
import { createPruning } from './journal-pruning.ts'
import { createJournalSearch } from './journal-search.ts'
import { createJournalWriter } from './journal-writer.ts'
import type { SerialLane } from './serial-lane.ts'
import { prepared } from './statement.ts'

export type PostgresJournal = Journal & {
  /** Resolves when all exchanges recorded so far are committed. Rejects if the database can't be reached. */
  flush(): Promise<void>
  /** Writes what waits if the database can be reached, and accepts no more. */
  close(): Promise<void>
}

export type PostgresJournalOptions = {
  readonly reads: Reads
  /** The connection that writes; see `openJournalLane`. The caller closes it. */
  readonly lane: SerialLane
  readonly retention: Retention
  /** Called with the errors of exchanges that can't be stored. */
  readonly onLost?: (error: unknown) => void
  /** Called before exchanges are deleted because of a limit, once for each limit. */
  readonly onLimit?: (limit: JournalLimit) => void
  readonly hints?: Hints
  /** Milliseconds between two looks for exchanges of other instances, without hints. */
  readonly pollInterval?: number
  readonly limits?: Amount
}

const withId = prepared(`select ${exchangeColumns} from exchanges ${withNotes} where id = $1 limit 1`)
const oldestUnanalyzed = prepared(`
  select ${exchangeColumns}
  from (select tenant, id from unanalyzed_exchanges order by id limit $1) as pending
    join exchanges using (tenant, id) ${withNotes}
  order by id`)
const oldestId = prepared(
  `select id from exchanges where ${isOfServer('id')} and unauthenticated is not true order by id limit 1`,
)
const oldestTime = prepared(
  `select at as oldest from exchanges where ${isOfServer('id')} order by id limit 1`,
)

/**
 * The journal in PostgreSQL, of all instances together. Its order is that of the ids, so an exchange that is recorded late appears at
 * the time at which its request arrived.
 */
export function createPostgresJournal(options: PostgresJournalOptions): PostgresJournal {
  const { reads, lane, retention, onLimit, hints, pollInterval } = options
  const pruning = createPruning(lane, { retention, onLimit })
  const writer = createJournalWriter({
    ...{ lane, pruning, onLost: options.onLost, limits: options.limits },
    onWritten: () => hints?.send(),
  })
  const feed = createJournalFeed({ reads, hints, pollInterval, writer: writer.id })
  const search = createJournalSearch(reads)

  const announced = new Set<Promise<void>>()

  /** What this instance recorded is seen by its reads, and what they don't see is published to its subscribers. */
  const beforeRead = async (): Promise<void> => {
    await Promise.all(announced)
    await Promise.all([writer.flush(), feed.ready()])
  }

  async function* findBackwards(
    query: Pick<ExchangeQuery, 'search' | 'bodies' | 'signal'>,
    end: string,
    most?: number,
  ) {
    query.signal?.throwIfAborted()
    await beforeRead()
    yield* search(query, end, most)
  }

  return {
    record(exchange) {
      writer.record(exchange)
      feed.publish(exchange)
    },

    announce(recording) {
      announced.add(recording)
      recording.finally(() => announced.delete(recording))
    },

    async page(query) {
      const rows: ExchangeRow[] = []
      for await (const found of findBackwards(query, parseCursor(query.cursor), query.limit + 1))
        rows.push(...found)
      const pageRows = rows.slice(0, query.limit)
      const oldest = pageRows.at(-1)
      return {
        items: pageRows.map(toExchange),
        ...(rows.length > pageRows.length && oldest && { next: toCursor(oldest.id) }),
      }
    },

    async *batches(query) {
      for await (const rows of findBackwards(query, parseCursor(undefined))) yield rows.map(toExchange)
    },

    async find(id) {
      if (!canStore(id)) return undefined
      await beforeRead()
      if (!canStore(id)) return undefined
      const [row] = await reads.query<ExchangeRow>(withId, [id])
      return row && toExchange(row)
    },

    async oldest() {
      await beforeRead()
      const [row] = await reads.query<{ readonly id: string }>(oldestId)
      return row?.id
    },

    async unanalyzed(limit) {
      await beforeRead()
      const rows = await reads.query<ExchangeRow>(oldestUnanalyzed, [limit])
      return rows.map(row => ({ position: row.id, exchange: toExchange(row) }))
    },

    onUnanalyzed: feed.onUnanalyzed,
    subscribe: feed.subscribe,
    subscribeHere: feed.subscribeHere,

    async extent() {
      await beforeRead()
      const [{ authenticated, unauthenticated }, [row], keepBytes] = await Promise.all([
        readAmounts(reads),
        reads.query<{ readonly oldest: number }>(oldestTime),
        pruning.keepBytes(),
      ])
      return {
        ...plus(authenticated, unauthenticated),
        ...compact({ oldest: row?.oldest, keepBytes }),
        lost: writer.lostCount(),
      }
    },

    async prune(now) {
      await writer.flush()
      return pruning.prune(now)
    },

    flush: writer.flush,

    async close() {
      feed.close()
      await writer.close()
    },
  }
}
