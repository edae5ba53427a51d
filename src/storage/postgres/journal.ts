import { idAt } from '../../domain/journal/request-id.ts'
import { summarize } from '../../domain/journal/summary.ts'
import {
  type ExchangeQuery,
  type Journal,
  type JournalLimit,
  maxFailed,
  type Retention,
} from '../../domain/ports/journal.ts'
import { compact } from '../../scim/json.ts'
import { type ExchangeRow, toExchange } from '../common/exchange-rows.ts'
import { type Amount, plus } from '../common/journal-limits.ts'
import type { Cluster } from './cluster/cluster.ts'
import type { Reads } from './connect.ts'
import { canStore, postgresDialect } from './dialect.ts'
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
  /** Exchanges with an earlier time are written, except those of requests that are not answered. Milliseconds since 1970. */
  writtenUntil(): number
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
  readonly onLost?: (error: unknown) => void
  readonly onLimit?: (limit: JournalLimit) => void
  readonly hints?: Hints
  /** Absent if there is one instance. */
  readonly others?: OtherInstances
  /** Milliseconds between two looks for exchanges of other instances, without hints. */
  readonly pollInterval?: number
  readonly limits?: Amount
}

type OtherInstances = Pick<Cluster, 'instance' | 'now' | 'clockError'> & {
  readonly askWritten: () => void
}

/** Milliseconds that an exchange of an instance that does not report takes to be written: one of an earlier release, or one that ended. */
const settleTime = 500
/** Milliseconds. The analysis does not wait longer for an instance that can't write. */
const longestWait = 30_000
/** Milliseconds after its lease, until which an instance may write what waits. */
const lastWrites = 10_000

const withId = prepared(`select ${exchangeColumns} from exchanges ${withNotes} where id = $1 limit 1`)
// One statement, so that the exchanges are visible that an instance has written before it reported it.
const oldestUnanalyzed = prepared(`
  with clock as (select extract(epoch from clock_timestamp()) * 1000 as now),
  others as (
    select case when written_until is not null and until > clock_timestamp() then greatest(written_until, now - ${longestWait})
      else now - ${settleTime} end as written_until
    from instances, clock where id <> $2 and until > clock_timestamp() - interval '${lastWrites} ms')
  select ${exchangeColumns}, (select floor(min(written_until)) from others) as settled
  from (select tenant, id from unanalyzed_exchanges order by id limit $1) as pending
    join exchanges using (tenant, id) ${withNotes}
  order by id`)
const failedSince = 'tenant = $1 and status >= 400 and api is null and at >= $2'
const failed = prepared(`
  select count(*) as count, (select id from exchanges where ${failedSince} order by at desc, id desc limit 1) as last
  from (select 1 from exchanges where ${failedSince} order by at desc limit ${maxFailed}) as newest`)
const oldestId = prepared(
  `select id from exchanges where ${isOfServer('id')} and unauthenticated is not true order by id limit 1`,
)
const oldestTime = prepared(
  `select at as oldest from exchanges where ${isOfServer('id')} order by id limit 1`,
)

type UnanalyzedRow = ExchangeRow & { readonly settled: number | null }

type FailedRow = { readonly count: number; readonly last: string | null }

/** Ordered by id, so an exchange that is recorded late appears at the time at which its request arrived. */
export function createPostgresJournal(options: PostgresJournalOptions): PostgresJournal {
  const { reads, lane, retention, onLimit, hints, others, pollInterval } = options
  const now = others?.now ?? Date.now
  const pruning = createPruning(lane, { retention, onLimit })
  const writer = createJournalWriter({
    ...{ lane, pruning, onLost: options.onLost, limits: options.limits },
    onWritten: () => hints?.send(),
  })
  const feed = createJournalFeed({ reads, hints, pollInterval, writer: writer.id })
  const search = createJournalSearch(reads)

  let unsettled: { readonly id: string; readonly since: number } | undefined
  /** The clock of the database may have been set back, so that its time comes much later. */
  const hasWaitedLong = (id: string): boolean => {
    if (unsettled?.id !== id) unsettled = { id, since: performance.now() }
    return performance.now() - unsettled.since > longestWait
  }

  const announced = new Map<Promise<void>, number>()

  /** What this instance recorded is seen by its reads, and what they don't see is published to its subscribers. */
  const beforeRead = async (): Promise<void> => {
    await Promise.all(announced.keys())
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
    record(entry) {
      writer.record(entry)
      feed.publish(summarize(entry))
    },

    room: writer.room,

    announce(recording) {
      announced.set(recording, now())
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
      const rows = await reads.query<UnanalyzedRow>(oldestUnanalyzed, [limit, others?.instance ?? ''])
      const isUnsettled = ({ id, settled }: UnanalyzedRow) =>
        others !== undefined && settled !== null && id >= idAt(settled)
      const [oldest] = rows
      const waits = oldest !== undefined && isUnsettled(oldest)
      if (waits) others?.askWritten()
      const takesAll = waits && hasWaitedLong(oldest.id)
      return rows.map(({ settled, ...row }) => ({
        position: row.id,
        exchange: toExchange(row),
        ...(!takesAll && isUnsettled({ ...row, settled }) && { isUnsettled: true as const }),
      }))
    },

    writtenUntil() {
      const waiting = [writer.earliestWaiting() ?? Number.POSITIVE_INFINITY, ...announced.values()]
      return Math.min(Math.floor(now() - (others?.clockError() ?? 0)), ...waiting)
    },

    onUnanalyzed: feed.onUnanalyzed,
    subscribe: feed.subscribe,
    subscribeHere: feed.subscribeHere,

    async failed(tenant, since) {
      await beforeRead()
      const [row] = await reads.query<FailedRow>(failed, [postgresDialect.indexEntry(tenant), since])
      return { count: row?.count ?? 0, ...compact({ last: row?.last ?? undefined }) }
    },

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
