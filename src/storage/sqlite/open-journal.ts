import { extname } from 'node:path'
import { setImmediate } from 'node:timers'
import { Worker } from 'node:worker_threads'
import {
  createRingBuffer,
  createRingReader,
  createRingWriter,
  createSharedRingBuffer,
} from '../../domain/journal/record-ring.ts'
import { DatabaseError } from '../../domain/ports/database.ts'
import { type Call, callInPlace, callThread, callWhenStarted } from './calls.ts'
import type { Database } from './database.ts'
import {
  type CreateRing,
  createJournalDatabase,
  type JournalDatabase,
  type JournalOptions,
  type Portion,
} from './journal.ts'
import { journalPath, openJournalReader, watchFile } from './journal-file.ts'
import { createJournalOperations } from './journal-operations.ts'
import type { JournalThreadData, ThreadOperations } from './journal-thread.ts'

/** Bytes. The larger one is for a thread that a slow disk holds up; its pages take no memory until they are used. */
const ringInPlace = 4 * 1024 * 1024
const ringOfThread = 16 * 1024 * 1024

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

type JournalThread = JournalDatabase & { readonly callThread: Call<ThreadOperations> }

const lateStart = { patient: ['keepSessions', 'limits', 'prune', 'shrink'], patience: 500 } as const

/**
 * A thread for the database at this path, whose journal exists. It starts after the first response, since starting it would delay
 * that.
 */
export function startJournalThread(path: string, { onFatal, ...rest }: JournalOptions): JournalThread {
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
/** Some milliseconds of work of this thread. */
const portionInPlace: Portion = { exchanges: 64, length: 128 * 1024 }
/** Each call of the thread costs as much as recording some twenty requests. */
const portionOfThread: Portion = { exchanges: 512, length: 1024 * 1024 }
