import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { DatabaseError } from '../../domain/ports/database.ts'

/** Files are applied in the order of their names, each once. */
export type Migration = {
  readonly name: string
  readonly sql: string
  readonly sha256: string
  /**
   * Releases whose newest file has this number or a higher one can use the tables afterwards. A file names it in its first line, as
   * `-- usable-since: 0003`; without that line, it is the number of the file itself.
   */
  readonly usableSince: string
}

/** Without `usableSince`, only releases that have the file can use the tables. */
export type AppliedMigration = Pick<Migration, 'name' | 'sha256'> & { readonly usableSince?: string }

export type MigratedDatabase = { readonly name: string; readonly alternative: string }

export const readMigrations = (folder: string): readonly Migration[] =>
  readdirSync(folder)
    .filter(name => name.endsWith('.sql'))
    .sort()
    .map(name => readMigration(folder, name))

/** git on Windows may have changed the line endings, which SQL ignores. */
const readSql = (file: string): string => readFileSync(file, 'utf8').replaceAll('\r\n', '\n')

function readMigration(folder: string, name: string): Migration {
  const sql = readSql(`${folder}/${name}`)
  const usableSince = /^-- usable-since: (\d{4})\n/.exec(sql)?.[1] ?? numberOf(name)
  return { name, sql, sha256: createHash('sha256').update(sql).digest('hex'), usableSince }
}

export const schemaFile = (folder: string): string =>
  `${folder.endsWith('/') ? folder.slice(0, -1) : folder}.sql`

export const schemaHeader = (migrations: readonly Migration[]): string => {
  const hash = createHash('sha256')
  for (const { sha256 } of migrations) hash.update(sha256)
  return `-- Written by \`npm run schema\`. Migrations: ${hash.digest('hex')}\n`
}

/** The schema takes a fraction of the time of the migrations. Undefined if there is none for exactly these. */
export function readSchema(folder: string, migrations: readonly Migration[]): string | undefined {
  const file = schemaFile(folder)
  if (!existsSync(file)) return undefined
  const sql = readSql(file)
  return sql.startsWith(schemaHeader(migrations)) ? sql : undefined
}

export const numberOf = (name: string): string => name.slice(0, 4)

/**
 * The files that the database lacks. `applied` is in order. Throws `DatabaseError` if a newer release applied a file after which
 * this one cannot use the tables, and if the others are not the first ones, unchanged.
 */
export function pendingMigrations(
  { name: database, alternative }: MigratedDatabase,
  migrations: readonly Migration[],
  applied: readonly AppliedMigration[],
): readonly Migration[] {
  const shipped = new Set(migrations.map(({ name }) => name))
  const known = applied.filter(({ name }) => shipped.has(name))
  const newest = known.length === migrations.length ? numberOf(known.at(-1)?.name ?? '') : ''
  const unusable = applied.find(
    ({ name, usableSince }) => !shipped.has(name) && (usableSince === undefined || usableSince > newest),
  )
  if (unusable) throw newerDatabase({ name: database, alternative }, unusable.name)
  for (const [at, { name, sha256 }] of known.entries()) {
    const migration = migrations[at]
    if (migration?.name === name && migration.sha256 === sha256) continue
    throw new DatabaseError(
      `The migration ${migration?.name} differs from what the database ${database} was made with: put the file back as it was released, and make changes in a new file with a higher number.`,
    )
  }
  return migrations.slice(known.length)
}

export const newerDatabase = ({ name, alternative }: MigratedDatabase, file: string): DatabaseError =>
  new DatabaseError(
    `The database ${name} was written by a newer version, which applied ${file}. Start that version, or ${alternative}.`,
  )

export const foreignDatabase = ({ name, alternative }: MigratedDatabase): DatabaseError =>
  new DatabaseError(
    `The database ${name} belongs to another program. ${alternative[0]?.toUpperCase()}${alternative.slice(1)}.`,
  )
