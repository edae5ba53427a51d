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

export type MigrationResult = {
  readonly applied: readonly string[]
  /** Where the database as it was before lies; absent when there was nothing to keep. */
  readonly backup?: string
}

export type MigrationOptions = { readonly folder?: string; readonly now?: Date }

// The same from src/database and from dist/database.
const defaultFolder = fileURLToPath(new URL('../../migrations/sqlite/', import.meta.url))

/**
 * Brings the tables up to date: forward only, one transaction a file, a backup first. Throws `DatabaseError`
 * for a database of a newer version, for one that isn't ours, and when an applied file has been changed.
 */
export function migrate(
  db: Database,
  { folder = defaultFolder, now = new Date() }: MigrationOptions = {},
): MigrationResult {
  removePartialBackups(db)
  const migrations = readMigrations(folder)
  const applied = readApplied(db)
  checkAppliedMigrations(db, migrations, applied)
  const pending = migrations.slice(applied.length)
  const backup = pending.length > 0 && applied.length > 0 ? backUp(db, now) : undefined
  for (const migration of pending) applyMigration(db, migration, now)
  return { applied: pending.map(({ name }) => name), ...compact({ backup }) }
}

const readMigrations = (folder: string): readonly Migration[] =>
  readdirSync(folder)
    .filter(name => name.endsWith('.sql'))
    .sort()
    .map(name => readMigration(folder, name))

function readMigration(folder: string, name: string): Migration {
  // git on Windows may have changed the line ends, which means nothing to SQL.
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
      `The database ${db.name} belongs to another program: choose another file with --data.`,
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
      `The database ${db.name} was written by a newer version, which applied ${unknown.name}: start that version, or choose another file with --data.`,
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

/** What a server was writing when it was killed. */
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
      `The backup ${file} that precedes an upgrade can't be written (${error instanceof Error ? error.message : error}): make room for it, or write access to its folder.`,
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
