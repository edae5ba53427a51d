import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { platform } from 'node:process'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type Sqlite from 'better-sqlite3'
import { type Compaction, DatabaseError, type Writer } from '../../domain/ports/database.ts'
import {
  createPrivateFile,
  partialExtension,
  privateFileMode,
  privateFolderMode,
  restrictAccess,
  syncFolder,
} from '../common/private-files.ts'
import { openConnection } from './connection.ts'

export { DatabaseError }
export type Database = Sqlite.Database

/** Milliseconds for a server that is shutting down to release the file. */
export const lockTimeout = 2000
const lockExtension = '.lock'

/** As many as Linux follows. */
const maxLinks = 40

/**
 * The file that a symbolic link leads to, even if it does not exist yet; the path itself if it is not a link. SQLite puts its
 * write-ahead log next to that file. The lock and the journal have to be there, too, whatever name a server was started with.
 */
export function followLinks(path: string, most = maxLinks): string {
  const target = readLink(path)
  return target === undefined || most === 0 ? path : followLinks(target, most - 1)
}

function readLink(path: string): string | undefined {
  try {
    const target = readlinkSync(path)
    return resolve(realpathSync(dirname(path)), target)
  } catch {
    // The path is not a link, or opening the database reports the reason.
    return undefined
  }
}

/**
 * Reserves a database file for this process: two servers would each rely on the tenants that they hold in
 * memory. The lock is SQLite's own, on an empty file next to the database, so that several connections of
 * this process can open the database itself. The operating system releases it when the process ends for any
 * reason. Throws `DatabaseError` if another process has it. Completes a restore that was interrupted. Returns a function that
 * releases the lock.
 */
export function lockDatabase(path: string): () => void {
  createParentFolder(path)
  const file = `${path}${lockExtension}`
  // If this process has the database open, reading the file would release the locks of its connections.
  if (!existsSync(file)) requireDatabase(path)
  let lock: Database | undefined
  try {
    lock = lockFile(file, lockTimeout)
    removePartialRestore(path)
    completeRestore(path)
  } catch (error) {
    lock?.close()
    throw error instanceof DatabaseError ? error : toDatabaseError(error, path)
  }
  return () => void lock.close()
}

/** Returns a connection that has the lock, until it is closed. Waits for milliseconds, and throws an error of SQLite. */
export function lockFile(file: string, timeout: number): Database {
  createPrivateFile(file)
  const lock = openConnection(file, { timeout })
  try {
    // Without a file for its rollback journal.
    lock.pragma('journal_mode = memory')
    lock.exec('begin exclusive')
    return lock
  } catch (error) {
    lock.close()
    throw error
  }
}

/** SQLite reserves the ending `-journal`. */
export const journalPath = (path: string): string => `${path}.journal`

/** The files of a backup next to the database, under its names. With this name of their folder, they replace those of the database. */
export const restoreFolder = (path: string): string => `${path}.restore`
export const partialRestoreFolder = (path: string): string => restoreFolder(path) + partialExtension

/** An empty file, the first one in the folder. Earlier versions did not write it. */
export const restoreMark = 'made-by-restore'

const restoredNames = (path: string): readonly string[] =>
  [path, journalPath(path)].map(file => basename(file))

/** The names of files in a folder that a restore made; undefined without a folder. Throws `DatabaseError` for another one. */
function readRestore(folder: string, expected: readonly string[]): readonly string[] | undefined {
  const found = lstatSync(folder, { throwIfNoEntry: false })
  if (found === undefined) return undefined
  const entries = found.isDirectory() ? readdirSync(folder, { withFileTypes: true }) : undefined
  const names = entries?.map(({ name }) => name)
  const isKnown = entries?.every(
    entry => entry.isFile() && (entry.name === restoreMark || expected.includes(entry.name)),
  )
  // Others have no access to a folder without the mark that an earlier version made. Windows has no modes.
  const isPrivate = platform === 'win32' || (found.mode & 0o007) === 0
  if (names && isKnown && (names.length === 0 || names.includes(restoreMark) || isPrivate)) return names
  throw new DatabaseError(
    `${folder} is not the folder of an interrupted restore. Move it away; if a restore was interrupted, repeat it.`,
  )
}

