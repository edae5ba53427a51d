import { readdirSync, rmSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DatabaseError } from '../../domain/ports/database.ts'
import { compact } from '../../scim/json.ts'
import {
  type AppliedMigration,
  foreignDatabase,
  type MigratedDatabase,
  type Migration,
  pendingMigrations,
  readMigrations,
  readSchema,
} from '../common/migrate.ts'
import { partialExtension, writeFileAtomically } from '../common/private-files.ts'
import type { Database } from './database.ts'

type MigrationResult = {
  readonly applied: readonly string[]
  /** The path of the copy from before the upgrade; absent if there was nothing to copy. */
  readonly backup?: string
}

type MigrationOptions = {
  readonly folder?: string
  readonly now?: Date
  /** Called before the migration of this name, outside its transaction. Not for an empty database. */
  readonly before?: Readonly<Record<string, () => void>>
}

// The path is the same from src/storage/sqlite and from dist/sqlite.
export const sqliteMigrations = fileURLToPath(new URL('../../../migrations/sqlite/', import.meta.url))

/**
 * Upgrades the tables: forward only, one transaction per file, after a backup. An empty database gets them in one transaction. Throws
 * `DatabaseError` for a database of a newer version or of another program, and if an applied file was changed.
 */
export function migrate(
  db: Database,
  { folder = sqliteMigrations, now = new Date(), before = {} }: MigrationOptions = {},
): MigrationResult {
  removePartialBackups(db)
  const applied = readApplied(db)
  const pending = pendingMigrations(toMigrated(db), readMigrations(folder), applied)
  const backup = pending.length > 0 && applied.length > 0 ? backUp(db, now) : undefined
  if (applied.length === 0) applyAll(db, pending, readSchema(folder, pending), now)
  else {
    for (const migration of pending) {
      before[migration.name]?.()
      applyMigration(db, migration, now)
    }
  }
  return { applied: pending.map(({ name }) => name), ...compact({ backup }) }
}

/** Throws `DatabaseError` as `migrate`. */
export const findPending = (db: Database, folder = sqliteMigrations): readonly string[] =>
  pendingMigrations(toMigrated(db), readMigrations(folder), readApplied(db)).map(({ name }) => name)

function readApplied(db: Database): readonly AppliedMigration[] {
  const tables = db.prepare<[], string>(`select name from sqlite_schema where type = 'table'`).pluck().all()
  if (tables.includes('migrations')) {
    return db.prepare<[], AppliedMigration>('select name, sha256 from migrations order by name').all()
  }
  if (tables.length > 0) throw foreignDatabase(toMigrated(db))
  return []
}

const toMigrated = (db: Database): MigratedDatabase => ({
  name: db.name,
  alternative: 'choose another file with --data',
})

const backupExtension = '.backup'

/** Deletes backups that a killed server left incomplete. */
function removePartialBackups(db: Database): void {
  if (db.memory) return
  const folder = dirname(db.name)
  for (const name of readdirSync(folder)) {
    const isOurs =
      name.startsWith(`${basename(db.name)}.`) && name.endsWith(backupExtension + partialExtension)
    if (isOurs) rmSync(`${folder}/${name}`)
  }
}

function backUp(db: Database, now: Date): string | undefined {
  if (db.memory) return undefined
  const file = `${db.name}.${now.toISOString().replaceAll(':', '-')}${backupExtension}`
  try {
    writeFileAtomically(file, part => db.prepare('vacuum into ?').run(part))
  } catch (error) {
    throw new DatabaseError(
      `The backup ${file} before an upgrade can't be written (${error instanceof Error ? error.message : error}). Free some disk space, or allow writing to its folder.`,
      { cause: error },
    )
  }
  return file
}

/** Creates the tables of an empty database in one transaction: each commit would sync the disk. */
function applyAll(
  db: Database,
  migrations: readonly Migration[],
  schema: string | undefined,
  now: Date,
): void {
  db.transaction(() => {
    if (schema === undefined) for (const migration of migrations) applyMigration(db, migration, now)
    else {
      db.exec(schema)
      for (const migration of migrations) noteApplied(db, migration, now)
    }
  }).immediate()
}

function applyMigration(db: Database, migration: Migration, now = new Date()): void {
  db.transaction(() => {
    db.exec(migration.sql)
    db.exec(`create table if not exists migrations (
      name text not null primary key, sha256 text not null, applied_at integer not null
    ) strict`)
    noteApplied(db, migration, now)
  }).immediate()
}

function noteApplied(db: Database, { name, sha256 }: Migration, now: Date): void {
  db.prepare('insert into migrations (name, sha256, applied_at) values (?, ?, ?)').run(
    name,
    sha256,
    now.getTime(),
  )
}
