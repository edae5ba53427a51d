import { extname } from 'node:path'
import { clearTimeout, setTimeout } from 'node:timers'
import { Worker } from 'node:worker_threads'
import type { Exchange } from '../journal/exchange.ts'
import { type Amount, amountOf, createBacklog, sizeOf } from '../persistence/backlog.ts'
import { type RowValues, toRowValues } from '../persistence/exchange-rows.ts'
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
  readonly limits?: Amount
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
/** Larger batches would occupy the event loop for several milliseconds: their texts are copied to the thread. */
const maxBatch: Amount = { exchanges: 256, bytes: 2 * 1024 * 1024 }
const defaultLimits: Amount = { exchanges: 20_000, bytes: 64 * 1024 * 1024 }

function createJournalDatabase(
  reads: Database,
  call: Call<JournalOperations>,
  { onLost = () => {}, onFatal = () => {}, limits = defaultLimits }: JournalOptions,
  closeConnections: () => Promise<void>,
): JournalDatabase {
  const backlog = createBacklog({ limits, onLost, bottleneck: 'disk' })
  // Rows from the start: an exchange has some thirty objects, which the garbage collector would copy while they wait.
  let waiting: RowValues[] = []
  let waitingBytes = 0
  let timer: NodeJS.Timeout | undefined
  let written: Promise<void> = Promise.resolve()
  let closed = false

  const reportFatal = (error: unknown) => {
    if (error instanceof DatabaseError && !closed) onFatal(error)
  }

  /** Keeps none of the rows, which the thread has copied. */
  const write = (rows: readonly RowValues[], bytes: number): Promise<void> => {
    const exchanges = rows.length
    return call('record', rows)
      .then(
        errors => {
          for (const error of errors) backlog.lose(restoreError(error))
        },
        error => {
          backlog.lose(error, exchanges)
          reportFatal(error)
        },
      )
      .finally(() => backlog.settle({ exchanges, bytes }))
  }

  const send = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (waiting.length === 0) return
    const [rows, bytes] = [waiting, waitingBytes]
    waiting = []
    waitingBytes = 0
    written = write(rows, bytes)
  }

  const add = (exchange: Exchange): void => {
    try {
      waiting.push(toRowValues(exchange))
    } catch (error) {
      backlog.lose(error)
      backlog.settle(amountOf([exchange]))
      return
    }
    waitingBytes += sizeOf(exchange)
    if (waiting.length >= maxBatch.exchanges || waitingBytes >= maxBatch.bytes) send()
    else timer ??= setTimeout(send, maxDelay).unref()
  }

  const flush = async (): Promise<void> => {
    send()
    await written
  }

  return {
    reads,
    record(exchange) {
      if (closed) backlog.lose(new DatabaseError('The journal is closed. Restart the server.'))
      else if (backlog.admit(exchange)) add(exchange)
    },
    call(name, ...args) {
      send()
      const result = call(name, ...args)
      result.catch(reportFatal)
      return result
    },
    lostCount: backlog.lostCount,
    flush,
    async close() {
      const flushed = flush()
      closed = true
      await flushed
      await closeConnections()
    },
  }
}
