import { randomUUID } from 'node:crypto'
import type { Writer } from '../ports/database.ts'
import { type Snapshot, SnapshotError, type Snapshots } from '../ports/snapshots.ts'
import type { Database } from './database.ts'
import {
  createRestore,
  fillSnapshot,
  readSummary,
  type SnapshotSummary,
  summarizeTenants,
} from './snapshot-copy.ts'
import {
  createFileStorage,
  createMemoryStorage,
  type SnapshotPlace,
  type SnapshotStorage,
} from './snapshot-storage.ts'

type SnapshotOptions = {
  readonly db: Database
  readonly writer: Writer
  /** The path of the database; snapshots are stored next to it, or in memory if it is undefined. */
  readonly path?: string | undefined
  /**
   * Called inside the write that restores; if it throws, the restore is rolled back. Returns a function to
   * call once the write is on disk.
   */
  readonly reload: () => () => void
  readonly clock?: () => number
  readonly maxSnapshots?: number
}

/** Snapshots in SQLite: in files next to the database, or in memory like the database itself. */
export function createSqliteSnapshots(options: SnapshotOptions): Snapshots {
  const { db, writer, path, reload, clock = Date.now, maxSnapshots = 50 } = options
  const storage = path === undefined ? createMemoryStorage(db) : createFileStorage(db, `${path}.snapshots`)
  const restore = createRestore(db)
  const enqueue = createQueue()
  const find = createSummaryReader(db, storage)

  const found = async (): Promise<readonly Snapshot[]> => {
    const snapshots: Snapshot[] = []
    for (const id of storage.ids()) {
      const summary = await find(id)
      if (summary) snapshots.push({ ...summary, bytes: storage.bytes(id) })
    }
    return snapshots.sort((one, other) => other.created - one.created || (one.id < other.id ? -1 : 1))
  }

  const save = async (name: string | undefined): Promise<Snapshot> => {
    if (storage.ids().length >= maxSnapshots) throw limitReached(maxSnapshots)
    // Nothing runs between this and the copy, so the copy contains complete transactions.
    await writer.flush()
    const created = clock()
    const id = randomUUID()
    const summary: SnapshotSummary = {
      id,
      name: name ?? new Date(created).toISOString(),
      created,
      tenants: summarizeTenants(db),
    }
    try {
      storage.save(id, place => fillSnapshot(db, place, summary))
    } catch (error) {
      throw writeFailed(error)
    }
    return { ...summary, bytes: storage.bytes(id) }
  }

  const restoreFrom = (place: SnapshotPlace) =>
    writer.write(() => {
      const restored = restore(place)
      return { restored, apply: reloadTenants(reload) }
    })

  return {
    list: () => enqueue(found),
    save: name => enqueue(() => save(name)),
    restore: id =>
      enqueue(async () => {
        if (!storage.ids().includes(id)) return undefined
        await verifySnapshot(db, storage, id)
        return await storage.open(id, async place => {
          const { restored, apply } = await restoreFrom(place)
          apply()
          return restored
        })
      }),
    remove: id =>
      enqueue(async () => {
        if (!storage.ids().includes(id)) return false
        storage.remove(id)
        return true
      }),
  }
}

/** Runs jobs one after another. */
function createQueue() {
  let last: Promise<unknown> = Promise.resolve()
  return <Result>(job: () => Promise<Result>): Promise<Result> => {
    const next = last.then(job)
    last = next.catch(() => undefined)
    return next
  }
}

/** Reads each summary once; files that are no snapshot or damaged have none. */
function createSummaryReader(db: Database, storage: SnapshotStorage) {
  const known = new Map<string, SnapshotSummary>()
  return async (id: string): Promise<SnapshotSummary | undefined> => {
    const summary =
      known.get(id) ?? (await storage.open(id, place => readSummary(db, place)).catch(() => undefined))
    if (summary) known.set(id, summary)
    return summary
  }
}

/** Before the write, since a damaged file must not be reported as a failure of the database. */
async function verifySnapshot(db: Database, storage: SnapshotStorage, id: string): Promise<void> {
  try {
    await storage.open(id, place => {
      readSummary(db, place)
      const found = db.pragma(`${place.schema}.quick_check(1)`, { simple: true })
      if (found !== 'ok') throw new Error(String(found))
    })
  } catch (error) {
    throw new SnapshotError('unusable', `The snapshot is damaged (${reasonOf(error)}). Delete it.`, {
      cause: error,
    })
  }
}

function reloadTenants(reread: SnapshotOptions['reload']): () => void {
  try {
    return reread()
  } catch (error) {
    throw new SnapshotError(
      'unusable',
      `The snapshot has a tenant that this version of the server can't serve (${reasonOf(error)}). Restore it with the version that saved it, or delete it.`,
      { cause: error },
    )
  }
}

const limitReached = (maximum: number) =>
  new SnapshotError('limit', `There are ${maximum} snapshots, which is the maximum. Delete one first.`)

const writeFailed = (error: unknown) =>
  new SnapshotError(
    'unwritable',
    `The snapshot can't be written (${reasonOf(error)}). Free some disk space, or allow writing to the folder of the database.`,
    { cause: error },
  )

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
