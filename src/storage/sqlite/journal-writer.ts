import { extname } from 'node:path'
import { clearTimeout, setImmediate, setTimeout } from 'node:timers'
import { Worker } from 'node:worker_threads'
import type { Entry } from '../../domain/journal/record-layout.ts'
import {
  createRingBuffer,
  createRingReader,
  createRingWriter,
  createSharedRingBuffer,
  type RingWriter,
} from '../../domain/journal/record-ring.ts'
import { DatabaseError } from '../../domain/ports/database.ts'
import type { ClockJump, JournalLimit, Retention } from '../../domain/ports/journal.ts'
import { createLosses } from '../common/losses.ts'
import { type Call, callInPlace, callThread, callWhenStarted, restoreError } from './calls.ts'
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
  readonly record: (entry: Entry) => void
  /** See `Journal.room`. */
  readonly room: () => Promise<void> | undefined
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
}

/** Bytes. The larger one is for a thread that a slow disk holds up; its pages take no memory until they are used. */
const ringInPlace = 4 * 1024 * 1024
const ringOfThread = 16 * 1024 * 1024

/** A journal that is written by this thread, for a database in memory. */
export function writeJournalInPlace(db: Database, options: JournalOptions): JournalDatabase {
  const buffer = createRingBuffer(ringInPlace)
  const call = callInPlace(createJournalOperations(db, options.retention, createRingReader(buffer)))
  const createRing: CreateRing = takeAll => createRingWriter(buffer, { makeRoom: takeAll })
  return createJournalDatabase(
    db,
    call,
    { createRing, portion: portionInPlace },
    options,
    async () => void db.close(),
  )
}

const threadFile = new URL(`./journal-thread${extname(import.meta.filename)}`, import.meta.url)

/** A journal that is written by a thread of its own, which can also make checkpoints of its database. */
export type JournalThread = JournalDatabase & { readonly callThread: Call<ThreadOperations> }

/** Operations of the housekeeping, and the milliseconds until they start the thread. */
const lateStart = { patient: ['keepSessions', 'limits', 'prune', 'shrink'], patience: 500 } as const

/**
 * A thread for the database at this path, whose journal exists. It starts after the first response, since starting it would delay
 * that.
 */
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
  const ring = createSharedRingBuffer(ringOfThread)
  const workerData: JournalThreadData = { path, retention: options.retention, ring }
  let thread: Worker | undefined
  let isClosing = false
  const { call, start } = callWhenStarted<ThreadOperations>(() => {
    thread = new Worker(threadFile, { workerData })
    return callThread(thread, reason => {
      const error = threadEnded(path, reason)
      if (!isClosing) options.onFatal?.(error)
      return error
    })
  }, lateStart)
  const close = async () => {
    reads.close()
    isClosing = true
    await call('close').catch(() => {})
    await thread?.terminate()
  }
  const watch = watchFile(journalPath(path), error => options.onReplaced?.(error))
  const createRing: CreateRing = takeAll => createRingWriter(ring, { beforeWait: takeAll })
  const queue = { createRing, portion: portionOfThread }
  return {
    ...createJournalDatabase(
      reads,
      call,
      queue,
      // Not before the response whose request is recorded.
      { ...options, onFirst: () => void setImmediate(start), onWritten: watch },
      close,
    ),
    callThread: call,
  }
}

const threadEnded = (path: string, reason: string): DatabaseError =>
  new DatabaseError(
    `The thread that writes the journal ${journalPath(path)} ended (${reason}). Restart the server.`,
  )

/** Milliseconds until exchanges are committed. A crash loses what waits. */
const maxDelay = 200
/** Exchanges, and the length of their bodies, that are to be taken from the ring at a time. */
type Portion = { readonly exchanges: number; readonly length: number }
/** Some milliseconds of work of this thread. */
const portionInPlace: Portion = { exchanges: 64, length: 128 * 1024 }
/** Each call of the thread costs as much as recording some twenty requests. */
const portionOfThread: Portion = { exchanges: 256, length: 1024 * 1024 }

