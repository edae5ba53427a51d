import { keysPerBlock, type ListPosition, placeInBlocks } from '../common/list-page.ts'
import type { Database } from './database.ts'

export const countedTypes = `(
  with recursive types (type) as (
    select min(type) from counts where tenant = @tenant
    union all
    select (select min(type) from counts where tenant = @tenant and type > types.type) from types
    where type is not null
  )
  select type from types where type is not null)`

/**
 * The last key given, which no resource has if it was deleted for good: an upper bound for the number of
 * resources, deleted ones included.
 */
export function createLastKey(db: Database): () => number {
  const lastKey = db
    .prepare<[], number>(
      'select max(coalesce((select max(key) from resources), 0), coalesce((select max(key) from deleted_resources), 0))',
    )
    .pluck()
  return () => lastKey.get() ?? 0
}

export type Counts = ReturnType<typeof createCounts>

export function createCounts(db: Database) {
  const numberOf = db
    .prepare<[number, string], number>('select coalesce(sum(n), 0) from counts where tenant = ? and type = ?')
    .pluck()
  const count = db.prepare(`
    insert into counts (tenant, type, block, n) values (?, ?, ?, ?)
    on conflict do update set n = n + excluded.n`)
  const blocksOf = db
    .prepare<[number, string], [block: number, n: number]>(`
      select block, sum(n) from counts
      where tenant = ? and type in (select value from json_each(?)) group by block order by block`)
    .raw()

  const number = (tenant: number, type: string): number => numberOf.get(tenant, type) ?? 0

  return {
    number,
    note: (tenant: number, type: string, key: number, by: 1 | -1): void => {
      count.run(tenant, type, Math.floor(key / keysPerBlock), by)
    },
    place: (tenant: number, types: readonly string[], offset: number): ListPosition =>
      placeInBlocks(offset, () => blocksOf.all(tenant, JSON.stringify(types))),
  }
}

export type Quota = ReturnType<typeof createQuota>

/** Most calls need no count: deletions and rollbacks do not lower the cached number, an upper bound. */
export function createQuota(counts: Counts) {
  const atMost = new Map<string, number>()
  const nameOf = (tenant: number, type: string) => `${tenant} ${type}`
  return {
    hasRoom: (tenant: number, type: string, limit: number): boolean => {
      const name = nameOf(tenant, type)
      if ((atMost.get(name) ?? limit) < limit) return true
      const number = counts.number(tenant, type)
      atMost.set(name, number)
      return number < limit
    },
    /** To be called when the tables were replaced. */
    forget: (): void => atMost.clear(),
    note: (tenant: number, type: string): void => {
      const name = nameOf(tenant, type)
      const known = atMost.get(name)
      if (known !== undefined) atMost.set(name, known + 1)
    },
  }
}
