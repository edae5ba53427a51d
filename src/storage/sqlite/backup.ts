import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { idAt } from '../../domain/journal/request-id.ts'
import { partialExtension, privateFolderMode, syncFolder } from '../common/private-files.ts'
import {
  archivedFiles,
  type BackupManifest,
  type FilePaths,
  type OnShare,
  writeArchive,
} from './backup-archive.ts'
import { openConnection } from './connection.ts'
import {
  type Database,
  DatabaseError,
  errorCode,
  followLinks,
  hasRestore,
  lockFile,
  lockTimeout,
  toDatabaseError,
} from './database.ts'
import { journalMigrations, journalPath } from './journal-file.ts'
import { findPending } from './migrations.ts'
import { sealKeyPath } from './stores.ts'
import { isDamage } from './transaction.ts'

export const filesOf = (path: string): FilePaths => ({
  'scimulator.db': path,
  'scimulator.db.journal': journalPath(path),
})

type BackupOptions = {
  /** A server may use this database. */
  readonly path: string
  readonly file: string
  /** Whether the backup may replace an existing file. */
  readonly replaces: boolean
  readonly version: string
  readonly onShare: OnShare
}

/**
 * Writes a database and its journal into one archive. Its folder needs free space for a second copy of both. The database is read first, and
 * the journal once it has the requests of all changes in the database; it may also have later requests. Throws `DatabaseError`.
 */
export async function backUp({
  path: given,
  file,
  replaces,
  version,
  onShare,
}: BackupOptions): Promise<BackupManifest> {
  const path = followLinks(given)
  requireFiles(path)
  requireFreeName(file, path, replaces)
  const folder = `${file}${partialExtension}`
  const copies = filesOf(join(folder, archivedFiles[0]))
  let remove: (() => void) | undefined
  try {
    remove = reserveFolder(folder, file)
    const { schemas, ...facts } = await copyFiles(path, copies, share => onShare(share / 2))
    const files = filesOf(path)
    for (const name of archivedFiles) requireIntact(copies[name], files[name])
    const archive = join(folder, archiveName)
    const manifest = writeArchive(archive, copies, schemas, { version, ...facts }, share =>
      onShare((1 + share) / 2),
    )
    renameSync(archive, file)
    syncFolder(dirname(resolve(file)))
    return manifest
  } catch (error) {
    if (error instanceof DatabaseError) throw error
    // SQLITE_ERROR is of a statement: these tables are not ours.
    const isOfDatabase = isDamage(error) || errorCode(error) === 'SQLITE_ERROR'
    throw isOfDatabase ? toDatabaseError(error, path) : backupFailed(file, error)
  } finally {
    remove?.()
  }
}

const archiveName = 'archive'
const lockName = 'lock'
const namesInFolder: readonly string[] = [
  archiveName,
  lockName,
  ...archivedFiles.flatMap(name => ['', '-journal', '-wal', '-shm'].map(ending => name + ending)),
]

/**
 * Creates the folder of the copies, which one backup at a time can use. Replaces that of a backup that was killed, and nothing else.
 * Returns a function that removes it.
 */
function reserveFolder(folder: string, file: string): () => void {
  const lock = () => {
    try {
      return lockFile(join(folder, lockName), 0)
    } catch (error) {
      if (!errorCode(error).startsWith('SQLITE_BUSY')) throw error
      throw new DatabaseError(`Another backup to ${file} is running. Wait for it, or choose another name.`)
    }
  }
  if (lstatSync(folder, { throwIfNoEntry: false })) {
    if (!isLeftover(folder))
      throw new DatabaseError(`${folder} was not left by a backup. Choose another name, or move it away.`)
    removeFolder(folder, lock())
  }
  mkdirSync(folder, { mode: privateFolderMode })
  const held = lock()
  return () => removeFolder(folder, held)
}

/** Its lock is created first and removed last. */
function isLeftover(folder: string): boolean {
  if (!lstatSync(folder).isDirectory()) return false
  const names = readdirSync(folder)
  const isOurs = names.length === 0 || names.includes(lockName)
  return isOurs && names.every(name => namesInFolder.includes(name))
}

function removeFolder(folder: string, lock: Database): void {
  const names = existsSync(folder) ? readdirSync(folder) : []
  for (const name of names) if (name !== lockName) rmSync(join(folder, name), { force: true })
  lock.close()
  rmSync(folder, { recursive: true, force: true })
}

function requireFiles(path: string): void {
  if (hasRestore(path)) {
    throw new DatabaseError(
      `A restore of the database ${path} was interrupted. Start the server to complete it, or restore again.`,
    )
  }
  if (!existsSync(path)) throw new DatabaseError(`There is no database ${path}. Choose another with --data.`)
  if (existsSync(journalPath(path))) return
  throw new DatabaseError(`The journal ${journalPath(path)} is missing. Start the server, which creates it.`)
}

function requireFreeName(file: string, path: string, replaces: boolean): void {
  if (!existsSync(file)) return
  if (!replaces) throw new DatabaseError(`${file} exists. Choose another name, or replace it with --force.`)
  const own = Object.values(filesOf(path)).flatMap(each => [each, `${each}-wal`, `${each}-shm`])
  const isOwn = [...own, sealKeyPath(path)].some(each => existsSync(each) && isSameFile(each, file))
  if (isOwn) throw new DatabaseError(`${file} is a file of the database. Choose another name.`)
}

