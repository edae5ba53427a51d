import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import Sqlite from 'better-sqlite3'
import { DatabaseError } from './database-error.ts'
import { createPrivate, privateFile, privateFolder, tighten } from './private-file.ts'

export { DatabaseError }
export type Database = Sqlite.Database

// Long enough for a server that is just being stopped to let go of the file.
const lockPatience = 2000

/**
 * Opens a database file for this process alone, or one in memory when there is no path. Throws
 * `DatabaseError`. The tables are `migrate`'s business.
 */
export function openSqlite(path: string | undefined): Database {
  if (path === undefined) return new Sqlite(':memory:')
  makeFolderOf(path)
  createPrivate(path)
  let db: Database | undefined
  try {
    db = new Sqlite(path, { timeout: lockPatience })
    claim(db)
    // One of an earlier version, now that it is known to be a database.
    for (const file of ['', '-wal', '-shm']) tighten(path + file, privateFile)
    return db
  } catch (error) {
    db?.close()
    throw asDatabaseError(error, path)
  }
}

/**
 * Takes the file's lock and keeps it: two servers would each trust what it holds in memory about tenants. The
 * operating system lets go of it when the process ends, however it ends.
 */
function claim(db: Database): void {
  db.pragma('locking_mode = exclusive')
  // Before anything is in the file: it holds for a new one, and for an older one from its next VACUUM on.
  db.pragma('auto_vacuum = incremental')
  db.pragma('journal_mode = wal')
  // An acknowledged write outlives a power cut, not only the process.
  db.pragma('synchronous = full')
  db.pragma('cache_size = -65536')
  // 32 MiB: pages that many writes change are then copied into the file once for all of them.
  db.pragma('wal_autocheckpoint = 8000')
  db.exec('begin immediate; commit')
}

function makeFolderOf(path: string): void {
  const folder = dirname(path)
  try {
    mkdirSync(folder, { recursive: true, mode: privateFolder })
  } catch (error) {
    throw new DatabaseError(
      `The folder ${folder} for the database can't be made (${reasonOf(error)}): choose another with --data.`,
      { cause: error },
    )
  }
}

function asDatabaseError(error: unknown, path: string): DatabaseError {
  return new DatabaseError(sentenceFor(codeOf(error), path, reasonOf(error)), { cause: error })
}

function sentenceFor(code: string, path: string, reason: string): string {
  if (code.startsWith('SQLITE_BUSY'))
    return `The database ${path} is in use by another server: stop that one, or choose another file with --data.`
  if (code.startsWith('SQLITE_NOTADB'))
    return `${path} is not a SQLite database: choose another file with --data, or move this one away.`
  if (code.startsWith('SQLITE_CORRUPT'))
    return `The database ${path} is damaged (${reason}): put a backup in its place, or move it away.`
  if (
    code.startsWith('SQLITE_CANTOPEN') ||
    code.startsWith('SQLITE_READONLY') ||
    code.startsWith('SQLITE_PERM')
  )
    return `The database ${path} can't be opened for reading and writing (${reason}): check the permissions of the file and its folder, or choose another with --data.`
  return `The database ${path} can't be opened (${reason}): mend that, or choose another file with --data.`
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
