import type { Statement } from 'better-sqlite3'
import { DatabaseError } from '../../domain/ports/database.ts'
import type { Database } from './database.ts'

export const transactionStatements = (
  db: Database,
): Readonly<Record<'begin' | 'commit' | 'rollback', Statement>> => ({
  begin: db.prepare('begin immediate'),
  commit: db.prepare('commit'),
  rollback: db.prepare('rollback'),
})

/** Errors of the database become a `DatabaseError`. */
export function createTransaction(db: Database): <Result>(job: () => Result) => Result {
  const { begin, commit, rollback } = transactionStatements(db)
  return job => {
    let isJobError = false
    try {
      begin.run()
      isJobError = true
      const result = job()
      isJobError = false
      commit.run()
      return result
    } catch (error) {
      const isOwn = isJobError && db.inTransaction && !isDiskError(error)
      if (db.inTransaction) rollback.run()
      throw isOwn ? error : writeFailed(db, error)
    }
  }
}

/** The next synced commit makes it durable. In memory nothing has to be synced. */
export function withoutSync<Result>(db: Database, run: () => Result): Result {
  if (db.memory) return run()
  db.pragma('synchronous = normal')
  try {
    return run()
  } finally {
    db.pragma('synchronous = full')
  }
}

const diskErrorCodes = /^SQLITE_(FULL|IOERR|CORRUPT|NOTADB|READONLY|CANTOPEN|NOMEM)/

export const isSqliteError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_')

export const isDiskError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && diskErrorCodes.test(String(error.code))

export const toDatabaseFailure = (db: Database, error: unknown): unknown =>
  isDiskError(error) || !db.inTransaction ? writeFailed(db, error) : error

export const writeFailed = (db: Database, error: unknown): DatabaseError =>
  new DatabaseError(
    `The database ${db.name} can't be written (${error instanceof Error ? error.message : error}). ${isDamage(error) ? 'The file is damaged: restore a backup of it, or move it away.' : 'Check the disk and its free space.'}`,
    { cause: error },
  )

export const isDamage = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && /^SQLITE_(?:CORRUPT|NOTADB)/.test(String(error.code))
