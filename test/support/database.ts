import type { Test } from 'tap'

type TestLocation = {
  readonly url: string
  readonly schema: string
  readonly lanes: number
  readonly readers: number
}

/** Whether tests of the listeners run on PostgreSQL: with `SCIMULATOR_TEST_DATABASE=postgres`. */
const isOnPostgres = process.env.SCIMULATOR_TEST_DATABASE === 'postgres'

/** Why a test is skipped on PostgreSQL. */
export const skipOnPostgres = (reason: string): string | false => isOnPostgres && reason

/** The database of tests of the listeners: SQLite in memory, or a schema of its own in PostgreSQL. */
export async function testDatabase(t: Pick<Test, 'teardown'>): Promise<{ readonly postgres?: TestLocation }> {
  if (!isOnPostgres) return {}
  const { createSchema } = await import('./postgres.ts')
  return { postgres: { ...(await createSchema(t)), lanes: 1, readers: 2 } }
}

/** The same database as values of settings, by their keys. */
export async function testDatabaseSettings(
  t: Pick<Test, 'teardown'>,
): Promise<Readonly<Record<string, string>>> {
  const { postgres } = await testDatabase(t)
  if (!postgres) return { memory: 'on' }
  const { url, schema, lanes, readers } = postgres
  return {
    databaseUrl: url,
    databaseSchema: schema,
    databaseLanes: String(lanes),
    databaseReaders: String(readers),
  }
}

/** The same database as flags. With a path it survives the server: the file, or in PostgreSQL the schema. */
export async function testDatabaseFlags(
  t: Pick<Test, 'teardown'>,
  path?: string,
): Promise<readonly string[]> {
  const { postgres } = await testDatabase(t)
  if (!postgres) return path === undefined ? ['--memory'] : [`--data=${path}`]
  const { url, schema, lanes, readers } = postgres
  return [
    `--database-url=${url}`,
    `--database-schema=${schema}`,
    `--database-lanes=${lanes}`,
    `--database-readers=${readers}`,
  ]
}
