import pg from 'pg'
import { DatabaseError, hostUrls, UnavailableError } from '../../domain/ports/database.ts'
import { createPipeline, type Pipeline } from './pipeline.ts'
import { type SqlValue, type Statement, toArrayLiteral } from './statement.ts'

/** Where the tables are. The URL may contain a password, so no message contains the URL. */
export type DatabaseLocation = {
  /** Has the parameters of libpq. Of several hosts (`host:port,host:port`), the first is used that accepts writes. */
  readonly url: string
  readonly schema?: string
}

/** One session. Statements that are sent at once share a packet, and run in the order in which they were sent. */
export type Connection = {
  /** `values` are those of `$1`, `$2` and so on. Throws `ConnectionLostError`, or an error with an SQLSTATE as `code`. */
  query<Row>(statement: Statement, values?: readonly SqlValue[]): Promise<readonly Row[]>
  /** After a statement that fails, the others are not run. Only for transactions: otherwise all of them are one. */
  queryAll: Pipeline
  execute(sql: string): Promise<void>
  readonly name: string
  readonly isReadOnly: boolean
  readonly isPooled: boolean
  hasEnded(): boolean
  close(): Promise<void>
  /** Closes the connection without waiting for a response: statements under way fail. */
  abort(): void
}

/** The outcome of statements under way is unknown. */
export class ConnectionLostError extends UnavailableError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ConnectionLostError'
  }
}

/** Empty for errors without an SQLSTATE. */
export const sqlStateOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : ''

/** Undefined unless the role or the server does not allow the statement. */
export function toForbidden(error: unknown): DatabaseError | undefined {
  if (!(error instanceof Error)) return undefined
  switch (sqlStateOf(error)) {
    case '42501':
      return new DatabaseError(
        `The user of --database-url lacks a privilege (${error.message}). Grant it SELECT, INSERT, UPDATE, DELETE and TRUNCATE on the tables, and USAGE on the sequences and the schema.`,
        { cause: error },
      )
    case '25006':
      return new DatabaseError(
        `The database is read-only (${error.message}). Correct --database-url to connect to the primary server.`,
        { cause: error },
      )
    default:
      return undefined
  }
}

export const lockNotAvailable = '55P03'

/** The oldest version that the tests run on. */
const minVersion = 15

/** Milliseconds. A request waits this long for a database that does not respond. */
const connectTimeout = 2000
/** The settings of a session are sent at once, and need a moment on a busy server. */
const prepareTimeout = 5000
const closeTimeout = 1000
/** Milliseconds without traffic. The default of Linux is two hours. */
const keepAliveDelay = 10_000

/** The limits release the locks of an instance that lost its network. */
const settings = {
  statement_timeout: '30s',
  lock_timeout: '5s',
  idle_in_transaction_session_timeout: '5s',
  default_transaction_isolation: 'read committed',
  // Expressions of lists are short-lived, so compiling them takes longer than running them.
  jit: 'off',
  // Filters on indexed texts hold the keys of all matches. If these exceed the memory, the statement reads them for each resource.
  work_mem: '32MB',
}

/** Keys, times and counts are below 2^53. */
const numericTypes: readonly number[] = [pg.types.builtins.INT8, pg.types.builtins.NUMERIC]

const parserOf = (type: number): ((value: string) => unknown) =>
  numericTypes.includes(type) ? Number : pg.types.getTypeParser(type, 'text')

/** All values are sent as text. */
const types: pg.CustomTypesConfig = { getTypeParser: parserOf as pg.CustomTypesConfig['getTypeParser'] }

/**
 * For sessions whose statements find few rows by key: without statistics of a new table, the planner would choose to read all
 * of it, and keep that plan while the table grows. A statement with few keys seems cheaper with a plan for exactly these, so it
 * would be planned at each execution, which takes longer than the execution.
 */
const settingsByKey = {
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  // The plan for any group would start processes if one group has most members.
  max_parallel_workers_per_gather: '0',
  plan_cache_mode: 'force_generic_plan',
}

export type SessionOptions = {
  readonly readsByKey?: boolean
  /** A crash of the database may lose the commits of the last moments. */
  readonly commitsLater?: boolean
  readonly onNotification?: (payload: string) => void
  readonly onEnd?: () => void
}

/** The hosts that accepted writes last, by URLs with several: one that is down takes two seconds to find out. */
const lastWritable = new Map<string, string>()

/**
 * Opens a session, and checks version and encoding: on the only host of the URL, whether it accepts writes or not, or on the first
 * of several that does. Those that cannot be reached are skipped. Throws `DatabaseError`.
 */
