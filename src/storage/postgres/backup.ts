import { randomUUID } from 'node:crypto'
import { closeSync, existsSync, openSync, rmSync, statSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { idAt } from '../../domain/journal/request-id.ts'
import { DatabaseError } from '../../domain/ports/database.ts'
import { partialExtension, privateFileMode, syncFile, syncFolder } from '../common/private-files.ts'
import { connectionOf, type ProgramCall, runProgram, versionOf } from './client-programs.ts'
import { type Connection, type DatabaseLocation, openConnection } from './connection.ts'

type Dump = {
  readonly schema: string
  /** ISO 8601, by the database's clock. Changes that were acknowledged before are in the backup. */
  readonly created: string
  readonly bytes: number
  /** Access keys whose secrets are encrypted by the seal key, which is not in the backup. */
  readonly accessKeys: number
}

type DumpOptions = {
  readonly location: DatabaseLocation
  readonly file: string
  readonly replaces: boolean
  readonly onBytes: (bytes: number) => void
}

/** `--schema` takes a pattern, in which a quoted name stands for itself. Other schemas of the database are of other programs. */
export function dumpCall(location: DatabaseLocation, schema: string, file: string): ProgramCall {
  const { args, environment } = connectionOf(location)
  return {
    program: 'pg_dump',
    args: ['--format=custom', `--schema="${schema}"`, `--file=${file}`, ...args],
    environment,
  }
}

/** Instances may run. A backup that is killed leaves a file, which no other one deletes. Throws `DatabaseError`. */
export async function dump({ location, file, replaces, onBytes }: DumpOptions): Promise<Dump> {
  if (existsSync(file) && !replaces)
    throw new DatabaseError(`${file} exists. Choose another name, or replace it with --force.`)
  const connection = await openConnection(location)
  // Its own name: another backup to the file may run, and a file of this name may be that of another program.
  const part = `${file}.${randomUUID()}${partialExtension}`
  try {
    await requireVersion('pg_dump', connection)
    const { schema, accessKeys, created } = await readFacts(connection, location.schema ?? 'public')
    await awaitRequests(connection, created)
    closeSync(openSync(part, 'wx', privateFileMode))
    await reportSize(part, onBytes, runProgram(dumpCall(location, schema, part)))
    syncFile(part)
    const { size } = statSync(part)
    await rename(part, file)
    syncFolder(dirname(resolve(file)))
    return { schema, created: new Date(created).toISOString(), bytes: size, accessKeys }
  } catch (error) {
    if (error instanceof Error && 'syscall' in error)
      throw new DatabaseError(`The backup ${file} cannot be written (${error.message}).`, { cause: error })
    throw error
  } finally {
    rmSync(part, { force: true })
    await connection.close()
  }
}

async function readFacts(connection: Connection, chosen: string) {
  const [found] = await connection.query<{ readonly schema: string | null; readonly ours: boolean }>({
    text: `select current_schema() as schema,
      to_regclass(quote_ident(current_schema()) || '.migrations') is not null as ours`,
  })
  if (!found?.schema || !found.ours) {
    throw new DatabaseError(
      `The schema "${found?.schema ?? chosen}" of the database ${connection.name} has no tables of Scimulator. Choose another one with --database-schema.`,
    )
  }
  const [facts] = await connection.query<{ readonly accessKeys: number; readonly created: number }>({
    text: `select (select count(*) from access_keys where sealed is not null) as "accessKeys",
      trunc(extract(epoch from clock_timestamp()) * 1000) as created`,
  })
  return { schema: found.schema, accessKeys: facts?.accessKeys ?? 0, created: facts?.created ?? Date.now() }
}

/** Throws `DatabaseError` if a program is older than the server, which it may not understand. */
export async function requireVersion(program: ProgramCall['program'], connection: Connection): Promise<void> {
  const version = await versionOf(program)
  const [row] = await connection.query<{ readonly server: number }>({
    text: `select current_setting('server_version_num')::int / 10000 as server`,
  })
  if (row === undefined || version >= row.server) return
  throw new DatabaseError(
    `${program} is version ${version}, and the database ${connection.name} version ${row.server}. Install the client programs of version ${row.server}, and put their folder first in PATH.`,
  )
}

/** Milliseconds within which instances write a request to the journal, unless the database is slow. */
const journalDelay = 300
/** Milliseconds. An instance that was killed has lost its last requests. */
const patience = 5000
const pollInterval = 100
/** Milliseconds that a request takes. */
const longRequest = 10_000

const missingRequests = `
  select count(*) as n from tenants t cross join lateral (
    select exchange from versions v where v.tenant = t.key and v.exchange between $1 and $2
    union all
    select exchange from membership_events m where m.tenant = t.key and m.exchange between $1 and $2
  ) changes
  where not exists (select 1 from exchanges e where e.tenant = t.id and e.id = changes.exchange)`

/** Resolves when the journal has the requests of the last changes. */
async function awaitRequests(connection: Connection, until: number): Promise<void> {
  const deadline = performance.now() + patience
  await pause(journalDelay)
  for (;;) {
    const [row] = await connection.query<{ readonly n: number }>({ text: missingRequests }, [
      idAt(until - longRequest),
      idAt(until),
    ])
    if (row?.n === 0 || performance.now() > deadline) return
    await pause(pollInterval)
  }
}

const reportInterval = 100

async function reportSize(file: string, onBytes: (bytes: number) => void, work: Promise<unknown>) {
  const timer = setInterval(
    () => onBytes(statSync(file, { throwIfNoEntry: false })?.size ?? 0),
    reportInterval,
  )
  try {
    await work
  } finally {
    clearInterval(timer)
  }
}

/** The schema of the tables in a dump. Throws `DatabaseError` for another file. */
async function readSchema(file: string): Promise<string> {
  if (!existsSync(file)) throw new DatabaseError(`There is no backup ${file}.`)
  const opened = await open(file)
  const { buffer } = await opened.read(Buffer.alloc(5), 0, 5, 0)
  await opened.close()
  const list =
    buffer.toString('latin1') === 'PGDMP'
      ? await runProgram({ program: 'pg_restore', args: ['--list', '--', file], environment: {} })
      : ''
  const schema = /^\d+; \d+ \d+ TABLE (.+) migrations \S+$/m.exec(list)?.[1]
  if (schema !== undefined) return schema
  throw new DatabaseError(
    `${file} is not a backup of Scimulator's tables in PostgreSQL. Use a file that \`scimulator backup\` wrote.`,
  )
}

/**
 * Owners and grants are restored, too. `hasSchema` is for a schema that exists, as `public` does in a new database: `--schema` restores
 * what is in it, without creating it.
 */
export function restoreCall(
  location: DatabaseLocation,
  { schema, hasSchema }: { readonly schema: string; readonly hasSchema: boolean },
  file: string,
): ProgramCall {
  const { args, environment } = connectionOf(location)
  const only = hasSchema ? [`--schema=${schema}`] : []
  return {
    program: 'pg_restore',
    args: ['--single-transaction', '--exit-on-error', ...only, ...args, '--', file],
    environment,
  }
}

type RestoreOptions = { readonly location: DatabaseLocation; readonly file: string }

/** Restores a dump into an empty schema, completely or not at all. Throws `DatabaseError`. */
export async function restoreDump({ location, file }: RestoreOptions): Promise<{ readonly schema: string }> {
  const schema = await readSchema(file)
  const chosen = location.schema ?? 'public'
  if (schema !== chosen) {
    throw new DatabaseError(
      `The backup has the schema "${schema}", and can't be restored as "${chosen}". Set --database-schema to "${schema}".`,
    )
  }
  const connection = await openConnection(location)
  try {
    await requireVersion('pg_restore', connection)
    await requireEmpty(connection, schema)
    const found = await connection.query({ text: 'select 1 from pg_namespace where nspname = $1' }, [schema])
    await runProgram(restoreCall(location, { schema, hasSchema: found.length > 0 }, file))
    return { schema }
  } finally {
    await connection.close()
  }
}

async function requireEmpty(connection: Connection, schema: string): Promise<void> {
  const found = await connection.query(
    {
      text: 'select 1 from pg_class where relnamespace = (select oid from pg_namespace where nspname = $1) limit 1',
    },
    [schema],
  )
  if (found.length === 0) return
  throw new DatabaseError(
    `The schema "${schema}" of the database ${connection.name} is not empty. Restore to a new database, or drop the schema first.`,
  )
}
