import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Test } from 'tap'

type TestLocation = {
  readonly url: string
  readonly schema: string
  readonly lanes: number
  readonly readers: number
  readonly lease: number
}

/** Options of `openServices`. */
type DatabaseOptions = {
  readonly path?: string
  readonly postgres?: TestLocation
  readonly sealKey?: string
}

/** Whether tests of the listeners run on PostgreSQL: with `SCIMULATOR_TEST_DATABASE=postgres`. */
export const isOnPostgres = process.env.SCIMULATOR_TEST_DATABASE === 'postgres'

/** Milliseconds. Requests of tests on a busy machine must not fail because the process waited for two seconds. */
export const testLease = 30_000

/**
 * The database of tests of the listeners: a schema of its own in PostgreSQL, or SQLite, in memory without a path. A file and
 * a schema survive the server.
 */
export async function testDatabase(t: Pick<Test, 'teardown'>, path?: string): Promise<DatabaseOptions> {
  if (!isOnPostgres) return path === undefined ? {} : { path }
  const { takeTables } = await import('./postgres-tables.ts')
  const postgres = {
    ...(await takeTables(t, { keepsPartitions: true })),
    lanes: 1,
    readers: 2,
    lease: testLease,
  }
  return { postgres, sealKey: 'encrypts the access keys of these tests' }
}

/** The settings of a server with this database, by their keys. */
export function settingsOf({ path, postgres, sealKey }: DatabaseOptions): Readonly<Record<string, string>> {
  if (!postgres) return path === undefined ? { memory: 'on' } : { data: path }
  const { url, schema, lanes, readers } = postgres
  return {
    databaseUrl: url,
    databaseSchema: schema,
    databaseLanes: String(lanes),
    databaseReaders: String(readers),
    ...(sealKey !== undefined && { sealKey }),
  }
}

/** The flags of a server with this database. */
export const flagsOf = (database: DatabaseOptions): readonly string[] =>
  Object.entries(settingsOf(database)).map(
    ([key, value]) => `--${key.replace(/[A-Z]/g, capital => `-${capital.toLowerCase()}`)}=${value}`,
  )

/** Everything that is stored: the bytes of each file next to the database, or the rows of each table. */
export async function storedTexts({ path = '', postgres }: DatabaseOptions): Promise<readonly string[]> {
  if (postgres) {
    const { rowsOfAllTables } = await import('./postgres.ts')
    return rowsOfAllTables(postgres.schema)
  }
  return readdirSync(dirname(path), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
}
