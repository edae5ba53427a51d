import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { partialExtension, writeFileAtomically } from '../persistence/private-files.ts'
import { DatabaseError } from '../ports/database.ts'
import { compact } from '../scim/json.ts'
import type { Database } from './database.ts'

type Migration = { readonly name: string; readonly sql: string; readonly sha256: string }
type Applied = { readonly name: string; readonly sha256: string }

type MigrationResult = {
  readonly applied: readonly string[]
  /** The path of the copy from before the upgrade; absent if there was nothing to copy. */
  readonly backup?: string
}

type MigrationOptions = {
  readonly folder?: string
  readonly now?: Date
  /** Called before the migration of this name, outside its transaction. */
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
  const migrations = readMigrations(folder)
  const applied = readApplied(db)
  checkAppliedMigrations(db, migrations, applied)
  const pending = migrations.slice(applied.length)
  const backup = pending.length > 0 && applied.length > 0 ? backUp(db, now) : undefined
  for (const migration of pending) {
    before[migration.name]?.()
    applyMigration(db, migration, now)
  }
  return { applied: pending.map(({ name }) => name), ...compact({ backup }) }
}

const readMigrations = (folder: string): readonly Migration[] =>
  readdirSync(folder)
    .filter(name => name.endsWith('.sql'))
    .sort()
    .map(name => readMigration(folder, name))

function readMigration(folder: string, name: string): Migration {
  // git on Windows may have changed the line endings, which SQL ignores.
  const sql = readFileSync(`${folder}/${name}`, 'utf8').replaceAll('\r\n', '\n')
  return { name, sql, sha256: createHash('sha256').update(sql).digest('hex') }
}

function readApplied(db: Database): readonly Applied[] {
  const tables = db.prepare<[], string>(`select name from sqlite_schema where type = 'table'`).pluck().all()
  if (tables.includes('migrations')) {
    return db.prepare<[], Applied>('select name, sha256 from migrations order by name').all()
  }
  if (tables.length > 0) {
    throw new DatabaseError(
      `The database ${db.name} belongs to another program. Choose another file with --data.`,
    )
  }
  return []
}

function checkAppliedMigrations(
  db: Database,
  migrations: readonly Migration[],
  applied: readonly Applied[],
): void {
  const shipped = new Set(migrations.map(({ name }) => name))
  const unknown = applied.find(({ name }) => !shipped.has(name))
  if (unknown) {
    throw new DatabaseError(
      `The database ${db.name} was written by a newer version, which applied ${unknown.name}. Start that version, or choose another file with --data.`,
    )
  }
  for (const [at, { name, sha256 }] of migrations.entries()) {
    const before = applied[at]
    if (before === undefined) return
    if (before.name === name && before.sha256 === sha256) continue
    throw new DatabaseError(
      `The migration ${name} differs from what the database ${db.name} was made with: put the file back as it was released, and make changes in a new file with a higher number.`,
    )
  }
}

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

function applyMigration(db: Database, { name, sql, sha256 }: Migration, now: Date): void {
  db.transaction(() => {
    db.exec(sql)
    db.exec(`create table if not exists migrations (
      name text not null primary key, sha256 text not null, applied_at integer not null
    ) strict`)
    db.prepare('insert into migrations (name, sha256, applied_at) values (?, ?, ?)').run(
      name,
      sha256,
      now.getTime(),
    )
  }).immediate()
}
