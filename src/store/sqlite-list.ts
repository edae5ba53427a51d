import type { Database } from '../database/sqlite.ts'
import type { BoundFilter } from '../scim/filter/bound-filter.ts'
import type { Stored } from '../scim/resource.ts'
import { countSql, type Parameters, type Sql, sortedSql, unsortedSql } from './list-sql.ts'
import { lookupIn } from './lookup.ts'
import { keepRecent } from './recent.ts'
import type { Arm, Found, Query, Slice, Sought } from './resource-store.ts'
import { createCounts } from './sqlite-counts.ts'
import { defineFold } from './sqlite-dialect.ts'
import { storedColumns } from './sqlite-resources.ts'

const statementsKept = 200

/** Finds resources by filter, a page at a time, or in an order to be walked through. */
export function createLister(db: Database) {
  defineFold(db)
  const counts = createCounts(db)
  const resourceWithId = db.prepare<[number, string, string], Stored>(
    `select ${storedColumns} from resources r where r.tenant = ? and r.type = ? and r.id = ?`,
  )
  const holderOfKey = db.prepare<[number, string, string, string], Stored>(`
    select ${storedColumns} from resources r where r.key = (
      select resource from keys
      where tenant = ? and type = ? and attribute = ? and value = ? limit 1)`)
  // The cross join keeps this order, in which each is found by its key; SQLite's guess is a look at the whole tenant.
  const resourcesWithKeys = db.prepare<[string, number], Stored>(`
    select ${storedColumns} from json_each(?) k cross join resources r on r.key = k.value
    where r.tenant = ? order by k.key`)
  const statementFor = keepRecent(statementsKept, sql => db.prepare<[Parameters]>(sql))

  const rowsOf = ({ text, params }: Sql, where: Parameters): readonly unknown[] =>
    statementFor(text).all({ ...params, ...where })

  /** Those that are still there, in the order of the keys. */
  const withKeys = (tenant: number, keys: readonly number[]): readonly Stored[] =>
    resourcesWithKeys.all(JSON.stringify(keys), tenant)

  const sorted = (tenant: number, sought: Sought, slice: Slice): readonly Stored[] => {
    if (slice.by !== 'index') throw new Error('What is sorted is sliced by index.')
    const where = { limit: slice.count + 1, skip: slice.offset }
    const keys = rowsOf(sortedSql(tenant, sought), where) as readonly { key: number }[]
    return withKeys(
      tenant,
      keys.map(({ key }) => key),
    )
  }

  const unsorted = (tenant: number, arms: readonly Arm[], slice: Slice): readonly Stored[] => {
    const where = { ...startOf(tenant, arms, slice), limit: slice.count + 1 }
    const direction = slice.by === 'before' ? 'before' : 'after'
    if (arms.length === 1) {
      return rowsOf(unsortedSql(tenant, arms, storedColumns, direction), where) as readonly Stored[]
    }
    // What is skipped on the way through several indexes shall not be read.
    const keys = rowsOf(unsortedSql(tenant, arms, 'key', direction), where)
    return withKeys(
      tenant,
      (keys as readonly { key: number }[]).map(({ key }) => key),
    )
  }

  const totalOf = (tenant: number, arms: readonly Arm[]): number => {
    if (arms.every(isUnfiltered)) {
      return arms.reduce((sum, { type }) => sum + counts.number(tenant, type), 0)
    }
    const { text, params } = countSql(tenant, arms)
    return (statementFor(text).get(params) as { n: number }).n
  }

  /** Of what at most one can have: that one, which spares the engine the order and the limit. */
  const oneWith = (tenant: number, [arm, ...others]: readonly Arm[]): readonly Stored[] | undefined => {
    if (!arm?.filter || others.length > 0) return undefined
    const lookup = isExclusive(arm.filter) ? lookupIn(arm.filter) : undefined
    if (!lookup) return undefined
    const found =
      'id' in lookup
        ? resourceWithId.get(tenant, arm.type, lookup.id)
        : holderOfKey.get(tenant, arm.type, lookup.attribute, lookup.value)
    return found ? [found] : []
  }

  const order = (tenant: number, sought: Sought): Float64Array => {
    if (sought.arms.length === 0) return new Float64Array()
    const { text, params } = sortedSql(tenant, sought)
    const keys = statementFor(text).all({ ...params, limit: -1, skip: 0 }) as readonly { key: number }[]
    return Float64Array.from(keys, ({ key }) => key)
  }

  const list = (tenant: number, { arms, order, slice, total }: Query): Found => {
    if (arms.length === 0) return { page: [], more: false, ...(total && { total: 0 }) }
    const one = oneWith(tenant, arms)
    if (one) return { ...pageOf(within(one, slice), slice), ...(total && { total: one.length }) }
    const rows = rowsFor(tenant, { arms, ...(order && { order }) }, slice)
    return {
      ...pageOf(rows, slice),
      ...(total && { total: allSeen(rows, slice) ?? totalOf(tenant, arms) }),
    }
  }

  return { list, order, withKeys }

  function startOf(tenant: number, arms: readonly Arm[], slice: Slice): { from: number; skip: number } {
    if (slice.by !== 'index') return { from: slice.key, skip: 0 }
    if (!arms.every(isUnfiltered)) return { from: 0, skip: slice.offset }
    return counts.place(
      tenant,
      arms.map(({ type }) => type),
      slice.offset,
    )
  }

  function rowsFor(tenant: number, sought: Sought, slice: Slice): readonly Stored[] {
    if (slice.count === 0) return []
    return sought.order ? sorted(tenant, sought, slice) : unsorted(tenant, sought.arms, slice)
  }
}

const isExclusive = (filter: BoundFilter): boolean =>
  filter.kind === 'compare' && filter.path.at(-1)?.uniqueness !== 'none'

const isUnfiltered = ({ filter }: Arm): boolean => !filter

function within(rows: readonly Stored[], slice: Slice): readonly Stored[] {
  switch (slice.by) {
    case 'index':
      return rows.slice(slice.offset)
    case 'after':
      return rows.filter(({ key }) => key > slice.key)
    case 'before':
      return rows.filter(({ key }) => key < slice.key)
  }
}

/** A page of rows among which may be one more, which tells that there are others. */
function pageOf(rows: readonly Stored[], { by, count }: Slice): Found {
  const page = rows.slice(0, count)
  return { page: by === 'before' ? page.toReversed() : page, more: rows.length > count }
}

/** The number of matches, when the page shows that there are no others. */
function allSeen(rows: readonly Stored[], slice: Slice): number | undefined {
  const isStart = slice.by === 'index' ? slice.offset === 0 : slice.by === 'after' && slice.key === 0
  return slice.count > 0 && isStart && rows.length <= slice.count ? rows.length : undefined
}