/** Whether the next start completes a restore. Throws `DatabaseError` for a folder of this name that no restore made. */
export const hasRestore = (path: string): boolean =>
  readRestore(restoreFolder(path), restoredNames(path)) !== undefined

function removePartialRestore(path: string): void {
  const folder = partialRestoreFolder(path)
  const names = restoredNames(path).flatMap(name => ['', '-journal', '-wal', '-shm'].map(end => name + end))
  if (readRestore(folder, names)) rmSync(folder, { recursive: true })
}

/** Moves the files of a restore to their places. The process may end at any moment: the next call continues. */
export function completeRestore(path: string): void {
  const folder = restoreFolder(path)
  const names = readRestore(folder, restoredNames(path))
  if (names === undefined) return
  for (const name of names) {
    if (name === restoreMark) continue
    const replaced = join(dirname(path), name)
    // A remaining log would be applied to the restored file.
    for (const ending of ['-wal', '-shm']) rmSync(replaced + ending, { force: true })
    renameSync(join(folder, name), replaced)
  }
  syncFolder(dirname(path))
  rmSync(folder, { recursive: true })
}

const fileHeader = Buffer.from('SQLite format 3\0')

/** Throws `DatabaseError` for an existing file of another kind, so that no file is created next to it. */
function requireDatabase(path: string): void {
  const start = Buffer.alloc(fileHeader.length)
  let length = 0
  try {
    const file = openSync(path, 'r')
    try {
      length = readSync(file, start)
    } finally {
      closeSync(file)
    }
  } catch {
    // The file doesn't exist, or opening the database reports the reason.
  }
  if (length > 0 && !start.equals(fileHeader)) {
    throw new DatabaseError(describeOpenFailure('SQLITE_NOTADB', path, 'another format'))
  }
}

/** Opens a database file, or a database in memory without a path. Throws `DatabaseError`. `migrate` creates the tables. */
export function openSqlite(path: string | undefined): Database {
  if (path === undefined) return openConnection(':memory:')
  createParentFolder(path)
  createPrivateFile(path)
  requireWritable(path)
  let db: Database | undefined
  try {
    db = openConnection(path, { timeout: lockTimeout })
    configure(db)
    // Restricts files of earlier versions, now that the file is known to be a database.
    for (const file of ['', '-wal', '-shm']) restrictAccess(path + file, privateFileMode)
    return db
  } catch (error) {
    db?.close()
    throw toDatabaseError(error, path)
  }
}

/** For a file that `openSqlite` has opened. Needs no lock, which a job in slices may hold for seconds. */
export function openAnotherConnection(path: string): Database {
  const db = openConnection(path, { fileMustExist: true, timeout: lockTimeout })
  configureConnection(db)
  return db
}

function configure(db: Database): void {
  setAutoVacuum(db)
  db.pragma('journal_mode = wal')
  configureConnection(db)
  // Fails while a server of an earlier version has the file: it locks the database itself.
  db.exec('begin immediate; commit')
}

function configureConnection(db: Database): void {
  // Acknowledged writes survive a power failure, not only a crash of the process.
  db.pragma('synchronous = full')
  // 16 MB: each commit after which a tree was balanced looks at all cached pages.
  db.pragma('cache_size = -16384')
  // `createCheckpoints` makes the checkpoints of a server's own connection. A commit of the thread for long writes, for which other
  // writes wait, copies 4 MB in 5 ms.
  db.pragma('wal_autocheckpoint = 1000')
}

/** Applies to an empty file at once, and to others from their next VACUUM. Setting it again would be a write. */
export function setAutoVacuum(db: Database): void {
  if (db.pragma('auto_vacuum', { simple: true }) !== incremental) db.pragma('auto_vacuum = incremental')
}

const incremental = 2

/** SQLite would create its other files with the same mode, and a later start could not use them. Throws `DatabaseError`. */
export function requireWritable(path: string): void {
  try {
    accessSync(path, constants.R_OK | constants.W_OK)
  } catch (error) {
    // SQLite reports the reason why a file could not be created.
    if (errorCode(error) === 'ENOENT') return
    throw new DatabaseError(describeOpenFailure('SQLITE_READONLY', path, 'it is read-only'), { cause: error })
  }
}

