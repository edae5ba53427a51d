import type { RestoreResult, SessionRows } from '../../domain/ports/snapshots.ts'
import { writeFileAtomically } from '../common/private-files.ts'
import type { SnapshotName, SnapshotSummary } from '../common/snapshots.ts'
import type { Database } from './database.ts'
import { createSessionDirectory, type SessionPlace } from './session-directory.ts'
import {
  checkSnapshot,
  createRestore,
  fillSnapshot,
  findTenants,
  type SnapshotPlace,
} from './snapshot-copy.ts'
import {
  clearListedTenants,
  clearTenants,
  createPortionClearing,
  createTenantRows,
  type TenantRow,
} from './tenant-rows.ts'
import { createTransaction, toDatabaseFailure, withoutSync } from './transaction.ts'

export type PendingRestore = { readonly result: RestoreResult; readonly tenants: readonly TenantRow[] }

/** Must be used inside a transaction. */
export function createLongWriteOperations(db: Database) {
  const rows = createTenantRows(db)
  const restore = createRestore(db)
  return {
    reset(id: string | undefined): readonly TenantRow[] {
      const tenants = rows.resetClocks(id)
      if (id === undefined) clearListedTenants(db)
      else for (const { key } of tenants) clearTenants(db, `tenant = ${key}`)
      return tenants
    },
    restore: (place: SnapshotPlace): PendingRestore => ({ result: restore(place), tenants: rows.tenants() }),
  }
}

export function copyToSnapshot(db: Database, place: SnapshotPlace, name: SnapshotName): SnapshotSummary {
  return db.transaction(() => {
    const summary = { ...name, tenants: findTenants(db) }
    fillSnapshot(db, place, summary)
    return summary
  })()
}

const attachedPlace: SnapshotPlace = { schema: 'snapshot', prefix: '' }

/**
 * Changes of tenants that are not listed, each in a transaction of its own and short enough for other writes to wait for it. A crash
 * leaves what a start deletes, so that only the first and the last change of a tenant has to be on disk when it ends.
 */
export function createUnlistedOperations(db: Database) {
  const rows = createTenantRows(db)
  const sessions = createSessionDirectory(db)
  const clearPortion = createPortionClearing(db)
  const inTransaction = createTransaction(db)
  const inUnsyncedTransaction: typeof inTransaction = job => withoutSync(db, () => inTransaction(job))
  return {
    startSession: (...args: Parameters<typeof sessions.start>) =>
      inTransaction(() => sessions.start(...args)),
    addSessionRows: (place: SessionPlace, batch: SessionRows): void =>
      inUnsyncedTransaction(() => sessions.add(place, batch)),
    endSession: (...args: Parameters<typeof sessions.end>) => inTransaction(() => sessions.end(...args)),
    /** Deletes a tenant, whose data is deleted in portions afterwards. Returns its key; undefined if there is none. */
    unlist: (id: string): number | undefined => inTransaction(() => rows.unlist(id)),
    clearPortion: (key: number): boolean => inUnsyncedTransaction(() => clearPortion(key)),
    forget: (key: number): void => inUnsyncedTransaction(() => rows.forget(key)),
  }
}

export type UnlistedOperations = ReturnType<typeof createUnlistedOperations>

export type FileOperations = ReturnType<typeof createFileOperations>

export function createFileOperations(db: Database) {
  const { reset, restore } = createLongWriteOperations(db)
  const begin = db.prepare('begin immediate')
  const attach = db.prepare<[string]>(`attach ? as ${attachedPlace.schema}`)
  const detach = () => void db.exec(`detach ${attachedPlace.schema}`)

  const end = (how: 'commit' | 'rollback'): void => {
    if (!db.inTransaction) return
    try {
      db.exec(how)
    } catch (error) {
      throw toDatabaseFailure(db, error)
    }
  }

  const start = <Result>(job: () => Result): Result => {
    begin.run()
    try {
      return job()
    } catch (error) {
      const failure = toDatabaseFailure(db, error)
      end('rollback')
      throw failure
    }
  }

  const inTransaction = <Result>(job: () => Result): Result =>
    start(() => {
      const result = job()
      end('commit')
      return result
    })

  const fill = (file: string, name: SnapshotName): SnapshotSummary => {
    attach.run(file)
    try {
      // An incomplete file never gets its name, so nothing has to be on disk before the end.
      db.pragma(`${attachedPlace.schema}.journal_mode = memory`)
      db.pragma(`${attachedPlace.schema}.synchronous = off`)
      return copyToSnapshot(db, attachedPlace, name)
    } finally {
      detach()
    }
  }

  return {
    ...createUnlistedOperations(db),
    ready: (): void => {},
    reset: (id: string | undefined) => inTransaction(() => reset(id)),

    saveSnapshot(file: string, name: SnapshotName): SnapshotSummary {
      let summary: SnapshotSummary | undefined
      writeFileAtomically(file, part => {
        summary = fill(part, name)
      })
      if (!summary) throw new Error('The snapshot was not copied.')
      return summary
    },

    checkSnapshot(file: string): void {
      attach.run(file)
      try {
        checkSnapshot(db, attachedPlace)
      } finally {
        detach()
      }
    },

    startRestore(file: string): PendingRestore {
      attach.run(file)
      try {
        return start(() => restore(attachedPlace))
      } catch (error) {
        detach()
        throw error
      }
    },
    endRestore(how: 'commit' | 'rollback'): void {
      try {
        end(how)
      } finally {
        end('rollback')
        detach()
      }
    },
  }
}
