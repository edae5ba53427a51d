import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { DatabaseError } from '../ports/database.ts'

/** A file of SQL that upgrades the tables. Files are applied in the order of their names, each once. */
export type Migration = { readonly name: string; readonly sql: string; readonly sha256: string }

export type AppliedMigration = Pick<Migration, 'name' | 'sha256'>

/** How messages name the database, and what its owner can do instead of upgrading it. */
export type MigratedDatabase = { readonly name: string; readonly alternative: string }

export const readMigrations = (folder: string): readonly Migration[] =>
  readdirSync(folder)
    .filter(name => name.endsWith('.sql'))
    .sort()
    .map(name => readMigration(folder, name))

function readMigration(folder: string, name: string): Migration {
  // git on Windows may have changed the line endings, which SQL ignores.
  const sql = readFileSync(`${folder}/${name}`, 'utf8').replaceAll('\r\n', '\n')
  return { name, sql, sha256: createHash('sha256').update(sql).digest('hex') }
}

/** The files that the database lacks. `applied` is in order. Throws `DatabaseError` if those are not the first ones, unchanged. */
export function pendingMigrations(
  { name: database, alternative }: MigratedDatabase,
  migrations: readonly Migration[],
  applied: readonly AppliedMigration[],
): readonly Migration[] {
  const shipped = new Set(migrations.map(({ name }) => name))
  const unknown = applied.find(({ name }) => !shipped.has(name))
  if (unknown) {
    throw new DatabaseError(
      `The database ${database} was written by a newer version, which applied ${unknown.name}. Start that version, or ${alternative}.`,
    )
  }
  for (const [at, { name, sha256 }] of applied.entries()) {
    const migration = migrations[at]
    if (migration?.name === name && migration.sha256 === sha256) continue
    throw new DatabaseError(
      `The migration ${migration?.name} differs from what the database ${database} was made with: put the file back as it was released, and make changes in a new file with a higher number.`,
    )
  }
  return migrations.slice(applied.length)
}

/** The error for tables without ours among them. */
export const foreignDatabase = ({ name, alternative }: MigratedDatabase): DatabaseError =>
  new DatabaseError(
    `The database ${name} belongs to another program. ${alternative[0]?.toUpperCase()}${alternative.slice(1)}.`,
  )
