import {
  type Connection,
  ConnectionLostError,
  type DatabaseLocation,
  openConnection,
  type SessionOptions,
} from './connection.ts'
import type { Query, SqlValue, Statement } from './statement.ts'

/** A connection for one purpose. It is opened when it is first used, and again after it was lost. */
export type Lane = {
  /** Opens the connection if necessary. Throws `DatabaseError`. */
  connection(): Promise<Connection>
  opened(): Connection | undefined
  drop(lost: Connection): void
  release(): void
  /** Replaces the connection, whose statements fail: after an outage it may never get a response. */
  reset(): void
  /** Fails statements under way, and others until `resume` is called: the database does not respond. */
  suspend(): void
  resume(): void
  close(): Promise<void>
}

/** `open` must end without a response of the database, too: a reset fails statements, but not the opening of a connection. */
export function createLane(open: () => Promise<Connection>): Lane {
  let current: Promise<Connection> | undefined
  let opened: Connection | undefined
  let isClosed = false
  let isSuspended = false
  const connection = (): Promise<Connection> => {
    if (isSuspended) return Promise.reject(new ConnectionLostError('The database does not respond.'))
    if (isClosed)
      return Promise.reject(new ConnectionLostError('The connections to the database are closed.'))
    if (opened?.hasEnded()) {
      opened = undefined
      current = undefined
    }
    if (!current) {
      const opening = open()
      current = opening
      opening.then(
        connection => {
          if (current === opening) opened = connection
          // The lane was reset or closed meanwhile.
          else connection.abort()
        },
        // The next use tries again.
        () => {
          if (current === opening) current = undefined
        },
      )
    }
    return current
  }
  const drop = (lost: Connection) => {
    // All statements under way fail with the connection. The first one drops it, and the next use opens another one.
    if (opened === lost) {
      opened = undefined
      current = undefined
    }
    lost.close().catch(() => {})
  }
  const reset = () => {
    opened?.abort()
    opened = undefined
    current = undefined
  }
  return {
    connection,
    opened: () => (opened?.hasEnded() ? undefined : opened),
    drop,
    release() {
      if (opened) drop(opened)
    },
    reset,
    suspend() {
      isSuspended = true
      reset()
    },
    resume() {
      isSuspended = false
    },
    async close() {
      isClosed = true
      const last = current
      current = undefined
      await last?.then(
        connection => connection.close(),
        () => {},
      )
    },
  }
}

export type Reads = {
  query<Row>(statement: Statement, values?: readonly SqlValue[]): Promise<readonly Row[]>
  /** Runs statements that find few rows by key, on connections whose statements are short. */
  queryByKey<Row>(statement: Statement, values: readonly SqlValue[]): Promise<readonly Row[]>
  snapshot(queries: readonly Query[]): Promise<readonly (readonly unknown[])[]>
}

export type Connections = {
  readonly reads: Reads
  readonly lanes: readonly Lane[]
  readonly shortReaders: readonly Lane[]
  readonly longReaders: readonly Lane[]
  /** Connections that write come first, then those that read. */
  readonly all: readonly Lane[]
  reset(): void
  suspend(): void
  resume(): void
  close(): Promise<void>
}

export type ConnectOptions = {
  /** Half of them reads by key. */
  readonly readers?: number
  readonly longReaders?: number
  readonly lanes?: number
}

const defaultLanes = 2
const defaultReaders = 4
const defaultLongReaders = 3

type InstanceConnections = Pick<ConnectOptions, 'lanes' | 'readers'> & { readonly isListening?: boolean }

export const connectionsByPurpose = ({
  lanes = defaultLanes,
  readers = defaultReaders,
  isListening = true,
}: InstanceConnections = {}) =>
  ({
    writes: lanes,
    reads: readers,
    'searches, sorted lists and other long reads': defaultLongReaders,
    'resets, restores and the deletion of tenants': 1,
    snapshots: 1,
    'account assignments': 1,
    'journal and analysis': 1,
    'access tokens of clients': 1,
    'agreement with the other instances': 3,
    notifications: isListening ? 1 : 0,
  }) as const

export const connectionCount = (options?: InstanceConnections): number =>
  Object.values(connectionsByPurpose(options)).reduce((sum, count) => sum + count, 0)

export function connectPostgres(
  location: DatabaseLocation,
  { readers = defaultReaders, longReaders = defaultLongReaders, lanes = defaultLanes }: ConnectOptions = {},
): Connections {
  const create = (count: number, options?: SessionOptions) =>
    Array.from({ length: count }, () => createLane(() => openConnection(location, options)))
  const writing = create(lanes, { readsByKey: true })
  const readingByKey = create(Math.floor(readers / 2), { readsByKey: true })
  const reading = create(readers - readingByKey.length)
  const readingLong = create(longReaders)
  const all = [...writing, ...readingByKey, ...reading, ...readingLong]
  return {
    reads: createReads(reading, readingByKey.length > 0 ? readingByKey : reading),
    lanes: writing,
    shortReaders: [...readingByKey, ...reading],
    longReaders: readingLong,
    all,
    reset() {
      for (const lane of all) lane.reset()
    },
    suspend() {
      for (const lane of all) lane.suspend()
    },
    resume() {
      for (const lane of all) lane.resume()
    },
    close: async () => void (await Promise.all(all.map(lane => lane.close()))),
  }
}

