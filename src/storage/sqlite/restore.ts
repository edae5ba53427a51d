import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { readMigrations } from '../common/migrate.ts'
import { privateFileMode, privateFolderMode, syncFolder } from '../common/private-files.ts'
import { filesOf, isOutOfSpace, newestMigration, readOne } from './backup.ts'
import {
  archivedFiles,
  type BackupManifest,
  damaged,
  extractArchive,
  type FilePaths,
  newerBackup,
  type OnShare,
} from './backup-archive.ts'
import { openConnection } from './connection.ts'
import {
  completeRestore,
  type Database,
  DatabaseError,
  followLinks,
  lockDatabase,
  partialRestoreFolder,
  restoreFolder,
  restoreMark,
} from './database.ts'
import { journalMigrations } from './journal-file.ts'
import { sqliteMigrations } from './migrations.ts'
import { sealKeyPath } from './stores.ts'
import { isSqliteError } from './transaction.ts'

type RestoreOptions = {
  readonly file: string
  /** No server may use this database. */
  readonly path: string
  /** Whether the backup may replace a database. */
  readonly replaces: boolean
  readonly onShare: OnShare
}

export type Restored = BackupManifest & {
  /** Access keys of the backup are rejected without it. */
  readonly hasSealKey: boolean
}

/**
 * Replaces a database and its journal by those of a backup, both or neither: its files are complete and on disk next to them before a
 * rename decides, after which `lockDatabase` completes what an end of this process interrupts. Throws `DatabaseError`.
 */
export function restore({ file, path: given, replaces, onShare }: RestoreOptions): Restored {
  const path = followLinks(given)
  if (!existsSync(file)) throw new DatabaseError(`There is no backup ${file}.`)
  const unlock = lockDatabase(path)
  const partial = partialRestoreFolder(path)
  try {
    if (!replaces) requireNothing(path)
    mkdirSync(partial, { mode: privateFolderMode })
    writeFileSync(join(partial, restoreMark), '', { mode: privateFileMode })
    const extracted = filesOf(join(partial, basename(path)))
    const manifest = extractArchive(file, extracted, onShare)
    requireKnown(file, manifest)
    requireTables(file, extracted, manifest)
    syncFolder(partial)
    renameSync(partial, restoreFolder(path))
    syncFolder(dirname(path))
    completeRestore(path)
    return { ...manifest, hasSealKey: existsSync(sealKeyPath(path)) }
  } catch (error) {
    throw error instanceof DatabaseError ? error : restoreFailed(file, path, error)
  } finally {
    rmSync(partial, { recursive: true, force: true })
    unlock()
  }
}

function requireNothing(path: string): void {
  const found = Object.values(filesOf(path)).find(each => existsSync(each))
  if (found === undefined) return
  throw new DatabaseError(`${found} exists. Choose another database with --data, or replace it with --force.`)
}

/** The next start upgrades the tables of an earlier version. */
function requireKnown(file: string, { version, parts }: BackupManifest): void {
  const known = [sqliteMigrations, journalMigrations].flatMap(folder =>
    readMigrations(folder).map(({ name }) => name),
  )
  if (archivedFiles.every(name => known.includes(parts[name].schema))) return
  throw newerBackup(file, version)
}

/** A manifest with the right hashes may be that of other files, which no server could open. */
function requireTables(file: string, extracted: FilePaths, { instance, parts }: BackupManifest): void {
  for (const name of archivedFiles) {
    const found = readFacts(extracted[name], name)
    if (found?.instance !== instance || found.schema !== parts[name].schema) throw damaged(file)
  }
}

const instanceQueries = {
  'scimulator.db': 'select id from identity',
  'scimulator.db.journal': 'select database from owner',
} as const

/** Undefined for a file without these tables. */
function readFacts(path: string, name: (typeof archivedFiles)[number]) {
  let db: Database | undefined
  try {
    db = openConnection(path, { readonly: true })
    return { instance: readOne<string>(db, instanceQueries[name]), schema: newestMigration(db) }
  } catch (error) {
    if (isSqliteError(error)) return undefined
    throw error
  } finally {
    db?.close()
    for (const ending of ['-wal', '-shm']) rmSync(path + ending, { force: true })
  }
}

const restoreFailed = (file: string, path: string, error: unknown) => {
  const remedy = isOutOfSpace(error)
    ? `The folder of ${path} needs free space for its data`
    : `Check the permissions of both files and of the folder of ${path}`
  return new DatabaseError(
    `The backup ${file} cannot be restored (${error instanceof Error ? error.message : error}). ${remedy}.`,
    { cause: error },
  )
}
