import type { Lane } from './connect.ts'
import { type Connection, ConnectionLostError } from './connection.ts'

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
