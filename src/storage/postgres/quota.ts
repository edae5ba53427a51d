import { LRUCache } from 'lru-cache'
import type { PlanQueries } from '../common/plans/plan.ts'
import type { Reads } from './connect.ts'
import { placeOf } from './round.ts'
import { prepared } from './statement.ts'

/** With more free places, creations within `maxAge` cannot exceed the maximum. */
const manyPlaces = 10_000
/** Milliseconds for which a number is used again. */
const maxAge = 1000

type Room = PlanQueries['room']['of']

export type Quota = ReturnType<typeof createQuota>

/**
 * The numbers of resources as last read, for types with many free places. With few places, each batch reads the number, which contains
 * what is committed: instances that create the last resources at the same time can exceed the maximum by what is under way.
 */
export function createQuota() {
  const numbers = new LRUCache<string, number>({ max: 1000, ttl: maxAge })
  return {
    known([tenant, type, limit]: Room): number | undefined {
      const number = numbers.get(placeOf(tenant, type))
      return number !== undefined && number + manyPlaces < limit ? number : undefined
    },
    note([tenant, type]: Room, number: number): void {
      numbers.set(placeOf(tenant, type), number)
    },
  }
}

/** Rows of `counts` per block, beyond which they are merged. */
const manyRows = 16

// Rows in use are left out, so no transaction waits.
const merging = prepared(`
  with spare as (
    select tenant, type, block, slot from counts
    where (tenant, type, block) in (
      select tenant, type, block from counts group by tenant, type, block having count(*) > ${manyRows})
    limit 10000 for update skip locked),
  merged as (
    delete from counts c using spare s
    where c.tenant = s.tenant and c.type = s.type and c.block = s.block and c.slot = s.slot
    returning c.tenant, c.type, c.block, c.n)
  insert into counts as c (tenant, type, block, slot, n)
  select tenant, type, block, 0, sum(n) from merged group by tenant, type, block
  on conflict (tenant, type, block, slot) do update set n = c.n + excluded.n`)

export const mergeCounts = (connection: Pick<Reads, 'query'>): Promise<unknown> => connection.query(merging)
