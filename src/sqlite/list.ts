import { findLookup } from '../persistence/filter-to-sql.ts'
import { countSql, type Parameters, type Sql, sortedSql, unsortedSql } from '../persistence/list-sql.ts'
import type { FoundPage, ListQuery, PageQuery, Slice, TypeQuery } from '../ports/resources.ts'
import type { BoundFilter } from '../scim/filter/bound-filter.ts'
import type { StoredResource } from '../scim/resource.ts'
import { createCounts } from './counts.ts'
import type { Database } from './database.ts'
import { defineFoldFunction, sqliteDialect } from './dialect.ts'
import { storedColumns } from './resource-rows.ts'
import { createStatementCache } from './statement-cache.ts'

const maxStatements = 200

/** Finds resources by filter, a page at a time, or in an order to be walked through. */
export function createListReader(db: Database) {
  defineFoldFunction(db)
  const counts = createCounts(db)
  const resourceWithId = db.prepare<[number, string, string], StoredResource>(
    `select ${storedColumns} from resources r where r.tenant = ? and r.type = ? and r.id = ?`,
  )
  const holderOfKey = db.prepare<[number, string, string, string], StoredResource>(`
    select ${storedColumns} from resources r where r.key = (
      select resource from keys
      where tenant = ? and type = ? and attribute = ? and value = ? limit 1)`)
  // The cross join keeps this order, in which each is found by its key; SQLite's guess is a look at the whole tenant.
  const resourcesWithKeys = db.prepare<[string, number], StoredResource>(`
    select ${storedColumns} from json_each(?) k cross join resources r on r.key = k.value
    where r.tenant = ? order by k.key`)
  const statementFor = createStatementCache(maxStatements, sql => db.prepare<[Parameters]>(sql))

  const rowsOf = ({ text, params }: Sql, where: Parameters): readonly unknown[] =>
    statementFor(text).all({ ...params, ...where })

  /** Those that are still there, in the order of the keys. */
  const withKeys = (tenant: number, keys: readonly number[]): readonly StoredResource[] =>
    resourcesWithKeys.all(JSON.stringify(keys), tenant)

  const sorted = (tenant: number, query: ListQuery, slice: Slice): readonly StoredResource[] => {
    if (slice.by !== 'index') throw new Error('What is sorted is sliced by index.')
    const where = { limit: slice.count + 1, skip: slice.offset }
    const keys = rowsOf(sortedSql(sqliteDialect, tenant, query), where) as readonly { key: number }[]
    return withKeys(
      tenant,
      keys.map(({ key }) => key),
    )
  }

  const unsorted = (tenant: number, arms: readonly TypeQuery[], slice: Slice): readonly StoredResource[] => {
    const where = { ...startOf(tenant, arms, slice), limit: slice.count + 1 }
    const direction = slice.by === 'before' ? 'before' : 'after'
    if (arms.length === 1) {
      return rowsOf(
        unsortedSql(sqliteDialect, tenant, arms, storedColumns, direction),
        where,
      ) as readonly StoredResource[]
    }
    // What is skipped on the way through several indexes shall not be read.
    const keys = rowsOf(unsortedSql(sqliteDialect, tenant, arms, 'key', direction), where)
    return withKeys(
      tenant,
      (keys as readonly { key: number }[]).map(({ key }) => key),
    )
  }

  const totalOf = (tenant: number, arms: readonly TypeQuery[]): number => {
    if (arms.every(isUnfiltered)) {
      return arms.reduce((sum, { type }) => sum + counts.number(tenant, type), 0)
    }
    const { text, params } = countSql(sqliteDialect, tenant, arms)
    return (statementFor(text).get(params) as { n: number }).n
  }

  /** Of what at most one can have: that one, which spares the engine the order and the limit. */
  const oneWith = (
    tenant: number,
    [arm, ...others]: readonly TypeQuery[],
  ): readonly StoredResource[] | undefined => {
    if (!arm?.filter || others.length > 0) return undefined
    const lookup = isExclusive(arm.filter) ? findLookup(arm.filter) : undefined
    if (!lookup) return undefined
    const found =
      'id' in lookup
        ? resourceWithId.get(tenant, arm.type, lookup.id)
        : holderOfKey.get(tenant, arm.type, lookup.attribute, lookup.value)
    return found ? [found] : []
  }

  const order = (tenant: number, query: ListQuery): Float64Array => {
    if (query.typeQueries.length === 0) return new Float64Array()
    const { text, params } = sortedSql(sqliteDialect, tenant, query)
    const keys = statementFor(text).all({ ...params, limit: -1, skip: 0 }) as readonly { key: number }[]
    return Float64Array.from(keys, ({ key }) => key)
  }

  const list = (tenant: number, { typeQueries, order, slice, total }: PageQuery): FoundPage => {
    if (typeQueries.length === 0) return { page: [], hasMore: false, ...(total && { total: 0 }) }
    const one = oneWith(tenant, typeQueries)
    if (one) return { ...slicePage(inRange(one, slice), slice), ...(total && { total: one.length }) }
    const rows = rowsFor(tenant, { typeQueries, ...(order && { order }) }, slice)
    return {
      ...slicePage(rows, slice),
      ...(total && { total: isWholeList(rows, slice) ?? totalOf(tenant, typeQueries) }),
    }
  }

  return { list, order, withKeys }

  function startOf(tenant: number, arms: readonly TypeQuery[], slice: Slice): { from: number; skip: number } {
    if (slice.by !== 'index') return { from: slice.key, skip: 0 }
    if (!arms.every(isUnfiltered)) return { from: 0, skip: slice.offset }
    return counts.place(
      tenant,
      arms.map(({ type }) => type),
      slice.offset,
    )
  }

  function rowsFor(tenant: number, query: ListQuery, slice: Slice): readonly StoredResource[] {
    if (slice.count === 0) return []
    return query.order ? sorted(tenant, query, slice) : unsorted(tenant, query.typeQueries, slice)
  }
}

const isExclusive = (filter: BoundFilter): boolean =>
  filter.kind === 'compare' && filter.path.at(-1)?.uniqueness !== 'none'

const isUnfiltered = ({ filter }: TypeQuery): boolean => !filter

function inRange(rows: readonly StoredResource[], slice: Slice): readonly StoredResource[] {
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
function slicePage(rows: readonly StoredResource[], { by, count }: Slice): FoundPage {
  const page = rows.slice(0, count)
  return { page: by === 'before' ? page.toReversed() : page, hasMore: rows.length > count }
}

/** The number of matches, when the page shows that there are no others. */
function isWholeList(rows: readonly StoredResource[], slice: Slice): number | undefined {
  const isStart = slice.by === 'index' ? slice.offset === 0 : slice.by === 'after' && slice.key === 0
  return slice.count > 0 && isStart && rows.length <= slice.count ? rows.length : undefined
}