function createReads(lanes: readonly Lane[], lanesByKey: readonly Lane[]): Reads {
  const read = distributeOver(lanes)
  const readByKey = distributeOver(lanesByKey)
  return {
    query: <Row>(statement: Statement, values?: readonly SqlValue[]) =>
      read(connection => connection.query<Row>(statement, values)),
    queryByKey: <Row>(statement: Statement, values: readonly SqlValue[]) =>
      readByKey(connection => connection.query<Row>(statement, values)),
    snapshot: queries => read(connection => readSnapshot(connection, queries)),
  }
}

type Read<Result> = (connection: Connection) => Promise<Result>

/** Distributes reads over connections. One whose connection is lost is repeated once: the database may have been restarted. */
function distributeOver(lanes: readonly Lane[]): <Result>(read: Read<Result>) => Promise<Result> {
  let turn = 0
  const readOnce = async <Result>(read: Read<Result>): Promise<Result> => {
    const lane = lanes[turn++ % lanes.length] as Lane
    const connection = await lane.connection()
    try {
      return await read(connection)
    } catch (error) {
      if (error instanceof ConnectionLostError) lane.drop(connection)
      throw error
    }
  }
  return async read => {
    try {
      return await readOnce(read)
    } catch (error) {
      if (!(error instanceof ConnectionLostError)) throw error
      return readOnce(read)
    }
  }
}

/**
 * Runs queries on one state of the database. Other statements on the connection come before or after: all of these are sent
 * at once.
 */
export async function readSnapshot(
  connection: Connection,
  queries: readonly Query[],
): Promise<readonly (readonly unknown[])[]> {
  const run = ({ values, ...statement }: Query) => connection.query<unknown>(statement, values)
  const [only, ...others] = queries
  if (only && others.length === 0) return [await run(only)]
  const [, rows] = await Promise.all([
    connection.execute('begin isolation level repeatable read, read only'),
    Promise.all(queries.map(run)),
    // Rolls back if a statement failed.
    connection.execute('commit'),
  ])
  return rows
}

type Job<Result> = (connection: Connection) => Promise<Result>

export type SerialLane = {
  run<Result>(job: Job<Result>): Promise<Result>
  transaction<Result>(job: Job<Result>): Promise<Result>
  readonly lane: Lane
  reset(): void
  close(): Promise<void>
}

export function createSerialLane(lane: Lane): SerialLane {
  let last: Promise<unknown> = Promise.resolve()
  const afterOthers = <Result>(job: () => Promise<Result>): Promise<Result> => {
    const result = last.then(job)
    last = result.catch(() => {})
    return result
  }
  return {
    run: job =>
      afterOthers(async () => {
        const connection = await lane.connection()
        try {
          return await job(connection)
        } catch (error) {
          if (error instanceof ConnectionLostError) lane.drop(connection)
          throw error
        }
      }),
    transaction: job => afterOthers(() => inTransaction(lane, job)),
    lane,
    reset: lane.reset,
    async close() {
      await last
      await lane.close()
    },
  }
}

/** A crash of the database may lose the commits of the last moments: no response waits for them. */
export const openJournalLane = (location: DatabaseLocation): SerialLane =>
  createSerialLane(createLane(() => openConnection(location, { commitsLater: true })))

/** The transaction is rolled back if the job fails. The caller runs one job at a time on a lane. */
export async function inTransaction<Result>(
  lane: Lane,
  job: (connection: Connection) => Promise<Result>,
  begin = 'begin',
): Promise<Result> {
  const connection = await lane.connection()
  try {
    await connection.execute(begin)
    const result = await job(connection)
    await connection.execute('commit')
    return result
  } catch (error) {
    if (error instanceof ConnectionLostError) lane.drop(connection)
    else await connection.execute('rollback').catch(() => lane.drop(connection))
    throw error
  }
}

/** None is repeated: a statement that failed because the connection was lost may have been executed. */
export type Statements = Omit<Reads, 'queryByKey'> & { readonly lane: Lane; close(): Promise<void> }

/** `timeout` in milliseconds: a connection that takes longer counts as lost. */
export function openStatements(location: DatabaseLocation, timeout: number): Statements {
  const lane = createLane(() => openConnection(location))
  const run = async <Result>(send: (connection: Connection) => Promise<Result>): Promise<Result> => {
    const connection = await within(timeout, lane.connection())
    try {
      return await within(timeout, send(connection))
    } catch (error) {
      if (error instanceof ConnectionLostError) lane.drop(connection)
      throw error
    }
  }
  return {
    query: <Row>(statement: Statement, values?: readonly SqlValue[]) =>
      run(connection => connection.query<Row>(statement, values)),
    snapshot: (queries: readonly Query[]) => run(connection => readSnapshot(connection, queries)),
    lane,
    close: lane.close,
  }
}

async function within<Result>(timeout: number, work: Promise<Result>): Promise<Result> {
  const expired = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => expired.reject(new ConnectionLostError('The database does not respond.')),
    timeout,
  )
  try {
    return await Promise.race([work, expired.promise])
  } finally {
    clearTimeout(timer)
  }
}
