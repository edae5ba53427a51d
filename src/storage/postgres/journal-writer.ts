import { randomUUID } from 'node:crypto'
import { setImmediate } from 'node:timers'
import { sharedSlices } from '../../domain/event-loop/slices.ts'
import type { Entry } from '../../domain/journal/record-layout.ts'
import {
  type Backpressure,
  createBackpressure,
  createRingBuffer,
  createRingReader,
  createRingWriter,
} from '../../domain/journal/record-ring.ts'
import { keepRedactor, type RedactorFor } from '../../domain/journal/redact-recorded.ts'
import { createLosses } from '../../domain/journal/summary.ts'
import { DatabaseError } from '../../domain/ports/database.ts'
import { type RowValues, rowOf, sizeOfValues, timeOfValues } from '../common/exchange-rows.ts'
import { type Amount, plus, pruningInterval } from '../common/journal-limits.ts'
import type { SerialLane } from './connect.ts'
import { sqlStateOf } from './connection.ts'
import { insertExchanges, insertedValues, toStorableRow } from './exchange-rows.ts'
import { createPartitions } from './journal-partitions.ts'
import type { Pruning } from './journal-pruning.ts'
import { prepared } from './statement.ts'

/** Milliseconds. A crash loses what waits. */
const maxDelay = 100
const retryDelay = 500
const batchCleanupInterval = 10_000
const maxBatch: Amount = { exchanges: 1000, bytes: 8 * 1024 * 1024 }
const defaultLimits: Amount = { exchanges: 10_000, bytes: 64 * 1024 * 1024 }
/** Milliseconds for which a database that writes nothing slows down requests. */
const patience = 1000
/** Bytes of what was recorded and still has its secrets. */
const ringBytes = 4 * 1024 * 1024
/** Recorded requests that are redacted before `maxDelay` is over, in a few milliseconds. */
const portion = 64

const deleteOldBatches = prepared(
  `delete from exchange_batches where at < clock_timestamp() - interval '1 minute'`,
)

export type JournalWriter = {
  readonly id: string
  /** Returns at once: the exchange is written shortly after. */
  record(entry: Entry): void
  readonly room: Backpressure['room']
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
  readonly onLost?: ((error: unknown) => void) | undefined
  readonly onWritten: () => void
  readonly limits?: Amount | undefined
}

/** SQLSTATEs of errors that the values of a row cause: data, constraints and limits. Others may be over later. */
const causedByRows = /^(?:2[123]|54)/

const amountOf = (rows: readonly RowValues[]): Amount => ({
  exchanges: rows.length,
  bytes: rows.reduce((sum, values) => sum + sizeOfValues(values).bytes, 0),
})

