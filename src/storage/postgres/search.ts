import { longWork as defaultLongWork } from '../common/list-work.ts'
import type { Reads } from './connect.ts'
import type { LongReads } from './long-reads.ts'
import { prepared, type Query } from './statement.ts'

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
