import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { DatabaseError, UnavailableError } from '../../domain/ports/database.ts'
import {
  type AppliedMigration,
  foreignDatabase,
  type Migration,
  newerDatabase,
  numberOf,
  pendingMigrations,
  readMigrations,
  readSchema,
} from '../common/migrate.ts'
import { connectionCount, type Reads } from './connect.ts'
import {
  type Connection,
  type DatabaseLocation,
  lockNotAvailable,
  openConnection,
  sqlStateOf,
  toForbidden,
} from './connection.ts'
import { prepared } from './statement.ts'

type MigrationResult = { readonly applied: readonly string[] }
type MigrationOptions = { readonly folder?: string; readonly now?: Date }

// The path is the same from src/storage/postgres and from dist/postgres.
const defaultFolder = fileURLToPath(new URL('../../../migrations/postgres/', import.meta.url))

/**
 * Creates the schema if it is missing, and upgrades its tables: forward only, one transaction per file, by one instance at a
 * time. An empty schema gets all tables in one transaction. There is no backup: `pg_dump` makes one. A schema of a newer release
 * is used as it is if its files allow it (`usable-since`), so that releases can be replaced one instance after the other. Throws
 * `DatabaseError` for any other schema of a newer release, for one of another program, and if an applied file was changed.
 */
export async function migrate(
  location: DatabaseLocation,
  { folder = defaultFolder, now = new Date() }: MigrationOptions = {},
): Promise<MigrationResult> {
  const connection = await openFirstConnection(location)
  const pending = () => findPending(connection, folder)
  try {
    await createSchema(connection, location.schema)
    // Most starts have nothing to upgrade, and need no lock for it.
    if ((await pending()).length === 0) return { applied: [] }
    const holder = await acquireLock(connection)
    try {
      // Another instance may have upgraded the tables meanwhile.
      const migrations = await pending()
      // A file for exactly these exists only if these are all, so that the schema is empty.
      const schema = readSchema(folder, migrations)
      if (schema !== undefined) await createTables(connection, { schema, migrations, holder, now })
      else for (const migration of migrations) await applyMigration(connection, migration, holder, now)
      return { applied: migrations.map(({ name }) => name) }
    } finally {
      await releaseLock(connection, holder)
    }
  } catch (error) {
    throw mayNotCreate(error)
      ? new DatabaseError(
          `The database ${connection.name} does not let this user create tables. Grant it CREATE on the schema, or upgrade the tables with another user.`,
          { cause: error },
        )
      : (toForbidden(error) ?? error)
  } finally {
    await connection.close()
  }
}

export async function checkMigrated(location: DatabaseLocation, folder = defaultFolder): Promise<void> {
  const connection = await openFirstConnection(location)
  try {
    const pending = await findPending(connection, folder)
    if (pending.length === 0) return
    throw new DatabaseError(
      `The tables of the database ${connection.name} do not match this release, and --database-migrate is off. Upgrade them with: scimulator migrate`,
    )
  } catch (error) {
    throw toForbidden(error) ?? error
  } finally {
    await connection.close()
  }
}

const alternative = 'choose another schema with --database-schema'

export const newestMigration = (folder = defaultFolder): string =>
  numberOf(readMigrations(folder).at(-1)?.name ?? '')

// Fails while a file is being applied. An upgrade that has the lock, but has not begun with a file, will find the row of the instance.
const noUpgrade = prepared(`
  select count(*) from (select holder from migration_lock for share nowait) held`)
const maxAttempts = 8
const unusable = prepared(`
  select name, current_database() as database from migrations where usable_since > $1 order by name collate "C" limit 1`)

/**
 * Checks whether the release whose newest file has the number `newest` can use the tables. To be called after the row of the
 * instance is inserted: later upgrades find it. Throws `DatabaseError`.
 */
export async function checkUsable({ query }: Pick<Reads, 'query'>, newest: string): Promise<void> {
  for (let attempt = 1; !(await succeeds(query(noUpgrade))); attempt++) {
    // Others wait for this instance meanwhile.
    if (attempt === maxAttempts) {
      throw new UnavailableError('The tables are being upgraded. Start again when this has finished.')
    }
    await delay(pollInterval)
  }
  const [row] = await query<{ readonly name: string; readonly database: string }>(unusable, [newest])
  if (row) throw newerDatabase({ name: `"${row.database}"`, alternative }, row.name)
}

