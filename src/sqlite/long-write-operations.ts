import { writeFileAtomically } from '../persistence/private-files.ts'
import type { SnapshotName, SnapshotSummary } from '../persistence/snapshots.ts'
import type { SessionRows } from '../ports/opened-sessions.ts'
import type { RestoreResult } from '../ports/snapshots.ts'
import type { Database } from './database.ts'
import { createSessionDirectory, type SessionTenant } from './session-directory.ts'
import {
  checkSnapshot,
  createRestore,
  fillSnapshot,
  findTenants,
  type SnapshotPlace,
} from './snapshot-copy.ts'
import { clearAllTenants, clearTenants } from './tenant-clearing.ts'
import { createTenantRows, type TenantRow } from './tenant-rows.ts'
import { toDatabaseFailure } from './transaction.ts'

/** A restore with the tenants after it, which are checked before its commit. */
export type PendingRestore = { readonly result: RestoreResult; readonly tenants: readonly TenantRow[] }

/** Changes of many rows. To be used inside a transaction. */
export function createLongWriteOperations(db: Database) {
  const rows = createTenantRows(db)
  const restore = createRestore(db)
  return {
    /** Deletes the directory of a tenant, or of all, and resets their clocks. Returns the tenants. */
    reset(id: string | undefined): readonly TenantRow[] {
      const tenants = rows.resetClocks(id)
      if (id === undefined) clearAllTenants(db)
      else for (const { key } of tenants) clearTenants(db, `tenant = ${key}`)
      return tenants
    },
    /** Deletes a tenant with its tokens and its directory. False if there is none. */
    deleteTenant(id: string): boolean {
      const key = rows.deleteTenant(id)
      if (key !== undefined) clearTenants(db, `tenant = ${key}`)
      return key !== undefined
    },
    restore: (place: SnapshotPlace): PendingRestore => ({ result: restore(place), tenants: rows.tenants() }),
  }
}

/** Copies the data of all tenants into a snapshot. */
export function copyToSnapshot(db: Database, place: SnapshotPlace, name: SnapshotName): SnapshotSummary {
  return db.transaction(() => {
    const summary = { ...name, tenants: findTenants(db) }
    fillSnapshot(db, place, summary)
    return summary
  })()
}

const attachedPlace: SnapshotPlace = { schema: 'snapshot', prefix: '' }

/** Stores a session in a transaction over several calls. No other write may run meanwhile. */
export function createSessionOperations(db: Database) {
  const directory = createSessionDirectory(db)
  return {
    /** Leaves the transaction open. Undefined if the id is taken. */
    startSession(session: SessionTenant): TenantRow | undefined {
      db.exec('begin immediate')
      return directory.start(session)
    },
    addSessionRows: (batch: SessionRows): void => directory.add(batch),
    endSession(how: 'commit' | 'rollback'): void {
      if (!db.inTransaction) return
      if (how === 'commit') directory.end()
      db.exec(how)
    },
  }
}

export type SessionOperations = ReturnType<typeof createSessionOperations>

export type FileOperations = ReturnType<typeof createFileOperations>

/** The operations on a database file, each in a transaction of its own, and on its snapshots in other files. */
export function createFileOperations(db: Database) {
  const { reset, deleteTenant, restore } = createLongWriteOperations(db)
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

  /** Leaves the transaction open if the job succeeds. */
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
    ...createSessionOperations(db),
    reset: (id: string | undefined) => inTransaction(() => reset(id)),
    deleteTenant: (id: string) => inTransaction(() => deleteTenant(id)),

    saveSnapshot(file: string, name: SnapshotName): SnapshotSummary {
      let summary: SnapshotSummary | undefined
      writeFileAtomically(file, part => {
        summary = fill(part, name)
      })
      if (!summary) throw new Error('The snapshot was not copied.')
      return summary
    },

    /** Throws if the file is damaged. */
    checkSnapshot(file: string): void {
      attach.run(file)
      try {
        checkSnapshot(db, attachedPlace)
      } finally {
        detach()
      }
    },

    /** To be followed by `endRestore`. */
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
