import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import type { Writer } from '../../domain/ports/database.ts'
import { type RestoreResult, SnapshotError } from '../../domain/ports/snapshots.ts'
import { partialExtension, privateFolderMode, restrictAccess, syncFolder } from '../common/private-files.ts'
import type { SnapshotName, SnapshotSummary } from '../common/snapshots.ts'
import type { Call } from './calls.ts'
import { openConnection } from './connection.ts'
import type { Database } from './database.ts'
import { copyToSnapshot, createLongWriteOperations, type FileOperations } from './long-write-operations.ts'
import type { SnapshotPlace } from './snapshot-copy.ts'
import { checkSnapshot, readSummary } from './snapshot-copy.ts'
import type { TenantRow } from './tenant-rows.ts'

/**
 * Is called with the tenants after a restore, before its commit; if it throws, the restore is rolled back. Returns a
 * function to call after the commit, before other writes.
 */
export type ConfirmRestore = (tenants: readonly TenantRow[]) => () => void

/** Callers must serialize their calls. */
export interface SnapshotStorage {
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

export function createFileStorage(
  call: Call<FileOperations>,
  writer: Writer,
  folder: string,
): SnapshotStorage {
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

export function createMemoryStorage(db: Database, writer: Writer): SnapshotStorage {
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
