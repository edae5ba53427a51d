import { idAt } from '../../domain/journal/request-id.ts'
import { createSubscriptions, type Summary, summarize } from '../../domain/journal/summary.ts'
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
import type { Reads, SerialLane } from './connect.ts'
import { canStore, postgresDialect } from './dialect.ts'
import {
  exchangeColumns,
  isOfServer,
  parseCursor,
  readAmounts,
  toCursor,
  withNotes,
} from './exchange-rows.ts'
import { createPruning } from './journal-pruning.ts'
import { createJournalSearch } from './journal-search.ts'
import { createJournalWriter } from './journal-writer.ts'
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
const idsBetween = prepared('select id from exchanges where id >= $1 and id < $2 order by id limit $3')
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

    async idsFrom(beginning, limit) {
      await beforeRead()
      const rows = await reads.query<{ readonly id: string }>(idsBetween, [beginning, `${beginning}~`, limit])
      return rows.map(({ id }) => id)
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

/** Notifications that an instance has written something. One that is lost is repeated by the next renewal of the lease. */
type Hints = {
  readonly send: () => void
  readonly subscribe: (listener: () => void) => () => void
}

/** Milliseconds between two polls without hints, and until a read that failed is repeated. */
const defaultPollInterval = 500
/** No batch commits later than this after its time: longer than statements may take. */
const lookBack = 40_000
const exchangesPerRead = 100

type BatchRow = {
  readonly tenants: readonly string[]
  readonly ids: readonly string[]
}

const unseenBatches = prepared(`
  select tenants, ids from exchange_batches
  where writer <> $1 and at > clock_timestamp() - interval '${lookBack} ms' and ids[1] <> all($2::text[])
  order by number`)
/** A batch is never empty. */
const firstOf = (ids: readonly string[]): string => ids[0] ?? ''
const withKeys = prepared(`
  select ${exchangeColumns} from unnest($1::text[], $2::text[]) with ordinality as wanted(tenant, id, nth)
    join exchanges using (tenant, id) ${withNotes}
  order by nth`)

type FeedOptions = {
  readonly reads: Pick<Reads, 'query'>
  readonly writer: string
  readonly hints?: Pick<Hints, 'subscribe'> | undefined
  readonly pollInterval?: number | undefined
}

/** Batches may commit out of order, so the last ones are read again, without those that were seen. */
function createJournalFeed({ reads, writer, hints, pollInterval = defaultPollInterval }: FeedOptions) {
  const here = createSubscriptions<Summary>()
  const everywhere = createSubscriptions<Summary>()
  const unanalyzed = createSubscriptions<void>()
  /** By first exchange, with the times. After a failover, numbers may be given again. */
  let seen = new Map<string, number>()
  let baseline: Promise<boolean> | undefined
  let underWay: Promise<void> | undefined
  let isHinted = false

  const readUnseen = async (): Promise<readonly BatchRow[]> => {
    const now = performance.now()
    for (const [first, at] of seen) if (now - at > 2 * lookBack) seen.delete(first)
    const batches = await reads.query<BatchRow>(unseenBatches, [writer, [...seen.keys()]])
    for (const { ids } of batches) seen.set(firstOf(ids), now)
    return batches
  }

  const readBaseline = (): Promise<boolean> =>
    readUnseen().then(
      () => true,
      () => false,
    )

  const publishBatch = async ({ tenants, ids }: BatchRow): Promise<void> => {
    for (let from = 0; from < ids.length; from += exchangesPerRead) {
      const to = from + exchangesPerRead
      const rows = await reads.query<ExchangeRow>(withKeys, [tenants.slice(from, to), ids.slice(from, to)])
      for (const row of rows) everywhere.publish(summarize(toExchange(row)))
    }
  }

  const publishUnseen = async (): Promise<void> => {
    if (!baseline) return
    if (!(await baseline)) {
      baseline = readBaseline()
      return
    }
    const batches = await readUnseen()
    for (const [at, batch] of batches.entries()) {
      try {
        await publishBatch(batch)
      } catch (error) {
        // The rest is read again.
        for (const { ids } of batches.slice(at)) seen.delete(firstOf(ids))
        throw error
      }
    }
  }

  const poll = (): void => {
    if (unanalyzed.count() > 0) unanalyzed.publish()
    if (everywhere.count() === 0) return
    if (underWay) {
      isHinted = true
      return
    }
    isHinted = false
    underWay = publishUnseen()
      // The database is away. Reads report it.
      .catch(() => {
        if (stopPolling) setTimeout(poll, pollInterval).unref()
      })
      .finally(() => {
        underWay = undefined
        if (isHinted) poll()
      })
  }

  let stopPolling: (() => void) | undefined

  const startPolling = (): (() => void) => {
    if (hints) return hints.subscribe(poll)
    const timer = setInterval(poll, pollInterval).unref()
    return () => clearInterval(timer)
  }

  const update = () => {
    const isWatched = everywhere.count() + unanalyzed.count() > 0
    if (isWatched) stopPolling ??= startPolling()
    else {
      stopPolling?.()
      stopPolling = undefined
    }
    if (everywhere.count() > 0) baseline ??= readBaseline()
    else {
      baseline = undefined
      seen = new Map()
    }
  }

  const watched =
    <Value>({ subscribe }: Pick<ReturnType<typeof createSubscriptions<Value>>, 'subscribe'>) =>
    (listener: (value: Value) => void): (() => void) => {
      const unsubscribe = subscribe(listener)
      update()
      return () => {
        unsubscribe()
        update()
      }
    }

  return {
    publish(arrived: Summary): void {
      here.publish(arrived)
      everywhere.publish(arrived)
      unanalyzed.publish()
    },
    subscribe: watched(everywhere),
    subscribeHere: here.subscribe,
    onUnanalyzed: watched(unanalyzed),
    ready: async (): Promise<void> => void (await baseline),
    close(): void {
      stopPolling?.()
    },
  }
}
