import { createWorkLimit } from '../../domain/event-loop/slices.ts'
import { longWork as defaultLongWork } from '../common/list-work.ts'
import { tooManyWaiting } from '../common/long-read-limit.ts'
import { type Lane, type Reads, readSnapshot } from './connect.ts'
import { type Connection, ConnectionLostError } from './connection.ts'
import { prepared, type Query } from './statement.ts'

/** Statements that scan, on connections of their own, so that others do not wait for them. */
export type LongReads = {
  /**
   * Runs queries on one state of the database, and returns the rows of each. One call per connection runs at a time, the others
   * wait in order. An aborted call rejects with the signal's reason as soon as its statement has ended. Rejects with a
   * `BusyError` when too many calls wait.
   */
  run(queries: readonly Query[], signal?: AbortSignal): Promise<readonly (readonly unknown[])[]>
}

const backend = prepared('select pg_backend_pid() as pid')
const cancel = prepared('select pg_cancel_backend($1)')

export function createLongReads(
  connections: readonly Lane[],
  reads: Pick<Reads, 'query'>,
  maxWaiting = 200,
): LongReads {
  const limit = createWorkLimit(connections.length, {
    maximum: maxWaiting,
    error: () => tooManyWaiting(maxWaiting),
  })
  const idle = [...connections]

  const readOnce = async (lane: Lane, queries: readonly Query[], signal: AbortSignal | undefined) => {
    const connection = await lane.connection()
    try {
      return await readUntilAborted(connection, queries, reads, signal)
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof ConnectionLostError) lane.drop(connection)
      throw error
    }
  }

  const read = async (queries: readonly Query[], signal: AbortSignal | undefined) => {
    const lane = idle.pop()
    if (!lane) throw new Error('More long reads run than there are connections.')
    try {
      return await readOnce(lane, queries, signal)
    } catch (error) {
      // The database may have been restarted.
      if (error instanceof ConnectionLostError) return await readOnce(lane, queries, signal)
      throw error
    } finally {
      idle.push(lane)
    }
  }

  return { run: (queries, signal) => limit(() => read(queries, signal), signal) }
}

export const readInPlace = (reads: Pick<Reads, 'snapshot'>): LongReads => ({
  async run(queries, signal) {
    signal?.throwIfAborted()
    return reads.snapshot(queries)
  },
})

async function readUntilAborted(
  connection: Connection,
  queries: readonly Query[],
  { query }: Pick<Reads, 'query'>,
  signal: AbortSignal | undefined,
): Promise<readonly (readonly unknown[])[]> {
  signal?.throwIfAborted()
  // Sent with the others, and known before they end.
  const process = connection.query<{ readonly pid: number }>(backend)
  process.catch(() => {})
  let cancelling: Promise<unknown> | undefined
  const abandon = () => {
    cancelling = process.then(([found]) => query(cancel, [found?.pid ?? 0])).catch(() => {})
  }
  signal?.addEventListener('abort', abandon, { once: true })
  try {
    return await readSnapshot(connection, queries)
  } finally {
    signal?.removeEventListener('abort', abandon)
    // A late cancellation would end the next statement of the connection.
    await cancelling
  }
}

/** Rejects with the signal's reason once it is aborted. */
export type RunSearch = <Row>(
  tenants: readonly number[],
  query: Query,
  signal?: AbortSignal,
) => Promise<readonly Row[]>

const sizeOf = prepared(`
  select
    (select coalesce(sum(n), 0) from counts where tenant = any($1::bigint[])) +
    (select count(*) from (select 1 from deleted_resources where tenant = any($1::bigint[]) limit $2) deleted) as size`)

/** Searches of tenants with at least `longWork` resources, deleted ones included, are long reads. */
export function createSearch(
  reads: Reads,
  { run }: LongReads,
  longWork: number = defaultLongWork,
): RunSearch {
  return async <Row>(tenants: readonly number[], query: Query, signal?: AbortSignal) => {
    signal?.throwIfAborted()
    const [tested] = await reads.query<{ readonly size: number }>(sizeOf, [tenants, longWork])
    const isLong = (tested?.size ?? 0) >= longWork
    const [rows = []] = await (isLong ? run([query], signal) : reads.snapshot([query]))
    signal?.throwIfAborted()
    return rows as readonly Row[]
  }
}
