import type { Query } from './connect.ts'
import type { LongReads } from './long-reads.ts'

/** Runs a query that may take long, as `LongReads` does. */
export type RunSearch = <Row>(query: Query, signal?: AbortSignal) => Promise<readonly Row[]>

export function createSearch({ run }: LongReads): RunSearch {
  return async <Row>(query: Query, signal?: AbortSignal) => {
    const [rows = []] = await run([query], signal)
    return rows as readonly Row[]
  }
}