export async function openConnection(
  location: DatabaseLocation,
  options?: SessionOptions,
): Promise<Connection> {
  const urls = hostUrls(location.url) ?? []
  if (urls.length < 2) return openOnHost(location, options)
  const last = lastWritable.get(location.url)
  const reasons: string[] = []
  for (const url of urls.toSorted((one, other) => Number(other === last) - Number(one === last))) {
    try {
      const connection = await openOnHost({ ...location, url }, options)
      if (!connection.isReadOnly) {
        lastWritable.set(location.url, url)
        return connection
      }
      await connection.close()
      reasons.push(`The database ${connection.name} is read-only.`)
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error
      reasons.push(error.message)
    }
  }
  throw new ConnectionLostError(`No host of --database-url accepts writes. ${reasons.join(' ')}`)
}

async function openOnHost(
  { url, schema }: DatabaseLocation,
  { readsByKey = false, commitsLater = false, onNotification, onEnd = () => {} }: SessionOptions = {},
): Promise<Connection> {
  const client = createClient(url)
  // A lost connection fails its statements, which report it.
  client.on('error', () => {})
  if (onNotification) client.on('notification', ({ payload = '' }) => onNotification(payload))
  let hasEnded = false
  client.on('end', () => {
    hasEnded = true
    if (isOpen) onEnd()
  })
  let isOpen = false
  let isLate = false
  let isReadOnly = false
  let isPooled = false
  const name = `"${client.database}" on ${client.host}:${client.port}`
  const fail = (error: unknown) => toDatabaseError(error, client, name)
  const shareWrite = createSharedWrite(client)
  const pipeline = createPipeline(client, parserOf)
  const abort = () => client.connection.stream.destroy()
  /** A server that does not respond does not end the session either. */
  const close = () => withDeadline(client.end(), closeTimeout, abort)
  try {
    await client.connect()
    const session = await withDeadline(
      prepareSession(client, { schema, readsByKey, commitsLater }, name),
      prepareTimeout,
      () => {
        isLate = true
        abort()
      },
    )
    isReadOnly = session?.readOnly === 'on'
    // A pooler gives its clients numbers of its own, for the cancellation of statements.
    isPooled = session?.backend !== undefined && session.backend !== (client as WithProcess).processID
    isOpen = true
  } catch (error) {
    await close().catch(() => {})
    if (isLate) {
      throw new ConnectionLostError(
        `The database ${name} accepts connections, but does not respond. Behind PgBouncer, its pool may be exhausted: raise default_pool_size.`,
        { cause: error },
      )
    }
    throw error instanceof DatabaseError ? error : fail(error)
  }
  return {
    name,
    isReadOnly,
    isPooled,
    hasEnded: () => hasEnded,
    async query<Row>(statement: Statement, values: readonly SqlValue[] = []) {
      try {
        shareWrite()
        if (statement.name !== undefined) {
          const [rows = []] = await pipeline([{ ...statement, values }])
          return rows as readonly Row[]
        }
        const { rows } = await client.query({ text: statement.text, values: values.map(toParameter) })
        return rows as readonly Row[]
      } catch (error) {
        throw isLost(error) ? fail(error) : error
      }
    },
    async queryAll(queries) {
      try {
        shareWrite()
        return await pipeline(queries)
      } catch (error) {
        throw isLost(error) ? fail(error) : error
      }
    },
    async execute(sql) {
      try {
        shareWrite()
        await client.query(sql)
      } catch (error) {
        throw isLost(error) ? fail(error) : error
      }
    },
    close,
    abort,
  }
}

async function withDeadline<Result>(
  work: Promise<Result>,
  milliseconds: number,
  end: () => void,
): Promise<Result> {
  const timer = setTimeout(end, milliseconds)
  try {
    return await work
  } finally {
    clearTimeout(timer)
  }
}

/** Makes the statements that are sent at once share a packet: by itself, the driver writes each of them to the socket. */
function createSharedWrite({ connection: { stream } }: pg.Client): () => void {
  let isHeld = false
  return () => {
    if (isHeld) return
    isHeld = true
    stream.cork()
    process.nextTick(() => {
      isHeld = false
      stream.uncork()
    })
  }
}

const toParameter = (value: SqlValue) =>
  typeof value === 'object' && value !== null ? toArrayLiteral(value) : value

