import { extname } from 'node:path'
import { clearTimeout, setTimeout } from 'node:timers'
import { Worker } from 'node:worker_threads'
import type { Exchange } from '../journal/exchange.ts'
import { type Amount, amountOf, createBacklog, sizeOf } from '../persistence/backlog.ts'
import { type RowValues, toRowValues } from '../persistence/exchange-rows.ts'
import { DatabaseError } from '../ports/database.ts'
import type { ClockJump, JournalLimit, Retention } from '../ports/journal.ts'
import { type Call, callInPlace, callThread, restoreError } from './calls.ts'
import type { Database } from './database.ts'
import { journalPath, openJournalReader } from './journal-file.ts'
import { watchFile } from './journal-integrity.ts'
import { createJournalOperations, type JournalOperations, type RecordResult } from './journal-operations.ts'
import type { JournalThreadData, ThreadOperations } from './journal-thread.ts'

/** The connections to the journal. */
export type JournalDatabase = {
  /** Sees what is committed; in memory, everything. */
  readonly reads: Database
  /** Runs an operation on the connection that writes, after everything that was recorded before. */
  readonly call: Call<JournalOperations>
  /** Returns at once: the exchange is written shortly after. */
  readonly record: (exchange: Exchange) => void
  /** Deletes what is beyond the retention; see `Journal.prune`. */
  readonly prune: (now: number) => Promise<ClockJump | undefined>
  /** The number of exchanges that were recorded and could not be stored. */
  readonly lostCount: () => number
  /** Resolves when all exchanges recorded so far are committed. */
  readonly flush: () => Promise<void>
  /** Writes what is recorded, and accepts no more. */
  readonly close: () => Promise<void>
}

export type JournalOptions = {
  readonly retention: Retention
  /** Called with the errors of exchanges that can't be stored, and of checkpoints. */
  readonly onLost?: (error: unknown) => void
  /** Called before exchanges are deleted because of a limit, once for each limit. */
  readonly onLimit?: (limit: JournalLimit) => void
  /** Called once if the file is deleted or replaced. */
  readonly onReplaced?: (error: Error) => void
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
  const watch = watchFile(journalPath(path), error => options.onReplaced?.(error))
  return { ...createJournalDatabase(reads, call, { ...options, onWritten: watch }, close), callThread: call }
}

const threadEnded = (path: string, reason: string): DatabaseError =>
  new DatabaseError(
    `The thread that writes the journal ${journalPath(path)} ended (${reason}). Restart the server.`,
  )

/** Milliseconds until exchanges are committed. A crash loses what waits. */
const maxDelay = 200
/** Exchanges that share a commit, which writes pages of the indexes: few for many exchanges together. */
const maxGroup: Amount = { exchanges: 2048, bytes: 16 * 1024 * 1024 }
/** More at a time would occupy the event loop for several milliseconds: their texts are copied to the thread. */
const maxPart: Amount = { exchanges: 256, bytes: 2 * 1024 * 1024 }
const isReached = (limit: Amount, { exchanges, bytes }: Amount): boolean =>
  exchanges >= limit.exchanges || bytes >= limit.bytes

const closedError = () => new DatabaseError('The journal is closed. Restart the server.')

const defaultLimits: Amount = { exchanges: 20_000, bytes: 64 * 1024 * 1024 }

function createJournalDatabase(
  reads: Database,
  call: Call<JournalOperations>,
  {
    onLost = () => {},
    onLimit = () => {},
    onFatal = () => {},
    onWritten = () => {},
    limits = defaultLimits,
  }: JournalOptions & { readonly onWritten?: () => void },
  closeConnections: () => Promise<void>,
): JournalDatabase {
  const backlog = createBacklog({ limits, onLost, bottleneck: 'disk' })
  // Rows from the start: an exchange has some thirty objects, which the garbage collector would copy while they wait.
  let waiting: RowValues[] = []
  let waitingBytes = 0
  /** What the thread has received since the last commit. */
  let group: Amount = { exchanges: 0, bytes: 0 }
  let timer: NodeJS.Timeout | undefined
  let written: Promise<void> = Promise.resolve()
  let closed = false

  const reportFatal = (error: unknown) => {
    if (error instanceof DatabaseError && !closed) onFatal(error)
  }

  const withWaiting = (): Amount => ({
    exchanges: group.exchanges + waiting.length,
    bytes: group.bytes + waitingBytes,
  })

  /** Keeps none of the rows, which the thread has copied. */
  const sendRows = (isLast: boolean) => {
    const sent = call('record', waiting, isLast)
    group = isLast ? { exchanges: 0, bytes: 0 } : withWaiting()
    waiting = []
    waitingBytes = 0
    return sent
  }

  const report = ({ errors, failure, checkpointError, limits: reached }: RecordResult): void => {
    for (const limit of reached ?? []) onLimit(limit)
    onWritten()
    for (const error of errors) backlog.lose(restoreError(error))
    if (checkpointError) onLost(restoreError(checkpointError))
    if (!failure) return
    const error = restoreError(failure.error)
    backlog.lose(error, failure.exchanges)
    reportFatal(error)
  }

  const commit = (): void => {
    clearTimeout(timer)
    timer = undefined
    const amount = withWaiting()
    if (amount.exchanges === 0) return
    written = sendRows(true)
      .then(report, error => {
        backlog.lose(error, amount.exchanges)
        reportFatal(error)
      })
      .finally(() => backlog.settle(amount))
  }

  const sendPart = (): void => {
    if (isReached(maxGroup, withWaiting())) commit()
    // Its failure is that of the group.
    else sendRows(false).catch(() => {})
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
    timer ??= setTimeout(commit, maxDelay).unref()
    if (isReached(maxPart, { exchanges: waiting.length, bytes: waitingBytes })) sendPart()
  }

  const flush = async (): Promise<void> => {
    commit()
    await written
  }

  const callAfterRecorded: JournalDatabase['call'] = (name, ...args) => {
    // A response would let the process end before its thread has.
    if (closed) return Promise.reject(closedError())
    commit()
    const result = call(name, ...args)
    result.catch(reportFatal)
    return result
  }

  return {
    reads,
    record(exchange) {
      if (closed) backlog.lose(closedError())
      else if (backlog.admit(exchange)) add(exchange)
    },
    call: callAfterRecorded,
    async prune(now) {
      onWritten()
      for (const limit of await callAfterRecorded('limits')) onLimit(limit)
      return callAfterRecorded('prune', now)
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
