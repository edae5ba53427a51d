import type { Query, Reads } from './connect.ts'

/** Runs a query that may take long. Rejects with the signal's reason once it is aborted. */
export type RunSearch = <Row>(query: Query, signal?: AbortSignal) => Promise<readonly Row[]>

export function createSearch(reads: Reads): RunSearch {
  return async <Row>({ values, ...statement }: Query, signal?: AbortSignal) => {
    signal?.throwIfAborted()
    const rows = await reads.query<Row>(statement, values)
    signal?.throwIfAborted()
    return rows
  }
}
