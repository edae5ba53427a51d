import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Exchange } from '../journal/exchange.ts'
import { toRowValues } from '../persistence/exchange-rows.ts'
import { DatabaseError } from '../ports/database.ts'
import type { Retention } from '../ports/journal.ts'
import { type Call, callInPlace, callThread, restoreError } from './calls.ts'
import type { Database } from './database.ts'
import { journalPath, openJournalReader } from './journal-file.ts'
import { createJournalOperations, type JournalOperations } from './journal-operations.ts'
import type { JournalThreadData, ThreadOperations } from './journal-thread.ts'

/** The connections to the journal. */
export type JournalDatabase = {
  /** Sees what is committed. */
  readonly reads: Database
  /** Runs an operation on the connection that writes, after everything that was recorded before. */
  readonly call: Call<JournalOperations>
  /** Returns at once: the exchange is written shortly after. */
  readonly record: (exchange: Exchange) => void
  /** The number of exchanges that were recorded and could not be stored. */
  readonly lostCount: () => number
  /** Resolves when all exchanges recorded so far are committed. */
  readonly flush: () => Promise<void>
  /** Writes what is recorded, and accepts no more. */
  readonly close: () => Promise<void>
}

export type JournalOptions = {
  readonly retention: Retention
  /** Called with the errors of exchanges that can't be stored. */
  readonly onLost?: (error: unknown) => void
  /** Called when the journal can't be written any more. */
  readonly onFatal?: (error: Error) => void
  /** How much may wait to be written. */
  readonly limits?: { readonly exchanges: number; readonly bytes: number }
}

/** A journal that is written by this thread, for a database in memory. */
export function writeJournalInPlace(db: Database, options: JournalOptions): JournalDatabase {
  const call = callInPlace(createJournalOperations(db, options.retention))
  return createJournalDatabase(db, call, options, async () => void db.close())
}

const threadFile = new URL(`./journal-thread${extname(import.meta.filename)}`, import.meta.url)

/** A journal that is written by a thread of its own, which can also make checkpoints of its database. */
export type JournalThread = JournalDatabase & { readonly callThread: Call<ThreadOperations> }

/** Starts the thread for the database at this path, whose journal exists. */
export function startJournalThread(path: string, { onFatal, ...rest }: JournalOptions): JournalThread {
  // The end of the thread also rejects all its calls.
  let isReported = false
  const options: JournalOptions = {
    ...rest,
    onFatal(error) {
      if (!isReported) onFatal?.(error)
      isReported = true
    },
  }
  const reads = openJournalReader(journalPath(path))
  const workerData: JournalThreadData = { path, retention: options.retention }
  const thread = new Worker(threadFile, { workerData })
  let isClosing = false
  const call = callThread<ThreadOperations>(thread, reason => {
    const error = threadEnded(path, reason)
    if (!isClosing) options.onFatal?.(error)
    return error
  })
  const close = async () => {
    reads.close()
    isClosing = true
    await call('close').catch(() => {})
    await thread.terminate()
  }
  return { ...createJournalDatabase(reads, call, options, close), callThread: call }
}

const threadEnded = (path: string, reason: string): DatabaseError =>
  new DatabaseError(
    `The thread that writes the journal ${journalPath(path)} ended (${reason}). Restart the server.`,
  )

/** Each commit writes pages of the indexes, few for many exchanges together. A crash loses what waits. */
const maxDelay = 200
/** Larger batches would occupy the event loop for several milliseconds. */
const maxBatchSize = 256
const defaultLimits = { exchanges: 20_000, bytes: 64 * 1024 * 1024 }

function createJournalDatabase(
  reads: Database,
  call: Call<JournalOperations>,
  { onLost = () => {}, onFatal = () => {}, limits = defaultLimits }: JournalOptions,
  closeConnections: () => Promise<void>,
): JournalDatabase {
  let waiting: Exchange[] = []
  let waitingBytes = 0
  let timer: NodeJS.Timeout | undefined
  /** What is recorded and not yet written. */
  const unwritten = { exchanges: 0, bytes: 0 }
  let written: Promise<void> = Promise.resolve()
  let lost = 0
  /** Exchanges that were left out since the limit was exceeded. */
  let leftOut = 0
  let closed = false

  const lose = (error: unknown, count = 1) => {
    lost += count
    onLost(error)
  }

  const isFull = () => unwritten.exchanges >= limits.exchanges || unwritten.bytes >= limits.bytes

  const leaveOut = () => {
    lost++
    if (leftOut++ === 0) onLost(new Error(describeBacklog(unwritten.exchanges)))
  }

  const settle = (exchanges: number, bytes: number) => {
    unwritten.exchanges -= exchanges
    unwritten.bytes -= bytes
    if (leftOut === 0 || isFull()) return
    onLost(new Error(`The journal is written again; ${leftOut} requests are missing from it.`))
    leftOut = 0
  }

  const reportFatal = (error: unknown) => {
    if (error instanceof DatabaseError && !closed) onFatal(error)
  }

  const write = async (exchanges: readonly Exchange[]): Promise<void> => {
    try {
      for (const error of await call('record', exchanges.map(toRowValues))) lose(restoreError(error))
    } catch (error) {
      lose(error, exchanges.length)
      reportFatal(error)
    }
  }

  const send = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (waiting.length === 0) return
    const [exchanges, bytes] = [waiting, waitingBytes]
    waiting = []
    waitingBytes = 0
    written = write(exchanges).finally(() => settle(exchanges.length, bytes))
  }

  const flush = async (): Promise<void> => {
    send()
    await written
  }

  return {
    reads,
    record(exchange) {
      if (closed) lose(new DatabaseError('The journal is closed. Restart the server.'))
      else if (isFull()) leaveOut()
      else {
        const bytes = sizeOf(exchange)
        waiting.push(exchange)
        waitingBytes += bytes
        unwritten.exchanges++
        unwritten.bytes += bytes
        if (waiting.length >= maxBatchSize) send()
        else timer ??= setTimeout(send, maxDelay).unref()
      }
    },
    call(name, ...args) {
      send()
      const result = call(name, ...args)
      result.catch(reportFatal)
      return result
    },
    lostCount: () => lost,
    flush,
    async close() {
      const flushed = flush()
      closed = true
      await flushed
      await closeConnections()
    },
  }
}

/** Headers and the rest take about as much as a small body. */
const sizeOf = ({ request, response }: Exchange): number =>
  1024 + (request.body?.length ?? 0) + (response.body?.length ?? 0)

const describeBacklog = (waiting: number): string =>
  `The journal can't be written as fast as requests arrive: ${waiting} are waiting. Further ones are missing from it until the disk has caught up.`