function createParentFolder(path: string): void {
  const folder = dirname(path)
  try {
    mkdirSync(folder, { recursive: true, mode: privateFolderMode })
  } catch (error) {
    throw new DatabaseError(
      `The folder ${folder} for the database can't be created (${errorMessage(error)}). Choose another with --data.`,
      { cause: error },
    )
  }
}

export function toDatabaseError(error: unknown, path: string): DatabaseError {
  return new DatabaseError(describeOpenFailure(errorCode(error), path, errorMessage(error)), { cause: error })
}

function describeOpenFailure(code: string, path: string, reason: string): string {
  if (code.startsWith('SQLITE_BUSY'))
    return `The database ${path} is in use by another server. Stop that server, or choose another file with --data.`
  if (code.startsWith('SQLITE_NOTADB'))
    return `${path} is not a SQLite database. Choose another file with --data, or move this one away.`
  if (code.startsWith('SQLITE_CORRUPT'))
    return `The database ${path} is damaged (${reason}). Restore a backup, or move the file away.`
  if (
    code.startsWith('SQLITE_CANTOPEN') ||
    code.startsWith('SQLITE_READONLY') ||
    code.startsWith('SQLITE_PERM')
  )
    return `The database ${path} can't be opened for reading and writing (${reason}). Check the permissions of the file and its folder, or choose another with --data.`
  return `The database ${path} cannot be opened (${reason}). Fix the cause, or choose another file with --data.`
}

export const errorCode = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

const errorMessage = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** A step takes a few milliseconds, during which no request is served. */
const bytesPerStep = 1024 * 1024

/** Normal operation frees and reuses that much. */
const minFreeBytes = 8 * 1024 * 1024

/** Deleted data leaves free pages, which only new data would reuse. `truncateLog` shrinks the file. */
export function createCompaction(
  db: Database,
  writer: Pick<Writer, 'write' | 'betweenCommits'>,
  truncateLog: () => Promise<void>,
): Compaction {
  const number = (pragma: string) => Number(db.pragma(pragma, { simple: true }))
  const pageSize = number('page_size')
  const pagesPerStep = bytesPerStep / pageSize
  const minFreePages = minFreeBytes / pageSize
  const bytes = () => number('page_count') * number('page_size')
  const isIncremental = () => number('auto_vacuum') === incremental

  const giveBack = (pages: number) => writer.write(() => void db.pragma(`incremental_vacuum(${pages})`))

  const shrinkTo = async (pagesLeft: number): Promise<void> => {
    for (let free = number('freelist_count'); free > pagesLeft; ) {
      await giveBack(Math.min(pagesPerStep, free - pagesLeft))
      await nextTurn()
      const now = number('freelist_count')
      // Writes in between may keep freeing as many pages as are released.
      if (now >= free) return
      free = now
    }
  }

  const vacuum = async (): Promise<void> => {
    try {
      db.exec('vacuum main')
    } catch (error) {
      throw new DatabaseError(
        `The database ${db.name} can't be compacted (${error instanceof Error ? error.message : error}). It needs free space for a second file of its size, next to it and in the folder for temporary files.`,
        { cause: error },
      )
    }
  }

  let underWay: Promise<unknown> = Promise.resolve()
  const inTurn = <Result>(job: () => Promise<Result>): Promise<Result> => {
    const next = underWay.then(job)
    underWay = next.catch(() => undefined)
    return next
  }

  return {
    compact: () =>
      inTurn(async () => {
        const before = bytes()
        await (isIncremental() ? shrinkTo(0) : writer.betweenCommits(vacuum))
        if (!db.memory) await truncateLog()
        return { before, after: bytes() }
      }),
    shrink: () =>
      inTurn(async () => {
        if (!isIncremental() || number('freelist_count') <= 2 * minFreePages) return
        await shrinkTo(minFreePages)
        if (!db.memory) await truncateLog()
      }),
  }
}

export const compactBoth = (one: Compaction, other: Compaction): Compaction => ({
  async compact() {
    const [first, second] = [await one.compact(), await other.compact()]
    return { before: first.before + second.before, after: first.after + second.after }
  },
  async shrink() {
    await one.shrink()
    await other.shrink()
  },
})