function isSameFile(one: string, other: string): boolean {
  const [first, second] = [statSync(one, { bigint: true }), statSync(other, { bigint: true })]
  return first.dev === second.dev && first.ino === second.ino
}

export const isOutOfSpace = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT', 'SQLITE_FULL'].includes(errorCode(error))

const backupFailed = (file: string, error: unknown) => {
  const remedy = isOutOfSpace(error)
    ? 'Its folder needs free space for the data twice'
    : 'Check its folder and the permissions'
  return new DatabaseError(
    `The backup ${file} cannot be written (${error instanceof Error ? error.message : error}). ${remedy}.`,
    { cause: error },
  )
}

/** Copies both files as they are at one moment each, while a server may write to them. */
async function copyFiles(path: string, copies: FilePaths, onShare: OnShare) {
  const db = openReader(path)
  let journal: Database | undefined
  try {
    journal = openReader(journalPath(path))
    const created = new Date().toISOString()
    // The first read begins the snapshot, which lasts until the copy is complete.
    db.exec('begin')
    // Throws for files of a newer version and of another program.
    const pending = [...findPending(db), ...findPending(journal, journalMigrations)]
    if (pending.length === 0) await awaitRequests(db, journal)
    const instance = readOne<string>(db, 'select id from identity')
    journal.exec('begin')
    requireOwner(journal, instance, path)
    const facts = {
      created,
      instance,
      accessKeys: readOne<number>(db, 'select count(*) from access_keys where sealed is not null'),
      schemas: { 'scimulator.db': newestMigration(db), 'scimulator.db.journal': newestMigration(journal) },
    }
    const [main, other] = [sizeOf(db), sizeOf(journal)]
    await copy(db, copies['scimulator.db'], done => onShare(done / (main + other)))
    await copy(journal, copies['scimulator.db.journal'], done => onShare((main + done) / (main + other)))
    return facts
  } finally {
    db.close()
    journal?.close()
  }
}

function openReader(path: string): Database {
  try {
    return openConnection(path, { readonly: true, fileMustExist: true, timeout: lockTimeout })
  } catch (error) {
    throw toDatabaseError(error, path)
  }
}

export const readOne = <Value>(db: Database, sql: string): Value =>
  db.prepare<[], Value>(sql).pluck().get() as Value

export const newestMigration = (db: Database) =>
  readOne<string>(db, 'select name from migrations order by name desc limit 1')

const sizeOf = (db: Database): number =>
  Number(db.pragma('page_count', { simple: true })) * Number(db.pragma('page_size', { simple: true }))

/** Milliseconds within which a server writes a request to the journal, unless the disk is slow. */
const journalDelay = 300
/** Milliseconds. A server that was killed has lost its last requests. */
const patience = 5000
const pollInterval = 50
const recentMoments = 10_000
/** Milliseconds. Earlier requests that are missing were lost in a crash. */
const recently = 10_000

/** Resolves when the journal has the requests of the last changes. */
async function awaitRequests(db: Database, journal: Database): Promise<void> {
  const recent = (table: string) =>
    `select exchange from ${table}
      where exchange > @since and moment > (select max(moment) from ${table}) - ${recentMoments}`
  const isRecorded = journal.prepare<[string]>('select 1 from exchanges where id = ?')
  let missing = db
    .prepare<[{ since: string }], string>(`${recent('versions')} union ${recent('membership_events')}`)
    .pluck()
    .all({ since: idAt(Date.now() - recently) })
  const deadline = performance.now() + patience
  await pause(journalDelay)
  for (;;) {
    missing = missing.filter(id => !isRecorded.get(id))
    if (missing.length === 0 || performance.now() > deadline) return
    await pause(pollInterval)
  }
}

function requireOwner(journal: Database, instance: string, path: string): void {
  if (readOne(journal, 'select database from owner') === instance) return
  throw new DatabaseError(
    `The journal next to ${path} is that of another database. Start the server, which puts it aside.`,
  )
}

/** Bytes of a step, after which the progress is reported. */
const bytesPerStep = 4 * 1024 * 1024

/** Within the snapshot of the connection, commits of other connections do not make the copy start again. */
async function copy(db: Database, to: string, onBytes: (done: number) => void): Promise<void> {
  const pageSize = Number(db.pragma('page_size', { simple: true }))
  await db.backup(to, {
    progress: ({ totalPages, remainingPages }) => {
      onBytes((totalPages - remainingPages) * pageSize)
      return bytesPerStep / pageSize
    },
  })
}

/** Checks what was copied: later backups would replace intact ones. */
function requireIntact(copied: string, path: string): void {
  const db = openConnection(copied, { readonly: true })
  try {
    const found = db.pragma('quick_check(1)', { simple: true })
    if (found === 'ok') return
    throw new DatabaseError(`${path} is damaged (${found}) and was not backed up. Restore an earlier backup.`)
  } finally {
    db.close()
  }
}
