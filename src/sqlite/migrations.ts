import { readdirSync, rmSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type AppliedMigration,
  foreignDatabase,
  type MigratedDatabase,
  type Migration,
  pendingMigrations,
  readMigrations,
} from '../persistence/migrate.ts'
import { partialExtension, writeFileAtomically } from '../persistence/private-files.ts'
import { DatabaseError } from '../ports/database.ts'
import { compact } from '../scim/json.ts'
import { openConnection } from './connection.ts'
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

// The path is the same from src/sqlite and from dist/sqlite.
const defaultFolder = fileURLToPath(new URL('../../migrations/sqlite/', import.meta.url))

/**
 * Upgrades the tables: forward only, one transaction per file, after a backup. Throws `DatabaseError` for a
 * database of a newer version or of another program, and if an applied file was changed.
 */
export function migrate(
  db: Database,
  { folder = defaultFolder, now = new Date(), before = {} }: MigrationOptions = {},
): MigrationResult {
  removePartialBackups(db)
  const applied = readApplied(db)
  const pending = pendingMigrations(toMigrated(db), readMigrations(folder), applied)
  const backup = pending.length > 0 && applied.length > 0 ? backUp(db, now) : undefined
  if (applied.length === 0) applyAll(db, pending, now)
  else {
    for (const migration of pending) {
      before[migration.name]?.()
      applyMigration(db, migration, now)
    }
  }
  return { applied: pending.map(({ name }) => name), ...compact({ backup }) }
}

/** The names of the migrations that the database lacks. Throws `DatabaseError` as `migrate`. */
export const findPending = (db: Database, folder = defaultFolder): readonly string[] =>
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

/** The tables and rows that migrations make of an empty database, as SQL, by their hashes. */
const results = new Map<string, string | undefined>()

function resultOf(migrations: readonly Migration[]): string | undefined {
  const key = migrations.map(({ sha256 }) => sha256).join()
  if (!results.has(key)) {
    const db = openConnection(':memory:')
    try {
      for (const migration of migrations) applyMigration(db, migration)
      results.set(key, readResult(db))
    } finally {
      db.close()
    }
  }
  return results.get(key)
}

/** Applies migrations to an empty database, in one transaction with the result of all of them: each for itself would sync the disk. */
function applyAll(db: Database, migrations: readonly Migration[], now: Date): void {
  const result = resultOf(migrations)
  if (result === undefined) for (const migration of migrations) applyMigration(db, migration, now)
  else
    db.transaction(() => {
      db.exec(result)
      for (const migration of migrations) noteApplied(db, migration, now)
    }).immediate()
}

/** Rows of a new database, by table, as SQL. */
const newRows: Readonly<Record<string, string>> = {
  migrations: '',
  identity: 'insert into identity (id) values (lower(hex(randomblob(16))))',
}

/** The tables of a database and their rows as SQL; undefined if rows are unknown. */
function readResult(db: Database): string | undefined {
  const tables = db
    .prepare<[], { name: string; type: string; sql: string }>(
      `select name, type, sql from sqlite_schema where sql is not null and name not like 'sqlite\\_%' escape '\\' order by rowid`,
    )
    .all()
  const filled = tables.filter(
    ({ name, type }) => type === 'table' && db.prepare(`select 1 from "${name}" limit 1`).get() !== undefined,
  )
  if (filled.some(({ name }) => newRows[name] === undefined)) return undefined
  return [...tables.map(({ sql }) => sql), ...filled.map(({ name }) => newRows[name])].join(';\n')
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
