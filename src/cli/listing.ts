import type { Query } from './api-client.ts'
import { firstItems } from './pages.ts'
import type { Session } from './session.ts'
import { type Column, table } from './table.ts'
import { printable } from './words.ts'

export type Listing<Item> = {
  readonly path: string
  readonly query?: Query
  readonly limit: number
  readonly columns: readonly Column<Item>[]
  /** What people read when there is nothing to list. */
  readonly nothing: string
}

/** Lists what an address of the API has, as a table for people. */
export async function list<Item>({ api, show, json }: Session, listing: Listing<Item>): Promise<void> {
  const { path, query = {}, limit, columns, nothing } = listing
  const page = await firstItems<Item>(api, path, query, limit)
  show(page, page.items.length === 0 ? `${printable(nothing)}\n` : table(columns, page.items))
  // Not in the way of those who read the table from a pipe.
  if (page.next !== undefined && !json)
    process.stderr.write(`There are more: --limit shows more than ${limit}.\n`)
}
