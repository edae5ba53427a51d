import { randomUUID } from 'node:crypto'
import type { Exchange } from '../journal/exchange.ts'
import { type Amount, amountOf, createBacklog, sizeOf } from '../persistence/backlog.ts'
import { plus, pruningInterval } from '../persistence/journal-limits.ts'
import { DatabaseError } from '../ports/database.ts'
import { sqlStateOf } from './connection.ts'
import { insertExchanges, insertedValues } from './exchange-rows.ts'
import { createPartitions } from './journal-partitions.ts'
import type { Pruning } from './journal-pruning.ts'
import type { SerialLane } from './serial-lane.ts'
import { prepared } from './statement.ts'

/** Milliseconds. A crash loses what waits. */
const maxDelay = 100
const retryDelay = 500
const batchCleanupInterval = 10_000
/** What one statement inserts. */
const maxBatch: Amount = { exchanges: 1000, bytes: 8 * 1024 * 1024 }
const defaultLimits: Amount = { exchanges: 10_000, bytes: 64 * 1024 * 1024 }

const deleteOldBatches = prepared(
  `delete from exchange_batches where at < clock_timestamp() - interval '1 minute'`,
)

export type JournalWriter = {
  /** Names the batches of this journal. */
  readonly id: string
  /** Returns at once: the exchange is written shortly after. */
  record(exchange: Exchange): void
  lostCount(): number
  /** The time of the earliest exchange that waits; undefined if none does. Milliseconds since 1970. */
  earliestWaiting(): number | undefined
  /** Resolves when all exchanges recorded so far are committed. Rejects if the database can't be reached. */
  flush(): Promise<void>
  /** Writes what waits if the database can be reached, and accepts no more. */
  close(): Promise<void>
}

type JournalWriterOptions = {
  readonly lane: SerialLane
  readonly pruning: Pick<Pruning, 'deleteExcess'>
  /** Called with the errors of exchanges that can't be stored. */
  readonly onLost?: ((error: unknown) => void) | undefined
  /** Called after exchanges were committed. */
  readonly onWritten: () => void
  readonly limits?: Amount | undefined
}

/** SQLSTATEs of errors that the values of a row cause: data, constraints and limits. Others may be over later. */
const causedByRows = /^(?:2[123]|54)/

/** Collects exchanges in memory, and writes all that wait with one statement. Those of a database that is away wait on. */
export function createJournalWriter({
  lane,
  pruning,
  onLost = () => {},
  onWritten,
  limits = defaultLimits,
}: JournalWriterOptions): JournalWriter {
  const id = randomUUID()
  const backlog = createBacklog({ limits, onLost, bottleneck: 'database' })
  let waiting: Exchange[] = []
  let recorded = 0
  let settled = 0
  let timer: NodeJS.Timeout | undefined
  let underWay: Promise<void> | undefined
  let hasPartitions = false
  let sincePruned: Amount = { exchanges: 0, bytes: 0 }
  let cleanedUp = Number.NEGATIVE_INFINITY
  let closed = false

  const insert = async (exchanges: readonly Exchange[]): Promise<void> => {
    await lane.run(async connection => {
      const now = performance.now()
      const isDue = now - cleanedUp >= batchCleanupInterval
      if (isDue) cleanedUp = now
      await Promise.all([
        connection.query(insertExchanges, insertedValues(exchanges, id)),
        isDue && connection.query(deleteOldBatches),
      ])
    })
  }

  /** The first exchanges do not wait any more. */
  const settle = (exchanges: readonly Exchange[]): void => {
    waiting = waiting.slice(exchanges.length)
    settled += exchanges.length
    backlog.settle(amountOf(exchanges))
  }

  /** Inserts each on its own, so that one that can't be stored is lost alone. */
  const insertSeparately = async (exchanges: readonly Exchange[]): Promise<void> => {
    for (const exchange of exchanges) {
      try {
        await insert([exchange])
      } catch (error) {
        if (!causedByRows.test(sqlStateOf(error))) throw error
        backlog.lose(error)
      }
      settle([exchange])
    }
  }

  const nextBatch = (): readonly Exchange[] => {
    let bytes = 0
    const end = waiting.findIndex((exchange, at) => {
      bytes += sizeOf(exchange)
      return at > 0 && (at >= maxBatch.exchanges || bytes > maxBatch.bytes)
    })
    return end < 0 ? waiting : waiting.slice(0, end)
  }

  const writeBatch = async (): Promise<void> => {
    const exchanges = [...nextBatch()]
    if (exchanges.length === 0) return
    if (!hasPartitions) await createPartitions(lane, Date.now())
    hasPartitions = true
    try {
      await insert(exchanges)
      settle(exchanges)
    } catch (error) {
      if (!causedByRows.test(sqlStateOf(error))) throw error
      await insertSeparately(exchanges)
    }
    onWritten()
    await deleteExcess(exchanges)
  }

  /** What can't be deleted now is deleted later. */
  const deleteExcess = async (written: readonly Exchange[]): Promise<void> => {
    sincePruned = plus(sincePruned, amountOf(written))
    const { exchanges, bytes } = sincePruned
    if (exchanges < pruningInterval.exchanges && bytes < pruningInterval.bytes) return
    // More than were added, so that a lowered retention is reached, and small ones make way for large ones.
    await pruning.deleteExcess(Math.max(1000, 2 * exchanges)).catch(() => {})
    sincePruned = { exchanges: 0, bytes: 0 }
  }

  const write = (): Promise<void> => {
    underWay ??= writeBatch().finally(() => {
      underWay = undefined
    })
    return underWay
  }

  const writeSoon = (delay: number): void => {
    timer ??= setTimeout(writeAll, delay).unref()
  }

  const writeAll = async (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    try {
      while (waiting.length > 0) await write()
    } catch {
      // The database is away. Reads report it.
      if (!closed) writeSoon(retryDelay)
    }
  }

  const flush = async (): Promise<void> => {
    const end = recorded
    while (settled < end) await write()
  }

  return {
    id,
    record(exchange) {
      if (closed) backlog.lose(new DatabaseError('The journal is closed. Restart the server.'))
      else if (backlog.admit(exchange)) {
        waiting.push(exchange)
        recorded++
        writeSoon(maxDelay)
      }
    },
    lostCount: backlog.lostCount,
    earliestWaiting: () =>
      waiting.length === 0
        ? undefined
        : waiting.reduce((least, { at }) => Math.min(least, at), waiting[0]?.at ?? 0),
    flush,
    async close() {
      closed = true
      clearTimeout(timer)
      await flush().catch(error => backlog.lose(error, waiting.length))
    },
  }
}
