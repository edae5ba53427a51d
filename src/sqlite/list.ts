import type { Statement } from 'better-sqlite3'
import { LRUCache } from 'lru-cache'
import { findLookup } from '../persistence/filter-to-sql.ts'
import {
  countSql,
  findIndexedOrder,
  findsAllFirst,
  type IndexedOrder,
  indexedOrderSql,
  type Parameters,
  type Sql,
  sortedSql,
  unsortedSql,
} from '../persistence/list-sql.ts'
import type { FoundPage, ListQuery, PageQuery, Slice, TypeQuery } from '../ports/resources.ts'
import type { BoundFilter } from '../scim/filter/bound-filter.ts'
import type { StoredResource } from '../scim/resource.ts'
import type { SortOrder } from '../scim/sorting.ts'
import type { Counts } from './counts.ts'
import type { Database } from './database.ts'
import { defineFoldFunction, sqliteDialect } from './dialect.ts'
import { storedColumns } from './resource-rows.ts'
import type { TextIndex } from './text-index.ts'

const maxStatements = 200

/** Finds resources by filter, page by page, or all in order. */
export function createListReader(db: Database, counts: Counts, textIndex: TextIndex) {
  defineFoldFunction(db)
  const resourceWithId = db.prepare<[number, string, string], StoredResource>(
    `select ${storedColumns} from resources r where r.tenant = ? and r.type = ? and r.id = ?`,
  )
  const holderOfKey = db.prepare<[number, string, string, string], StoredResource>(`
    select ${storedColumns} from resources r where r.key = (
      select resource from keys
      where tenant = ? and type = ? and attribute = ? and value = ? limit 1)`)
  // The cross join forces this order, which finds each resource by its key; SQLite's choice would scan the tenant.
  const resourcesWithKeys = db.prepare<[string, number], StoredResource>(`
    select ${storedColumns} from json_each(?) k cross join resources r on r.key = k.value
    where r.tenant = ? order by k.key`)
  const statements = new LRUCache<string, Statement<[Parameters]>>({
    max: maxStatements,
    memoMethod: sql => db.prepare(sql),
  })

  const rowsOf = ({ text, params }: Sql, where: Parameters): readonly unknown[] =>
    statements.memo(text).all({ ...params, ...where })

  /** The resources that still exist, in the order of the keys. */
  const withKeys = (tenant: number, keys: readonly number[]): readonly StoredResource[] =>
    resourcesWithKeys.all(JSON.stringify(keys), tenant)

  const keysOf = (sql: Sql, where: Parameters): readonly number[] =>
    (rowsOf(sql, where) as readonly { key: number }[]).map(({ key }) => key)

  /** The keys of matches in the requested order: at most `limit`, or all if it is -1, after `skip`. */
  const sortedKeys = (tenant: number, query: ListQuery, limit: number, skip: number): readonly number[] => {
    const indexOf = textIndex.indexOf(tenant)
    const indexed = findIndexedOrder(query, indexOf)
    return indexed
      ? inIndexedOrder(tenant, indexed, query.order ?? 'ascending', limit, skip)
      : keysOf(sortedSql(sqliteDialect, tenant, query, indexOf), { limit, skip })
  }

  /** Resources without a value come last, or first in descending order. */
  const inIndexedOrder = (
    tenant: number,
    { table, type, attribute, isComplete }: IndexedOrder,
    order: SortOrder,
    limit: number,
    skip: number,
  ): readonly number[] => {
    const sql = indexedOrderSql(table, order)
    const params = { tenant, type, attribute }
    const keysIn = (text: string, limit: number, skip: number) =>
      keysOf({ text, params }, { limit, skip: Math.max(0, skip) })
    const rest = (start: readonly number[]) => (limit === -1 ? -1 : limit - start.length)
    const countWithValue = (): number => (statements.memo(sql.countWithValue).get(params) as { n: number }).n

    if (isComplete) return keysIn(sql.withValue, limit, skip)
    const number = counts.number(tenant, type)
    if (order === 'ascending') {
      const start = keysIn(sql.withValue, limit, skip)
      if (start.length === limit) return start
      const withValue = countWithValue()
      if (withValue === number) return start
      return [...start, ...keysIn(sql.withoutValue, rest(start), skip - withValue)]
    }
    const withoutValue = number - countWithValue()
    const start = skip < withoutValue ? keysIn(sql.withoutValue, limit, skip) : []
    if (start.length === limit) return start
    return [...start, ...keysIn(sql.withValue, rest(start), skip - withoutValue)]
  }

  const sorted = (tenant: number, query: ListQuery, slice: Slice): readonly StoredResource[] => {
    if (slice.by !== 'index') throw new Error('A sorted list can only be sliced by index.')
    return withKeys(tenant, sortedKeys(tenant, query, slice.count + 1, slice.offset))
  }

  const unsorted = (
    tenant: number,
    typeQueries: readonly TypeQuery[],
    slice: Slice,
  ): readonly StoredResource[] => {
    const where = { ...startOf(tenant, typeQueries, slice), limit: slice.count + 1 }
    const direction = slice.by === 'before' ? 'before' : 'after'
    const indexOf = textIndex.indexOf(tenant)
    const [typeQuery, ...others] = typeQueries
    if (typeQuery && others.length === 0 && !findsAllFirst(typeQuery, indexOf)) {
      return rowsOf(
        unsortedSql(sqliteDialect, tenant, typeQueries, indexOf, storedColumns, direction),
        where,
      ) as readonly StoredResource[]
    }
    // Only the keys of skipped resources are read.
    return withKeys(
      tenant,
      keysOf(unsortedSql(sqliteDialect, tenant, typeQueries, indexOf, 'key', direction), where),
    )
  }

  const totalOf = (tenant: number, typeQueries: readonly TypeQuery[]): number => {
    if (typeQueries.every(isUnfiltered)) {
      return typeQueries.reduce((sum, { type }) => sum + counts.number(tenant, type), 0)
    }
    const { text, params } = countSql(sqliteDialect, tenant, typeQueries, textIndex.indexOf(tenant))
    return (statements.memo(text).get(params) as { n: number }).n
  }

  /** For a filter that at most one resource can match: that one, without sorting and limiting. */
  const oneWith = (
    tenant: number,
    [typeQuery, ...others]: readonly TypeQuery[],
  ): readonly StoredResource[] | undefined => {
    if (!typeQuery?.filter || others.length > 0) return undefined
    const lookup = isExclusive(typeQuery.filter) ? findLookup(typeQuery.filter) : undefined
    if (!lookup) return undefined
    const found =
      'id' in lookup
        ? resourceWithId.get(tenant, typeQuery.type, lookup.id)
        : holderOfKey.get(tenant, typeQuery.type, lookup.attribute, lookup.value)
    return found ? [found] : []
  }

  const order = (tenant: number, query: ListQuery): Float64Array => {
    if (query.typeQueries.length === 0) return new Float64Array()
    return Float64Array.from(sortedKeys(tenant, query, -1, 0))
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

  function startOf(
    tenant: number,
    typeQueries: readonly TypeQuery[],
    slice: Slice,
  ): { from: number; skip: number } {
    if (slice.by !== 'index') return { from: slice.key, skip: 0 }
    if (!typeQueries.every(isUnfiltered)) return { from: 0, skip: slice.offset }
    return counts.place(
      tenant,
      typeQueries.map(({ type }) => type),
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

/** A page of rows that were read with one extra, which shows that there are more. */
function slicePage(rows: readonly StoredResource[], { by, count }: Slice): FoundPage {
  const page = rows.slice(0, count)
  return { page: by === 'before' ? page.toReversed() : page, hasMore: rows.length > count }
}

/** The number of matches, if the page shows that there are no others. */
function isWholeList(rows: readonly StoredResource[], slice: Slice): number | undefined {
  const isStart = slice.by === 'index' ? slice.offset === 0 : slice.by === 'after' && slice.key === 0
  return slice.count > 0 && isStart && rows.length <= slice.count ? rows.length : undefined
}
