import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readMigrations, schemaFile, schemaHeader } from '../src/storage/common/migrate.ts'
import { type Database, openSqlite } from '../src/storage/sqlite/database.ts'
import { migrate } from '../src/storage/sqlite/migrations.ts'

/** The rows of new databases, by table. Those of `migrations` have the time of the creation. */
const newRows: ReadonlyMap<string, readonly string[]> = new Map([
  ['migrations', []],
  ['identity', ['insert into identity (id) values (lower(hex(randomblob(16))))']],
])

/** What the migrations of SQLite create in an empty database, with the files for it. */
export const sqliteSchemas = () =>
  ['sqlite', 'sqlite-journal'].map(name => {
    const folder = join(import.meta.dirname, '../migrations', name)
    return { file: schemaFile(folder), text: schemaOf(folder) }
  })

function schemaOf(folder: string): string {
  const temporary = mkdtempSync(join(tmpdir(), 'scimulator-schema-'))
  const db = openSqlite(undefined)
  try {
    // A copy of the folder has no schema beside it, which would be applied instead.
    const copy = join(temporary, 'migrations')
    cpSync(folder, copy, { recursive: true })
    migrate(db, { folder: copy })
    return schemaHeader(readMigrations(folder)) + statementsOf(db).map(endStatement).join('')
  } finally {
    db.close()
    rmSync(temporary, { recursive: true })
  }
}

/** The statements that create the tables of a database and their rows. */
function statementsOf(db: Database): readonly string[] {
  const entries = db
    .prepare<[], { readonly name: string; readonly type: string; readonly sql: string | null }>(`
      select name, type, sql from sqlite_schema order by tbl_name, type <> 'table', type, name`)
    .all()
  const rows = entries
    .filter(({ name, type }) => type === 'table' && db.prepare(`select 1 from "${name}"`).get() !== undefined)
    .flatMap(({ name }) => {
      const statements = newRows.get(name)
      if (!statements) throw new Error(`Migrations insert rows into ${name}: add them to \`newRows\`.`)
      return statements
    })
  // SQLite creates its own tables and indexes.
  const created = entries.flatMap(({ name, sql }) =>
    sql === null || name.startsWith('sqlite_') ? [] : [sql],
  )
  return [...created, ...rows]
}

/** SQLite stores a statement without its end, but with a comment before that. */
const endStatement = (sql: string): string => `\n${sql}${/--.*$/.test(sql) ? '\n' : ''};\n`
