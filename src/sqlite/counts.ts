import type { Database } from './database.ts'

/** Keys to a block, as the migrations have it: enough to have few blocks, few enough to walk through one. */
const keysPerBlock = 4096

/** A table expression of the types of which a tenant, `@tenant`, has or had resources; each by one look at an index. */
export const countedTypes = `(
  with recursive types (type) as (
    select min(type) from counts where tenant = @tenant
    union all
    select (select min(type) from counts where tenant = @tenant and type > types.type) from types
    where type is not null
  )
  select type from types where type is not null)`

export type Counts = ReturnType<typeof createCounts>

/** How many resources there are of each type, in blocks of keys. */
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
    /** Notes that the resource with this key has come (1) or gone (-1). */
    note: (tenant: number, type: string, key: number, by: 1 | -1): void => {
      count.run(tenant, type, Math.floor(key / keysPerBlock), by)
    },
    /** After which key, and how many further on, the resource stands that has `offset` of these types before it. */
    place: (tenant: number, types: readonly string[], offset: number): { from: number; skip: number } => {
      if (offset < keysPerBlock) return { from: 0, skip: offset }
      let skip = offset
      for (const [block, n] of blocksOf.all(tenant, JSON.stringify(types))) {
        if (skip < n) return { from: block * keysPerBlock - 1, skip }
        skip -= n
      }
      return { from: Number.MAX_SAFE_INTEGER, skip: 0 }
    },
  }
}

/**
 * Whether a tenant may have another resource of a type. Most questions need no count: what is remembered is never less
 * than the number, for it isn't lowered when resources go or when one that came is undone.
 */
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
    /** The tables hold something else now. */
    forget: (): void => atMost.clear(),
    /** Another has come. */
    note: (tenant: number, type: string): void => {
      const name = nameOf(tenant, type)
      const known = atMost.get(name)
      if (known !== undefined) atMost.set(name, known + 1)
    },
  }
}
