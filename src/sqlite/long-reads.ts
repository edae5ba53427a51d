import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { createWorkLimit } from '../event-loop/work-limit.ts'
import { BusyError, DatabaseError } from '../ports/database.ts'
import type { Database } from './database.ts'
import { createQueryRunner, type Query, type Rows } from './query.ts'

/** Statements that scan, off the event loop. */
export interface LongReads {
  /**
   * Runs queries on one state of the database, and returns the rows of each. A fixed number of calls run at a
   * time, the others wait in order. Rejects with the signal's reason once it is aborted, and with a
   * `BusyError` when too many calls wait.
   */
  run(queries: readonly Query[], signal?: AbortSignal): Promise<readonly Rows[]>
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

/**
 * Passes a number of calls on at a time and lets the others wait, so that one caller of many does not delay the
 * calls of others.
 */
export function limitLongReads(
  { run }: Pick<LongReads, 'run'>,
  { maxRunning, maxWaiting }: { readonly maxRunning: number; readonly maxWaiting: number },
): Pick<LongReads, 'run'> {
  const limit = createWorkLimit(maxRunning, { maximum: maxWaiting, error: () => tooManyWaiting(maxWaiting) })
  return { run: (queries, signal) => limit(() => run(queries, signal), signal) }
}

const tooManyWaiting = (most: number) =>
  new BusyError(`${most} searches are waiting, which is the maximum. Try again later.`)

/** Runs queries on one state of the database: short ones at once, long ones as `LongReads` does. */
export type Read = (
  queries: readonly Query[],
  isLong: boolean,
  signal?: AbortSignal,
) => readonly Rows[] | Promise<readonly Rows[]>

export function createRead(reads: Database, longReads: Pick<LongReads, 'run'>): Read {
  const runInPlace = createQueryRunner(reads)
  return (queries, isLong, signal) => (isLong ? longReads.run(queries, signal) : runInPlace(queries))
}

/** The message to a thread. The buffer holds 1 once nobody waits for the rows. */
export type ReadRequest = { readonly queries: readonly Query[]; readonly unwanted: SharedArrayBuffer }
/** The message from a thread. */
export type ReadResponse = { readonly rows: readonly Rows[] } | { readonly error: string }

type Task = ReadRequest & {
  /** Passes the rows or the error on. */
  readonly settle: (response: ReadResponse) => void
  /** Called when the thread is idle again, or has ended. */
  onEnd: () => void
}

const abandon = ({ unwanted }: Task): void => {
  new Uint8Array(unwanted)[0] = 1
}

const threadFile = new URL(`./long-read-thread${extname(import.meta.filename)}`, import.meta.url)

/**
 * Ends a thread after its statement: a thread that is terminated during a statement stays in it, since functions
 * such as `is_wanted` can no longer end it.
 */
async function endThread([thread, task]: readonly [Worker, Task | undefined]): Promise<void> {
  if (task) {
    await new Promise<void>(resolve => {
      task.onEnd = resolve
      abandon(task)
    })
  }
  await thread.terminate()
}

/** One core is left to the event loop. */
const defaultThreads = Math.max(1, Math.min(4, availableParallelism() - 1))
const maxWaiting = 200

/** Reads a database file in threads, each with a connection of its own. They are started when needed. */
export function createLongReads(path: string, maxThreads = defaultThreads): LongReads {
  const idle: Worker[] = []
  const threads = new Map<Worker, Task | undefined>()
  const waiting = new Set<Task>()
  let closed = false

  const start = (): Worker => {
    const thread = new Worker(threadFile, { workerData: path })
    threads.set(thread, undefined)
    thread.unref()
    thread.on('message', (response: ReadResponse) => {
      const task = threads.get(thread)
      threads.set(thread, undefined)
      idle.push(thread)
      thread.unref()
      task?.settle(response)
      task?.onEnd()
      runNext()
    })
    const lose = (error?: Error) => {
      const task = threads.get(thread)
      threads.delete(thread)
      if (idle.includes(thread)) idle.splice(idle.indexOf(thread), 1)
      task?.settle({ error: error?.message ?? 'the thread ended' })
      task?.onEnd()
      if (!closed) runNext()
    }
    thread.on('error', lose)
    thread.on('exit', () => lose())
    return thread
  }

  const runNext = (): void => {
    const [task] = waiting
    if (!task) return
    const thread = idle.pop() ?? (threads.size < maxThreads ? start() : undefined)
    if (!thread) return
    waiting.delete(task)
    threads.set(thread, task)
    // The process must not end while somebody waits for the rows.
    thread.ref()
    thread.postMessage({ queries: task.queries, unwanted: task.unwanted } satisfies ReadRequest)
  }

  return {
    run: async (queries, signal) => {
      signal?.throwIfAborted()
      if (closed) throw new DatabaseError('The database is closed. Restart the server.')
      if (waiting.size >= maxWaiting) {
        throw tooManyWaiting(maxWaiting)
      }
      return await new Promise<readonly Rows[]>((resolve, reject) => {
        const unwanted = new SharedArrayBuffer(1)
        const leave = () => {
          waiting.delete(task)
          abandon(task)
          reject(signal?.reason)
        }
        const task: Task = {
          queries,
          unwanted,
          settle: response => {
            signal?.removeEventListener('abort', leave)
            if ('rows' in response) resolve(response.rows)
            else reject(new DatabaseError(`The database ${path} can't be read (${response.error}).`))
          },
          onEnd: () => {},
        }
        signal?.addEventListener('abort', leave, { once: true })
        waiting.add(task)
        runNext()
      })
    },
    close: async () => {
      closed = true
      for (const task of waiting) task.settle({ error: 'it is closed' })
      waiting.clear()
      await Promise.all([...threads].map(endThread))
    },
  }
}