function createClient(connectionString: string): pg.Client {
  try {
    return new pg.Client({
      connectionString,
      application_name: 'scimulator',
      connectionTimeoutMillis: connectTimeout,
      keepAlive: true,
      // An idle connection to a host that is gone, which sends no end, ends 10 seconds later.
      keepAliveInitialDelayMillis: keepAliveDelay,
      pipeline: true,
      types,
    })
  } catch (error) {
    // A file with a certificate or a key: the message of the error has its path only.
    if (error instanceof Error && 'syscall' in error) {
      throw new DatabaseError(
        `A file that --database-url names cannot be read (${error.message}). Correct its path or its permissions.`,
        { cause: error },
      )
    }
    throw new DatabaseError(
      'The URL of the database is invalid. Write --database-url as postgres://user:password@host:port/database.',
      // The original error contains the URL.
      { cause: error instanceof Error ? error.name : error },
    )
  }
}

/** Compresses long values several times as fast as the default. A server may be built without it. */
const fasterCompression = `
  (select set_config(name, 'lz4', false) from pg_settings where name = 'default_toast_compression' and 'lz4' = any(enumvals))`

type Session = {
  readonly version: number
  readonly encoding: string
  readonly readOnly: 'on' | 'off'
  readonly backend?: number
}

/** What the types of the driver lack: the number of the server's process, as the server or a pooler has sent it. */
type WithProcess = pg.Client & { readonly processID: number | null }

type SessionSettings = Required<Pick<SessionOptions, 'readsByKey' | 'commitsLater'>> & {
  readonly schema: string | undefined
}

async function prepareSession(
  client: pg.Client,
  { schema, readsByKey, commitsLater }: SessionSettings,
  name: string,
): Promise<Session | undefined> {
  const chosen = Object.entries({
    ...settings,
    ...(readsByKey && settingsByKey),
    ...(commitsLater && { synchronous_commit: 'off' }),
    ...(schema && { search_path: client.escapeIdentifier(schema) }),
  })
  const {
    rows: [session],
  } = await client.query<Session>(
    `select current_setting('server_version_num')::int / 10000 as version,
      current_setting('server_encoding') as encoding,
      current_setting('transaction_read_only') as "readOnly",
      pg_backend_pid() as backend,
      ${fasterCompression},
      ${chosen.map((_, at) => `set_config($${2 * at + 1}, $${2 * at + 2}, false)`).join(', ')}`,
    chosen.flat(),
  )
  if (!session) return undefined
  if (session.version < minVersion) {
    throw new DatabaseError(
      `The database ${name} is PostgreSQL ${session.version}. Use version ${minVersion} or later.`,
    )
  }
  if (session.encoding !== 'UTF8') {
    throw new DatabaseError(
      `The database ${name} has the encoding ${session.encoding}. Create one with the encoding UTF8.`,
    )
  }
  return session
}

/** SQLSTATEs of a server that stops, crashed, or is starting. */
const closingStates = /^(?:57P0[123]|08...)$/

const isLost = (error: unknown): boolean =>
  !(error instanceof pg.DatabaseError) || closingStates.test(error.code ?? '')

function toDatabaseError(error: unknown, { user, database }: pg.Client, name: string): DatabaseError {
  const reason = error instanceof Error ? error.message : String(error)
  const code = sqlStateOf(error)
  const cause = { cause: error }
  if (/client password must be/.test(reason)) {
    return new DatabaseError(
      `The database ${name} requires a password of "${user}". Add it to --database-url.`,
      cause,
    )
  }
  if (isLost(error)) {
    return new ConnectionLostError(
      `The database ${name} cannot be reached (${reason}). Start it, or correct --database-url.`,
      cause,
    )
  }
  switch (code) {
    case '28P01':
      return new DatabaseError(
        `The database ${name} rejected the password of "${user}". Correct it in --database-url.`,
        cause,
      )
    case '28000':
      return new DatabaseError(
        `The database ${name} does not accept "${user}" (${reason}). Allow the connection in pg_hba.conf, or correct --database-url.`,
        cause,
      )
    case '3D000':
      return new DatabaseError(
        `The database ${name} does not exist. Create it with: createdb --encoding=UTF8 ${database}`,
        cause,
      )
    case '53300': {
      const [, holder] = /too many connections for (role|database)/.exec(reason) ?? []
      const limit = holder === undefined ? 'max_connections' : `the connection limit of the ${holder}`
      return new UnavailableError(
        `The database ${name} has no free connections. Raise ${limit}, or run fewer instances.`,
        cause,
      )
    }
    default:
      return new DatabaseError(`The database ${name} cannot be used (${reason}).`, cause)
  }
}
