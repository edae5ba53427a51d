import { DatabaseError, UnavailableError } from '../../domain/ports/database.ts'
import { connectionCount } from './connect.ts'
import { type Connection, type DatabaseLocation, openConnection } from './connection.ts'

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