export async function findPending(
  connection: Connection,
  folder = defaultFolder,
): Promise<readonly Migration[]> {
  const database = { name: connection.name, alternative }
  const applied = await readApplied(connection)
  if (applied === 'foreign') throw foreignDatabase(database)
  return pendingMigrations(database, readMigrations(folder), applied)
}

const mayNotCreate = (error: unknown): boolean =>
  sqlStateOf(error) === '42501' && !/for (?:table|sequence)/.test(String(error))

/** Concurrent statements with IF NOT EXISTS may both find that nothing exists. The later one fails on a duplicate. */
const alreadyExists = ['23505', '42710', '42P06', '42P07']

async function createIfMissing(connection: Connection, sql: string): Promise<void> {
  try {
    await connection.execute(sql)
  } catch (error) {
    if (!alreadyExists.includes(sqlStateOf(error))) throw error
  }
}

async function createSchema(connection: Connection, schema: string | undefined): Promise<void> {
  if (schema === undefined) return
  const found = await connection.query({ text: 'select 1 from pg_namespace where nspname = $1' }, [schema])
  if (found.length > 0) return requireUsage(connection, schema)
  await createIfMissing(connection, `create schema if not exists "${schema.replaceAll('"', '""')}"`)
}

/** A schema that the user may not use is skipped in the search path. */
async function requireUsage(connection: Connection, schema: string): Promise<void> {
  const [row] = await connection.query<{ readonly usable: boolean }>(
    { text: `select has_schema_privilege($1, 'usage') as usable` },
    [schema],
  )
  if (row?.usable) return
  throw new DatabaseError(
    `The database ${connection.name} does not let this user use the schema "${schema}". Grant it USAGE on the schema.`,
  )
}

const lockTable = 'migration_lock'

/** `foreign` if the schema has tables, but none of ours. */
async function readApplied(connection: Connection): Promise<readonly AppliedMigration[] | 'foreign'> {
  const rows = await connection.query<{ readonly name: string }>({
    text: `select relname as name from pg_class
      where relnamespace = quote_ident(current_schema())::regnamespace and relkind in ('r', 'p', 'f') and relname <> '${lockTable}'`,
  })
  const tables = rows.map(({ name }) => name)
  if (tables.includes('migrations')) {
    return connection.query<AppliedMigration>({
      text: 'select name, sha256, usable_since as "usableSince" from migrations order by name collate "C"',
    })
  }
  return tables.length > 0 ? 'foreign' : []
}

const lease = `clock_timestamp() + interval '1 minute'`
const pollInterval = 250

/** The lock is a row, which every PostgreSQL-compatible server and pooler has, unlike locks of sessions. */
async function acquireLock(connection: Connection): Promise<string> {
  const holder = randomUUID()
  await createIfMissing(
    connection,
    `create table if not exists ${lockTable} (
      one boolean primary key default true check (one), holder text not null, until timestamptz not null)`,
  )
  const take = {
    text: `insert into ${lockTable} as held (holder, until) values ($1, ${lease})
      on conflict (one) do update set holder = excluded.holder, until = excluded.until
        where held.until < clock_timestamp()
      returning holder`,
  }
  while (!(await succeeds(connection.query(take, [holder])))) await delay(pollInterval)
  return holder
}

/** Whether a row was returned. An instance that is applying a file has locked the row, so waiting for it times out. */
async function succeeds(rows: Promise<readonly unknown[]>): Promise<boolean> {
  try {
    return (await rows).length > 0
  } catch (error) {
    if (sqlStateOf(error) === lockNotAvailable) return false
    throw error
  }
}

/** After a lost connection, the lease ends by itself. */
const releaseLock = (connection: Connection, holder: string) =>
  connection.query({ text: `delete from ${lockTable} where holder = $1` }, [holder]).catch(() => {})

const renewLock = { text: `update ${lockTable} set until = ${lease} where holder = $1 returning holder` }

/** The lock on the row keeps others from taking an expired lease until the commit, however long the work takes. */
async function inTransaction(
  connection: Connection,
  holder: string,
  work: () => Promise<unknown>,
): Promise<void> {
  await connection.execute(
    'begin; set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0',
  )
  try {
    if ((await connection.query(renewLock, [holder])).length === 0) {
      throw new DatabaseError(
        `Another instance upgrades the database ${connection.name} at the same time. Start again when it has finished.`,
      )
    }
    await work()
    await connection.execute('commit')
  } catch (error) {
    await connection.execute('rollback').catch(() => {})
    throw error
  }
}

