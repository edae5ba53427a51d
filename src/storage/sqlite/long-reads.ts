import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { createWorkLimit } from '../../domain/event-loop/slices.ts'
import { DatabaseError } from '../../domain/ports/database.ts'
import { tooManyWaiting } from '../common/long-read-limit.ts'
import { type Call, callThread } from './calls.ts'
import type { Database } from './database.ts'
import type { ReadOperations } from './long-read-thread.ts'
import { createQueryRunner, type Query, type ReadRows } from './statements.ts'

export interface LongReads {
  /**
   * Runs queries on one state of the database, and returns the rows of each. A fixed number of calls run at a
   * time, the others wait in order. An aborted call rejects with the signal's reason as soon as its statement has
   * ended. Rejects with a `BusyError` when too many calls wait.
   */
  run(queries: readonly Query[], signal?: AbortSignal): Promise<readonly ReadRows[]>
  close(): Promise<void>
}

/** For a database in memory, which other threads cannot read. */
export function readInPlace(db: Database): LongReads {
  const run = createQueryRunner(db)
  return {
    async run(queries, signal) {
      signal?.throwIfAborted()
      return run(queries)
    },
    close: async () => {},
  }
}

export type Read = (
  queries: readonly Query[],
  isLong: boolean,
  signal?: AbortSignal,
) => readonly ReadRows[] | Promise<readonly ReadRows[]>

export function createRead(reads: Database, longReads: Pick<LongReads, 'run'>): Read {
  const readInPlace = createQueryRunner(reads)
  return (queries, isLong, signal) => (isLong ? longReads.run(queries, signal) : readInPlace(queries))
}

const threadFile = new URL(`./long-read-thread${extname(import.meta.filename)}`, import.meta.url)

type ReadThread = { readonly worker: Worker; readonly call: Call<ReadOperations> }

function startThread(path: string): ReadThread {
  const worker = new Worker(threadFile, { workerData: path })
  const toError = (reason: string) => new Error(`the thread ended: ${reason}`)
  return { worker, call: callThread<ReadOperations>(worker, toError) }
}

/** One core is left to the event loop. */
const defaultThreads = Math.max(1, Math.min(4, availableParallelism() - 1))
const maxWaiting = 200

export function createLongReads(path: string, maxThreads = defaultThreads): LongReads {
  const limit = createWorkLimit(maxThreads, {
    maximum: maxWaiting,
    error: () => tooManyWaiting(maxWaiting),
  })
  const threads = new Set<ReadThread>()
  const idle = new Set<ReadThread>()
  const running = new Set<Promise<unknown>>()
  const closing = new AbortController()

  const takeThread = (): ReadThread => {
    const [thread = startThread(path)] = idle
    idle.delete(thread)
    if (!threads.has(thread)) {
      threads.add(thread)
      thread.worker.on('exit', () => {
        threads.delete(thread)
        idle.delete(thread)
      })
    }
    return thread
  }

  const runInThread = async (
    queries: readonly Query[],
    signal: AbortSignal,
  ): Promise<readonly ReadRows[]> => {
    signal.throwIfAborted()
    const thread = takeThread()
    const unwanted = new SharedArrayBuffer(1)
    const abandon = () => {
      new Uint8Array(unwanted)[0] = 1
    }
    signal.addEventListener('abort', abandon, { once: true })
    try {
      return await thread.call('run', queries, unwanted)
    } catch (error) {
      signal.throwIfAborted()
      const reason = error instanceof Error ? error.message : error
      throw new DatabaseError(`The database ${path} can't be read (${reason}).`, { cause: error })
    } finally {
      signal.removeEventListener('abort', abandon)
      if (threads.has(thread)) idle.add(thread)
    }
  }

  const track = <Result>(work: Promise<Result>): Promise<Result> => {
    running.add(work)
    return work.finally(() => running.delete(work))
  }

  return {
    run: (queries, signal) => {
      const ended = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal
      return limit(() => track(runInThread(queries, ended)), ended)
    },
    close: async () => {
      closing.abort(new DatabaseError('The database is closed. Restart the server.'))
      // A thread that is terminated during a statement stays in it, since functions can no longer end it.
      await Promise.allSettled(running)
      await Promise.all([...threads].map(({ worker }) => worker.terminate()))
    },
  }
}
