import { createLane, type Lane } from './connect.ts'
import { type Connection, ConnectionLostError, type DatabaseLocation, openConnection } from './connection.ts'
import { inTransaction } from './transaction.ts'

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
