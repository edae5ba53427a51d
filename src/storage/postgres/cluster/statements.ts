import { createLane, type Lane, type Reads, readSnapshot } from '../connect.ts'
import { type Connection, ConnectionLostError, type DatabaseLocation, openConnection } from '../connection.ts'
import type { Query, SqlValue, Statement } from '../statement.ts'

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