/** All rows that wait are written by one statement. Those of a database that is away wait on. */
export function createJournalWriter({
  lane,
  pruning,
  onLost = () => {},
  onWritten,
  limits = defaultLimits,
}: JournalWriterOptions): JournalWriter {
  const id = randomUUID()
  const losses = createLosses({ onLost, bottleneck: 'database' })
  const buffer = createRingBuffer(ringBytes)
  const reader = createRingReader(buffer)
  const ring = createRingWriter(buffer, { makeRoom: takePortion })
  let waiting: RowValues[] = []
  let waitingBytes = 0
  let recorded = 0
  let isTaking = false
  let timer: NodeJS.Timeout | undefined
  let underWay: Promise<void> | undefined
  let hasPartitions = false
  let sincePruned: Amount = { exchanges: 0, bytes: 0 }
  let cleanedUp = Number.NEGATIVE_INFINITY
  let closed = false

  const countWaiting = (): number => ring.waiting() + waiting.length
  const countSettled = (): number => recorded - countWaiting()
  const isFull = (): boolean => countWaiting() >= limits.exchanges || waitingBytes >= limits.bytes
  const { room, noteTaken } = createBackpressure({
    used: () => Math.max(countWaiting() / limits.exchanges, waitingBytes / limits.bytes),
    position: countSettled,
    patience,
  })

  function takeNext(redactorFor: RedactorFor): boolean {
    const taken = reader.take()
    if (!taken) return false
    try {
      const values = toStorableRow(rowOf(taken, redactorFor))
      waiting.push(values)
      waitingBytes += sizeOfValues(values).bytes
    } catch (error) {
      losses.lose(error)
    }
    return true
  }

  function takePortion(): void {
    const redactorFor = keepRedactor()
    for (let left = portion; left > 0 && takeNext(redactorFor); left--);
  }

  const takeRecorded = async (): Promise<void> => {
    const redactorFor = keepRedactor()
    for (let left = ring.waiting(); left > 0 && takeNext(redactorFor); left--) {
      if (sharedSlices.isOver()) await sharedSlices.next(undefined, 'urgent')
    }
  }

  const takeSoon = (): void => {
    if (isTaking) return
    isTaking = true
    setImmediate(async () => {
      await takeRecorded()
      isTaking = false
    })
  }

  const insert = async (rows: readonly RowValues[]): Promise<void> => {
    await lane.run(async connection => {
      const now = performance.now()
      const isDue = now - cleanedUp >= batchCleanupInterval
      if (isDue) cleanedUp = now
      await Promise.all([
        connection.query(insertExchanges, insertedValues(rows, id)),
        isDue && connection.query(deleteOldBatches),
      ])
    })
  }

  const settle = (rows: readonly RowValues[]): void => {
    waiting = waiting.slice(rows.length)
    waitingBytes -= amountOf(rows).bytes
    if (!isFull()) losses.end()
    noteTaken()
  }

  /** Inserts each on its own, so that one that can't be stored is lost alone. */
  const insertSeparately = async (rows: readonly RowValues[]): Promise<void> => {
    for (const row of rows) {
      try {
        await insert([row])
      } catch (error) {
        if (!causedByRows.test(sqlStateOf(error))) throw error
        losses.lose(error)
      }
      settle([row])
    }
  }

  const nextBatch = (): readonly RowValues[] => {
    let bytes = 0
    const end = waiting.findIndex((values, at) => {
      bytes += sizeOfValues(values).bytes
      return at > 0 && (at >= maxBatch.exchanges || bytes > maxBatch.bytes)
    })
    return waiting.slice(0, end < 0 ? undefined : end)
  }

  const writeBatch = async (): Promise<void> => {
    await takeRecorded()
    const rows = nextBatch()
    if (rows.length === 0) return
    if (!hasPartitions) await createPartitions(lane, Date.now())
    hasPartitions = true
    try {
      await insert(rows)
      settle(rows)
    } catch (error) {
      if (!causedByRows.test(sqlStateOf(error))) throw error
      await insertSeparately(rows)
    }
    onWritten()
    await deleteExcess(rows)
  }

  /** What can't be deleted now is deleted later. */
  const deleteExcess = async (written: readonly RowValues[]): Promise<void> => {
    sincePruned = plus(sincePruned, amountOf(written))
    const { exchanges, bytes } = sincePruned
    if (exchanges < pruningInterval.exchanges && bytes < pruningInterval.bytes) return
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

  const flush = async (): Promise<void> => {
    const end = recorded
    while (countSettled() < end) await write()
  }

  const writeAll = async (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    try {
      // A write may be under way for long.
      await takeRecorded()
      await flush()
    } catch {
      // The database is away. Reads report it.
      if (!closed) writeSoon(retryDelay)
    }
  }

  const add = (entry: Entry): void => {
    if (ring.write(entry) !== 'written') {
      losses.lose(new Error(`The request ${entry.id} is too large for the journal.`))
      return
    }
    recorded++
    writeSoon(maxDelay)
    if (ring.waiting() >= portion) takeSoon()
  }

  return {
    id,
    record(entry) {
      if (closed) losses.lose(new DatabaseError('The journal is closed. Restart the server.'))
      else if (isFull()) losses.leaveOut(countWaiting())
      else add(entry)
    },
    room,
    lostCount: losses.count,
    earliestWaiting() {
      const times = waiting.map(timeOfValues)
      const inRing = ring.earliestWaiting()
      if (inRing !== undefined) times.push(inRing)
      return times.length === 0 ? undefined : times.reduce((least, at) => Math.min(least, at))
    },
    flush,
    async close() {
      closed = true
      clearTimeout(timer)
      await flush().catch(error => losses.lose(error, countWaiting()))
    },
  }
}