type NewTables = {
  readonly schema: string
  readonly migrations: readonly Migration[]
  readonly holder: string
  readonly now: Date
}

const createTables = (connection: Connection, { schema, migrations, holder, now }: NewTables) =>
  inTransaction(connection, holder, async () => {
    await connection.execute(schema)
    await noteApplied(connection, migrations, now)
  })

const applyMigration = (connection: Connection, migration: Migration, holder: string, now: Date) =>
  inTransaction(connection, holder, async () => {
    await requireNoEarlierInstance(connection, migration)
    await connection.execute(migration.sql)
    await connection.execute(`create table if not exists migrations (
      name text primary key, sha256 text not null, applied_at bigint not null, usable_since text collate "C" not null)`)
    await noteApplied(connection, [migration], now)
  })

const noteApplied = (connection: Connection, migrations: readonly Migration[], now: Date) =>
  connection.query(
    {
      text: `insert into migrations (name, sha256, applied_at, usable_since)
        select name, sha256, $4::bigint, usable_since
        from unnest($1::text[], $2::text[], $3::text[]) applied (name, sha256, usable_since)`,
    },
    [
      migrations.map(({ name }) => name),
      migrations.map(({ sha256 }) => sha256),
      migrations.map(({ usableSince }) => usableSince),
      now.getTime(),
    ],
  )

/**
 * Throws `DatabaseError` if an instance runs that cannot use the tables after a file. One that starts at this moment checks them after
 * the transaction (`checkUsable`), and so does one whose row is deleted here.
 */
async function requireNoEarlierInstance(
  connection: Connection,
  { name, usableSince }: Pick<Migration, 'name' | 'usableSince'>,
): Promise<void> {
  const [table] = await connection.query<{ readonly found: boolean }>({
    text: `select to_regclass('instances') is not null as found`,
  })
  if (!table?.found) return
  await connection.query(
    { text: 'delete from instances where migration < $1 and until < clock_timestamp()' },
    [usableSince],
  )
  const earlier = await connection.query({ text: 'select id from instances where migration < $1' }, [
    usableSince,
  ])
  if (earlier.length === 0) return
  throw new DatabaseError(
    `The database ${connection.name} is in use by an instance of an earlier version, which cannot use it after ${name}. Stop all instances of earlier versions, or first upgrade to the version in between.`,
  )
}

const backend = { text: 'select pg_backend_pid() as pid' }
/** Other clients of a pooler may take a connection between two statements. */
const attempts = 5

type PoolMode = 'transaction' | 'statement'

/** Settings, prepared statements and notifications need a session of their own. Throws `DatabaseError`. */
export async function openFirstConnection(location: DatabaseLocation): Promise<Connection> {
  const connection = await openConnection(location)
  try {
    const mode = connection.isPooled ? await findSharedMode(location, connection) : undefined
    if (mode !== undefined) throw sharesSessions(connection, mode)
    return connection
  } catch (error) {
    await connection.close()
    throw error
  }
}

const sharesSessions = ({ name }: Connection, mode: PoolMode) =>
  new DatabaseError(
    `The database ${name} is behind a pooler in ${mode} mode, which keeps no sessions. Set pool_mode of PgBouncer to session, with a default_pool_size of at least ${connectionCount()} for each instance, or connect to PostgreSQL directly.`,
  )

/** The mode of a pooler that gives sessions to several clients; undefined if it does not, or has no second connection. */
async function findSharedMode(location: DatabaseLocation, first: Connection): Promise<PoolMode | undefined> {
  const second = await openConnection(location).catch(error => {
    if (error instanceof UnavailableError) return undefined
    throw error
  })
  if (!second) return undefined
  try {
    for (let attempt = 1; attempt <= attempts; attempt++) {
      if (await shareSession(first, second)) return 'transaction'
    }
    return undefined
  } catch (error) {
    if (/statement pooling mode/.test(String(error))) return 'statement'
    throw error
  } finally {
    await second.close()
  }
}

/** Between its transactions, the first connection has no session in transaction mode, so the second gets that of the first. */
async function shareSession(first: Connection, second: Connection): Promise<boolean> {
  const before = await pidOf(first)
  await second.execute('begin')
  const other = await pidOf(second)
  const isShared = other === before || (await pidOf(first)) !== before
  await second.execute('rollback')
  return isShared
}

async function pidOf({ query }: Pick<Connection, 'query'>): Promise<number | undefined> {
  const [row] = await query<{ readonly pid: number }>(backend)
  return row?.pid
}
