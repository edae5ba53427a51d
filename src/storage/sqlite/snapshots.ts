import { randomUUID } from 'node:crypto'
import type { Writer } from '../../domain/ports/database.ts'
import type { Snapshot, Snapshots } from '../../domain/ports/snapshots.ts'
import {
  compareSnapshots,
  createQueue,
  damagedSnapshot,
  defaultMaxSnapshots,
  limitReached,
  nameSnapshot,
  type SnapshotSummary,
  unservableTenant,
  writeFailed,
} from '../common/snapshots.ts'
import type { Database } from './database.ts'
import type { LongWrites } from './long-writes.ts'
import {
  type ConfirmRestore,
  createFileStorage,
  createMemoryStorage,
  type SnapshotStorage,
  snapshotFolder,
} from './snapshot-storage.ts'

type SnapshotOptions = {
  readonly db: Database
  readonly writer: Writer
  readonly longWrites: LongWrites
  readonly reload: ConfirmRestore
  readonly clock?: () => number
  readonly maxSnapshots?: number
}

export function createSqliteSnapshots(options: SnapshotOptions): Snapshots {
  const { db, writer, longWrites, reload, clock = Date.now, maxSnapshots = defaultMaxSnapshots } = options
  const storage = longWrites.call
    ? createFileStorage(longWrites.call, writer, snapshotFolder(db.name))
    : createMemoryStorage(db, writer)
  const enqueue = createQueue()
  const find = createSummaryReader(storage)

  const found = async (): Promise<readonly Snapshot[]> => {
    const snapshots: Snapshot[] = []
    for (const id of storage.ids()) {
      const summary = find(id)
      if (summary) snapshots.push({ ...summary, bytes: storage.bytes(id) })
    }
    return snapshots.sort(compareSnapshots)
  }

  const save = async (name: string | undefined): Promise<Snapshot> => {
    if (storage.ids().length >= maxSnapshots) throw limitReached(maxSnapshots)
    // The copy contains what was written before the call, deferred jobs included.
    await writer.flush()
    const snapshot = nameSnapshot(randomUUID(), name, clock())
    try {
      const summary = await storage.save(snapshot)
      return { ...summary, bytes: storage.bytes(snapshot.id) }
    } catch (error) {
      throw writeFailed(error, 'Free some disk space, or allow writing to the folder of the database.')
    }
  }

  return {
    list: () => enqueue(found),
    save: name => enqueue(() => save(name)),
    restore: id =>
      enqueue(async () => {
        if (!storage.ids().includes(id)) return undefined
        await verifySnapshot(storage, id)
        return await storage.restore(id, tenants => reloadTenants(tenants, reload))
      }),
    remove: id =>
      enqueue(async () => {
        if (!storage.ids().includes(id)) return false
        storage.remove(id)
        return true
      }),
  }
}

function createSummaryReader(storage: SnapshotStorage) {
  const known = new Map<string, SnapshotSummary>()
  const read = (id: string): SnapshotSummary | undefined => {
    try {
      return storage.summary(id)
    } catch {
      return undefined
    }
  }
  return (id: string): SnapshotSummary | undefined => {
    const summary = known.get(id) ?? read(id)
    if (summary) known.set(id, summary)
    return summary
  }
}

/** Before the write, since a damaged file must not be reported as a failure of the database. */
async function verifySnapshot(storage: SnapshotStorage, id: string): Promise<void> {
  try {
    await storage.check(id)
  } catch (error) {
    throw damagedSnapshot(error)
  }
}

function reloadTenants(...[tenants, reload]: [...Parameters<ConfirmRestore>, ConfirmRestore]): () => void {
  try {
    return reload(tenants)
  } catch (error) {
    throw unservableTenant(error)
  }
}
