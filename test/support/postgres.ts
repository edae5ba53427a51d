import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import t, { type Test } from 'tap'
import { proxyTo } from './interruptible-proxy.ts'
import { findPrograms, type PostgresServer, startPostgresServer } from './postgres-server.ts'

const givenUrl = process.env.SCIMULATOR_TEST_POSTGRES

/**
 * Why tests with PostgreSQL are skipped. With `POSTGRES_TESTS=required`, they fail without it. They use the server of the URL
 * in `SCIMULATOR_TEST_POSTGRES`, or start one.
 */
export const skipWithoutPostgres =
  givenUrl === undefined &&
  findPrograms() === undefined &&
  process.env.POSTGRES_TESTS !== 'required' &&
  'PostgreSQL was not found: install it, or set SCIMULATOR_TEST_POSTGRES to the URL of a server'

/** Why tests that stop and start a server of their own are skipped. */
export const skipWithoutPrograms =
  findPrograms() === undefined &&
  process.env.POSTGRES_TESTS !== 'required' &&
  'PostgreSQL was not found: install it'

/** A server of its own, whose commits survive a crash. */
export async function startDurableServer(t: Pick<Test, 'teardown'>): Promise<PostgresServer> {
  const server = await startPostgresServer({ isDurable: true })
  t.teardown(server.remove)
  return server
}

/** A standby of another server, which has all commits so far. `stopReplication` makes it miss the next ones. */
export async function startStandby(t: Pick<Test, 'teardown'>, primary: PostgresServer) {
  const standby = await startPostgresServer({ standbyOf: primary })
  t.teardown(standby.remove)
  const stopReplication = async () => {
    // With asynchronous commits, the log is written up to 600 ms later.
    const [sent] = await runOn(primary.url, 'select pg_current_wal_insert_lsn() as lsn')
    await runUntil(standby.url, `select pg_last_wal_replay_lsn() >= '${sent?.lsn}'::pg_lsn as done`)
    await runOn(standby.url, `alter system set primary_conninfo = ''`)
    await runOn(standby.url, 'select pg_reload_conf()')
    await runUntil(standby.url, 'select count(*) = 0 as done from pg_stat_wal_receiver')
  }
  return { ...standby, stopReplication }
}

async function runUntil(url: string, sql: string): Promise<void> {
  while (!(await runOn(url, sql))[0]?.done) await pause(5)
}

async function startServer(): Promise<string> {
  const { url, remove } = await startPostgresServer()
  t.teardown(remove)
  return url
}

let started: Promise<string> | undefined

/** The server that all tests of a process share. */
export function serverUrl(): Promise<string> {
  started ??= givenUrl === undefined ? startServer() : Promise.resolve(givenUrl)
  return started
}

/** A schema of its own on the server, which is dropped with the test. */
export async function createSchema(
  t: Pick<Test, 'teardown'>,
): Promise<{ readonly url: string; readonly schema: string }> {
  const url = await serverUrl()
  const schema = `test_${randomBytes(6).toString('hex')}`
  await runOnServer(`create schema ${schema}`)
  t.teardown(() => dropSchema(schema))
  return { url, schema }
}

/** PostgreSQL may still run the last statement of a killed process. A drop that deadlocks with it is retried: that session ends. */
export async function dropSchema(schema: string, attempts = 5): Promise<void> {
  try {
    await runOnServer(`drop schema ${schema} cascade`)
  } catch (error) {
    const deadlockDetected = '40P01'
    if (attempts === 1 || (error as pg.DatabaseError).code !== deadlockDetected) throw error
    await dropSchema(schema, attempts - 1)
  }
}

/** Runs statements as an administrator, and returns the rows of a single one. */
export const runOnServer = async (sql: string): Promise<readonly unknown[]> => runOn(await serverUrl(), sql)

/** The same on another server. */
export async function runOn(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  // The statement rejects, too.
  client.on('error', () => {})
  await client.connect()
  try {
    const { rows } = await client.query(sql)
    return rows
  } finally {
    await client.end()
  }
}

/** Ends one process of the server with SIGKILL. Resolves once the server has ended all connections, to recover from its log. */
export async function crash(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  const ended = new Promise<void>(resolve => client.once('end', () => resolve()))
  await client.connect()
  const { rows } = await client.query(
    `select pid from pg_stat_activity where application_name = 'scimulator' limit 1`,
  )
  process.kill(Number(rows[0]?.pid), 'SIGKILL')
  await ended
}

/** The rows of each table of a schema as text. */
export async function rowsOfAllTables(schema: string): Promise<readonly string[]> {
  const tables = (await runOnServer(
    `select relname as name from pg_class where relnamespace = '${schema}'::regnamespace and relkind = 'r' order by 1`,
  )) as readonly { readonly name: string }[]
  // Bytes are shown as the ASCII characters that they are.
  const read = `select string_agg(row::text, e'\\n') as rows from`
  const queries = tables.map(({ name }) => `${read} ${schema}.${name} row`)
  const rows = (await runOnServer(
    `select (set_config('bytea_output', 'escape', false)) as rows union all ${queries.join(' union all ')}`,
  )) as readonly { readonly rows: string | null }[]
  return rows.slice(1).flatMap(({ rows }) => (rows === null ? [] : [rows]))
}

export const socketIn = (folder: string, port = 5432) => ({ path: `${folder}/.s.PGSQL.${port}` })

/** The location behind a proxy that a test can interrupt. */
export async function throughProxy<Location extends { readonly url: string }>(t: Test, location: Location) {
  const url = new URL(location.url)
  const folder = url.searchParams.get('host')
  const port = Number(url.port || 5432)
  const proxy = await proxyTo(t, folder === null ? { host: url.hostname, port } : socketIn(folder, port))
  url.searchParams.delete('host')
  url.host = new URL(proxy.address).host
  return { proxy, location: { ...location, url: url.href } }
}
