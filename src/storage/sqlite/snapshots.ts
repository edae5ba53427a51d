import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import type { Writer } from '../../domain/ports/database.ts'
import {
  type RestoreResult,
  type Snapshot,
  SnapshotError,
  type Snapshots,
} from '../../domain/ports/snapshots.ts'
import { partialExtension, privateFolderMode, restrictAccess, syncFolder } from '../common/private-files.ts'
import {
  compareSnapshots,
  createQueue,
  damagedSnapshot,
  defaultMaxSnapshots,
  limitReached,
  nameSnapshot,
  type SnapshotName,
  type SnapshotSummary,
  unservableTenant,
  writeFailed,
} from '../common/snapshots.ts'
import type { Call } from './calls.ts'
import { openConnection } from './connection.ts'
import type { Database } from './database.ts'
import { copyToSnapshot, createLongWriteOperations, type FileOperations } from './long-write-operations.ts'
import type { LongWrites } from './long-writes.ts'
import { checkSnapshot, readSummary, type SnapshotPlace } from './snapshot-copy.ts'
import type { TenantRow } from './tenant-rows.ts'

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

/**
 * Is called with the tenants after a restore, before its commit; if it throws, the restore is rolled back. Returns a
 * function to call after the commit, before other writes.
 */
type ConfirmRestore = (tenants: readonly TenantRow[]) => () => void

/** Callers must serialize their calls. */
interface SnapshotStorage {
  ids(): readonly string[]
  bytes(id: string): number
  summary(id: string): SnapshotSummary
  save(name: SnapshotName): Promise<SnapshotSummary>
  check(id: string): Promise<void>
  restore(id: string, confirm: ConfirmRestore): Promise<RestoreResult>
  remove(id: string): void
}

export const snapshotFolder = (path: string): string => `${path}.snapshots`

const snapshotExtension = '.db'
const isSnapshotId = (text: string) => /^[0-9a-f-]{36}$/.test(text)

function createFileStorage(call: Call<FileOperations>, writer: Writer, folder: string): SnapshotStorage {
  const fileOf = (id: string) => `${folder}/${id}${snapshotExtension}`
  const names = () => listFiles(folder)
  restrictAccess(folder, privateFolderMode)
  // Left behind by a killed server; earlier versions omitted the extension.
  for (const name of names()) {
    const whole = name.endsWith(partialExtension) ? name.slice(0, -partialExtension.length) : ''
    if (
      isSnapshotId(whole) ||
      (whole.endsWith(snapshotExtension) && isSnapshotId(whole.slice(0, -snapshotExtension.length)))
    )
      rmSync(`${folder}/${name}`)
  }

  return {
    ids: () => listSnapshots(folder),

    bytes: id => statSync(fileOf(id)).size,

    summary(id) {
      const db = openConnection(fileOf(id), { readonly: true })
      try {
        return readSummary(db, { schema: 'main', prefix: '' })
      } finally {
        db.close()
      }
    },

    async save(name) {
      mkdirSync(folder, { recursive: true, mode: privateFolderMode })
      try {
        return await call('saveSnapshot', fileOf(name.id), name)
      } catch (error) {
        // The thread may have been terminated.
        rmSync(fileOf(name.id) + partialExtension, { force: true })
        throw error
      }
    },

    async check(id) {
      statSync(fileOf(id))
      await call('checkSnapshot', fileOf(id))
    },

    restore: (id, confirm) =>
      writer.betweenCommits(async () => {
        statSync(fileOf(id))
        const { result, tenants } = await call('startRestore', fileOf(id)).catch(error => {
          throw error.name === 'SnapshotError' ? new SnapshotError('unusable', error.message) : error
        })
        const apply = await confirmOrUndo(tenants, confirm)
        await call('endRestore', 'commit')
        apply()
        return result
      }),

    remove(id) {
      rmSync(fileOf(id))
      syncFolder(folder)
    },
  }

  async function confirmOrUndo(tenants: readonly TenantRow[], confirm: ConfirmRestore): Promise<() => void> {
    try {
      return confirm(tenants)
    } catch (error) {
      await call('endRestore', 'rollback')
      throw error
    }
  }
}

export const listSnapshots = (folder: string): readonly string[] =>
  listFiles(folder)
    .filter(name => name.endsWith(snapshotExtension))
    .map(name => name.slice(0, -snapshotExtension.length))
    .filter(isSnapshotId)

/** A missing folder has no files; other problems are reported when a file is written. */
function listFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

const memorySchema = 'snapshots'

function createMemoryStorage(db: Database, writer: Writer): SnapshotStorage {
  db.exec(`attach ':memory:' as ${memorySchema}`)
  const { restore } = createLongWriteOperations(db)
  const sizes = new Map<string, number>()
  const placeOf = (id: string): SnapshotPlace => ({ schema: memorySchema, prefix: `${id} ` })
  const tablesOf = db
    .prepare<[string], string>(`select name from ${memorySchema}.sqlite_schema where instr(name, ?) = 1`)
    .pluck()
  const pages = (what: 'page_count' | 'freelist_count' | 'page_size') =>
    Number(db.pragma(`${memorySchema}.${what}`, { simple: true }))
  const used = () => (pages('page_count') - pages('freelist_count')) * pages('page_size')

  return {
    ids: () => [...sizes.keys()],
    bytes: id => sizes.get(id) ?? 0,
    summary: id => readSummary(db, placeOf(id)),
    async save(name) {
      const before = used()
      const summary = copyToSnapshot(db, placeOf(name.id), name)
      sizes.set(name.id, used() - before)
      return summary
    },
    async check(id) {
      checkSnapshot(db, placeOf(id))
    },
    restore: (id, confirm) =>
      writer.write(() => {
        const { result, tenants } = restore(placeOf(id))
        const apply = confirm(tenants)
        apply()
        return result
      }),
    remove(id) {
      sizes.delete(id)
      for (const table of tablesOf.all(placeOf(id).prefix)) db.exec(`drop table ${memorySchema}."${table}"`)
    },
  }
}