/** `takeAll` has everything taken from the ring that was written to it. */
type CreateRing = (takeAll: () => void) => RingWriter

const closedError = () => new DatabaseError('The journal is closed. Restart the server.')

function createJournalDatabase(
  reads: Database,
  call: Call<JournalOperations>,
  { createRing, portion }: { readonly createRing: CreateRing; readonly portion: Portion },
  {
    onLost = () => {},
    onLimit = () => {},
    onFatal = () => {},
    onFirst = () => {},
    onWritten = () => {},
  }: JournalOptions & {
    /** Called when the first exchange waits. */
    readonly onFirst?: () => void
    readonly onWritten?: () => void
  },
  closeConnections: () => Promise<void>,
): JournalDatabase {
  const losses = createLosses({ onLost, bottleneck: 'disk' })
  // Numbers of exchanges: of the last one that was recorded, that was to be taken from the ring, and that was to be committed.
  let recorded = 0
  let taken = 0
  let committed = 0
  /** The length of the bodies behind the last one that was to be taken. */
  let length = 0
  let isTaking = false
  let timer: NodeJS.Timeout | undefined
  let written: Promise<void> = Promise.resolve()
  let closed = false

  const reportFatal = (error: unknown) => {
    if (error instanceof DatabaseError && !closed) onFatal(error)
  }

  const take = (isLast: boolean): Promise<RecordResult> => {
    taken = recorded
    length = 0
    return call('record', recorded, isLast)
  }

  const reportTaken = ({ errors }: RecordResult): void => {
    ring.noteTaken()
    losses.end()
    for (const error of errors) losses.lose(restoreError(error))
  }

  // The next commit reports the end of the thread.
  const takeAll = (): void => void take(false).then(reportTaken, () => {})
  const ring = createRing(takeAll)

  const reportCommitted = (result: RecordResult): void => {
    const { failure, checkpointError, limits } = result
    for (const limit of limits ?? []) onLimit(limit)
    onWritten()
    reportTaken(result)
    if (checkpointError) onLost(restoreError(checkpointError))
    if (!failure) return
    const error = restoreError(failure.error)
    losses.lose(error, failure.exchanges)
    reportFatal(error)
  }

  const commit = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (committed === recorded) return
    const exchanges = recorded - committed
    committed = recorded
    written = take(true).then(reportCommitted, error => {
      losses.lose(error, exchanges)
      reportFatal(error)
    })
  }

  /** One at a time: each takes all that has arrived. */
  const takePortion = (): void => {
    if (isTaking || (recorded - taken < portion.exchanges && length < portion.length)) return
    isTaking = true
    take(false)
      .then(reportTaken)
      // The next commit reports the end of the thread.
      .catch(() => {})
      .finally(() => {
        isTaking = false
        takePortion()
      })
  }

  const add = (entry: Entry): void => {
    const result = ring.write(entry)
    if (result === 'full') losses.leaveOut(ring.waiting())
    if (result === 'too-large')
      losses.lose(new Error(`The request ${entry.id} is too large for the journal.`))
    if (result !== 'written') return
    recorded++
    if (recorded === 1) onFirst()
    length += (entry.request.body?.length ?? 0) + (entry.response.body?.length ?? 0)
    timer ??= setTimeout(commit, maxDelay).unref()
    takePortion()
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
    record(entry) {
      if (closed) losses.lose(closedError())
      else add(entry)
    },
    room: ring.room,
    call: callAfterRecorded,
    async prune(now) {
      onWritten()
      for (const limit of await callAfterRecorded('limits')) onLimit(limit)
      return callAfterRecorded('prune', now)
    },
    lostCount: losses.count,
    flush,
    async close() {
      const flushed = flush()
      closed = true
      await flushed
      await closeConnections()
    },
  }
}
