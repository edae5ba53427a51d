import { extname } from 'node:path'
import { clearTimeout, setTimeout } from 'node:timers'
import { Worker } from 'node:worker_threads'
import { DatabaseError, type Writer } from '../../domain/ports/database.ts'
import type { Engine } from '../../domain/ports/engine.ts'
import type { ClearableAnalysis } from '../common/analysis.ts'
import { type Call, callInPlace, callThread } from './calls.ts'
import type { Database } from './database.ts'
import {
  createLongWriteOperations,
  createUnlistedOperations,
  type FileOperations,
  type UnlistedOperations,
} from './long-write-operations.ts'
import type { TenantRow, UnlistedTenant } from './tenant-rows.ts'
import type { SqliteTenants } from './tenants.ts'

/**
 * Changes of so many rows that even their commit would block the event loop. A reset is one transaction: until it is on disk, other
 * writes wait, and reads see the state before. Changes of unlisted tenants are divided into short ones.
 */
export type LongWrites = {
  readonly reset: (tenant: string | undefined) => Promise<readonly TenantRow[]>
  readonly callUnlisted: Call<UnlistedOperations>
  readonly call?: Call<FileOperations>
  readonly close: () => Promise<void>
}

/** Milliseconds after which the thread ends. It takes 60 MB after an import of 100,000 users. */
const defaultIdleTime = 15_000

export const createLongWrites = (db: Database, writer: Writer, idleTime = defaultIdleTime): LongWrites =>
  db.memory ? writeInPlace(db, writer) : writeInThread(db.name, writer, idleTime)

function writeInPlace(db: Database, writer: Writer): LongWrites {
  const operations = createLongWriteOperations(db)
  const callUnlisted = callInPlace(createUnlistedOperations(db))
  return {
    reset: tenant => writer.write(() => operations.reset(tenant)),
    callUnlisted: (name, ...args) => writer.betweenCommits(() => callUnlisted(name, ...args)),
    close: async () => {},
  }
}

const threadFile = new URL(`./long-write-thread${extname(import.meta.filename)}`, import.meta.url)

function writeInThread(path: string, writer: Writer, idleTime: number): LongWrites {
  let thread: { readonly worker: Worker; readonly call: Call<FileOperations> } | undefined
  let underWay = 0
  let idle: NodeJS.Timeout | undefined
  let closed = false

  const start = () => {
    const worker = new Worker(threadFile, { workerData: path })
    worker.on('exit', () => {
      if (thread?.worker === worker) thread = undefined
    })
    const toError = (reason: string) =>
      new DatabaseError(`The thread that writes the database ${path} ended (${reason}).`)
    return { worker, call: callThread<FileOperations>(worker, toError) }
  }

  const call: Call<FileOperations> = (name, ...args) => {
    if (closed) return Promise.reject(new DatabaseError('The database is closed. Restart the server.'))
    clearTimeout(idle)
    thread ??= start()
    underWay++
    return thread.call(name, ...args).finally(() => {
      if (--underWay > 0 || closed) return
      idle = setTimeout(end, idleTime).unref()
    })
  }

  const end = async (): Promise<void> => {
    const ending = thread?.worker
    thread = undefined
    await ending?.terminate()
  }

  return {
    reset: tenant => writer.betweenCommits(() => call('reset', tenant)),
    callUnlisted(name, ...args) {
      const run = () => writer.betweenCommits(() => call(name, ...args))
      // The start of the thread takes some 100 ms, in which other writes pass.
      return thread ? run() : call('ready').then(run)
    },
    call,
    async close() {
      closed = true
      clearTimeout(idle)
      await end()
    },
  }
}

type UnlistedOptions = {
  readonly longWrites: Pick<LongWrites, 'callUnlisted'>
  readonly deleteSession?: (id: string) => Promise<void>
}

/** Deletes tenants in portions, between which other writes pass. Nothing shows them meanwhile, and their IDs stay taken. */
export function createUnlistedTenants({
  longWrites: { callUnlisted },
  deleteSession = async () => {},
}: UnlistedOptions) {
  const clear = async ({ key, id }: UnlistedTenant): Promise<void> => {
    while (await callUnlisted('clearPortion', key));
    await deleteSession(id)
    await callUnlisted('forget', key)
  }
  return {
    clear,
    async remove(id: string, onUnlisted: () => void): Promise<boolean> {
      const key = await callUnlisted('unlist', id)
      if (key === undefined) return false
      onUnlisted()
      await clear({ key, id })
      return true
    },
  }
}

export type UnlistedTenants = ReturnType<typeof createUnlistedTenants>

type ResetDeps = {
  readonly writer: Writer
  readonly longWrites: Pick<LongWrites, 'reset'>
  readonly tenants: Pick<SqliteTenants, 'reload'>
  readonly analysis: Pick<ClearableAnalysis, 'clear'>
}

/** The journal is in another file and follows; if that fails or is interrupted, a second reset completes it. */
export function createReset({ writer, longWrites, tenants, analysis }: ResetDeps): Engine['reset'] {
  return async id => {
    // Two commits in one turn: the first writes what was deferred before, and the reset deletes it, too.
    const before = writer.flush()
    const done = longWrites.reset(id).then(rows => {
      tenants.reload(rows)()
      return rows.map(row => row.id)
    })
    await Promise.all([before, writer.flush(), analysis.clear(id, done)])
    return await done
  }
}
