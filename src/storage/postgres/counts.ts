import { type ListPosition, placeInBlocks } from '../common/count-blocks.ts'
import type { Reads } from './connect.ts'
import { prepared, type Query } from './statement.ts'

export type Counts = ReturnType<typeof createCounts>

/** Each connection that writes has rows of its own, which add up. */
export function createCounts(reads: Reads) {
  const totalOf = prepared(
    'select coalesce(sum(n), 0) as total from counts where tenant = $1 and type = any($2::text[])',
  )
  const blocksOf = prepared(`
    select block, sum(n) as n from counts
    where tenant = $1 and type = any($2::text[]) group by block order by block`)

  const numberOf = prepared(`
    select type, sum(n) as n from counts where tenant = $1 and type = any($2::text[]) group by type`)

  return {
    numbers: async (tenant: number, types: readonly string[]): Promise<(type: string) => number> => {
      const rows = await reads.query<{ readonly type: string; readonly n: number }>(numberOf, [tenant, types])
      const numbers = new Map(rows.map(({ type, n }) => [type, n]))
      return type => numbers.get(type) ?? 0
    },
    total: (tenant: number, types: readonly string[]): Query => ({ ...totalOf, values: [tenant, types] }),
    place: async (tenant: number, types: readonly string[], offset: number): Promise<ListPosition> => {
      const blocks = await reads.query<{ readonly block: number; readonly n: number }>(blocksOf, [
        tenant,
        types,
      ])
      return placeInBlocks(offset, () => blocks.map(({ block, n }) => [block, n]))
    },
  }
}
