import type {
  FoundPage,
  ListQuery,
  PageQuery,
  ResourceStore,
  TypeQuery,
} from '../../domain/ports/resources.ts'
import type { StoredResource } from '../../scim/resource.ts'
import type { IndexOf } from '../common/filter-to-sql.ts'
import {
  directionOf,
  type FoundRows,
  findLookup,
  inRange,
  isExclusive,
  isUnfiltered,
  keysPerBlock,
  slicePage,
} from '../common/list-page.ts'
import {
  countSql,
  findIndexedOrder,
  indexedOrderSql,
  keysOnly,
  orderedKeysSql,
  type Parameters,
  pageSql,
  pageWithTotalSql,
  type Sql,
} from '../common/list-sql.ts'
import { longWork as defaultLongWork, entriesPerTest, estimateWork, totalWork } from '../common/list-work.ts'
import type { Reads } from './connect.ts'
import { postgresDialect } from './dialect.ts'
import type { LongReads } from './long-reads.ts'
import { type Counts, type StoredResources, storedColumns } from './resource-rows.ts'
import { type Query, withNames } from './statement.ts'
import type { TextIndex } from './text-index.ts'

type ListReads = Pick<ResourceStore, 'list' | 'orderedKeys'>
type Found = { readonly rows: FoundRows; readonly total: number }
type Total = { readonly total: number }

export type ListOptions = {
  readonly reads: Reads
  readonly longReads: LongReads
  readonly textIndex: TextIndex
  readonly longWork?: number
}

const noLimit = Number.MAX_SAFE_INTEGER

export type RunList = (
  tenant: number,
  query: ListQuery,
  indexOf: IndexOf,
  queries: readonly Query[],
) => Promise<readonly (readonly unknown[])[]>

export function createListRunner(
  { reads, longReads, longWork = defaultLongWork }: Omit<ListOptions, 'textIndex'>,
  counts: Counts,
): RunList {
  return async (tenant, query, indexOf, queries) => {
    const works = estimateWork(query, indexOf)
    const isLong =
      works.length > 0 && totalWork(works, await counts.numbers(tenant, typesOf(query))) >= longWork
    return isLong ? longReads.run(queries, query.signal?.()) : reads.snapshot(queries)
  }
}

const typesOf = ({ typeQueries }: ListQuery) => typeQueries.map(({ type }) => type)

export function createListReads(options: ListOptions, counts: Counts, stored: StoredResources): ListReads {
  const { reads, textIndex, longWork = defaultLongWork } = options
  const runList = createListRunner(options, counts)

  const positionOf = async (tenant: number, query: PageQuery) => {
    const { order, slice, typeQueries } = query
    const limit = slice.count + 1
    if (slice.by !== 'index') return { limit, from: slice.key, skip: 0 }
    const isStart = slice.offset < keysPerBlock
    if (isStart || order || !typeQueries.every(isUnfiltered)) return { limit, from: 0, skip: slice.offset }
    return { limit, ...(await counts.place(tenant, typesOf(query), slice.offset)) }
  }

  const pageQueries = (
    tenant: number,
    query: PageQuery,
    indexOf: IndexOf,
    position: Parameters,
  ): readonly Query[] => {
    const indexed = findIndexedOrder(query, indexOf)
    const parts = indexed
      ? indexedOrderSql(postgresDialect, tenant, indexed, query.order ?? 'ascending', storedColumns)
      : [pageSql(postgresDialect, tenant, query, indexOf, storedColumns, directionOf(query))]
    return parts.map(sql => toQuery(sql, position))
  }

  /** A page of an indexed order, if it is near the start: most pages are within the part of the resources with a value. */
  const findStart = async (
    { slice }: PageQuery,
    { limit, skip }: { readonly limit: number; readonly skip: number },
    [withValue, ...others]: readonly Query[],
    total: readonly Query[],
  ): Promise<Found | undefined> => {
    if (!withValue || (limit + skip) / entriesPerTest >= longWork) return undefined
    const [rows, counted] = (await reads.snapshot([withValue, ...total])) as [FoundRows, (readonly Total[])?]
    const isComplete = rows.length === slice.count + 1 || others.length === 0
    return isComplete ? { rows, total: counted?.[0]?.total ?? 0 } : undefined
  }

  const findUnfiltered = async (tenant: number, query: PageQuery, indexOf: IndexOf): Promise<Found> => {
    const total = query.total ? [counts.total(tenant, typesOf(query))] : []
    const position = query.slice.count > 0 ? await positionOf(tenant, query) : undefined
    const pages = position ? pageQueries(tenant, query, indexOf, position) : []
    if (position && query.order === 'ascending' && findIndexedOrder(query, indexOf)) {
      const start = await findStart(query, position, pages, total)
      if (start) return start
    }
    const found = await runList(tenant, query, indexOf, [...pages, ...total])
    const [counted] = (found[pages.length] ?? []) as readonly Total[]
    const rows = found.slice(0, pages.length).flat() as FoundRows
    return { rows: rows.slice(0, query.slice.count + 1), total: counted?.total ?? 0 }
  }

  const findWithTotal = async (tenant: number, query: PageQuery, indexOf: IndexOf): Promise<Found> => {
    const sql =
      query.slice.count === 0
        ? countSql(postgresDialect, tenant, query.typeQueries, indexOf)
        : pageWithTotalSql(postgresDialect, tenant, query, indexOf, storedColumns, directionOf(query))
    const [found] = await runList(tenant, query, indexOf, [toQuery(sql, await positionOf(tenant, query))])
    const rows = found as readonly (Partial<StoredResource> & Total)[]
    return {
      rows: rows.flatMap(({ total: _, ...row }) =>
        typeof row.key === 'number' ? [row as StoredResource] : [],
      ),
      total: rows[0]?.total ?? 0,
    }
  }

  const findFiltered = async (tenant: number, query: PageQuery, indexOf: IndexOf): Promise<Found> => {
    if (query.total) return findWithTotal(tenant, query, indexOf)
    if (query.slice.count === 0) return { rows: [], total: 0 }
    const position = await positionOf(tenant, query)
    const found = await runList(tenant, query, indexOf, pageQueries(tenant, query, indexOf, position))
    return { rows: found.flat() as FoundRows, total: 0 }
  }

  const oneWith = async (
    tenant: number,
    [typeQuery, ...others]: readonly TypeQuery[],
  ): Promise<FoundRows | undefined> => {
    if (!typeQuery?.filter || others.length > 0 || !isExclusive(typeQuery.filter)) return undefined
    const lookup = findLookup(typeQuery.filter)
    if (!lookup) return undefined
    const { type } = typeQuery
    const found =
      'id' in lookup
        ? await stored.find({ tenant, type, id: lookup.id as StoredResource['id'] })
        : await stored.withKey(tenant, type, lookup.attribute, lookup.value)
    return found ? [found] : []
  }

  const find = async (tenant: number, query: PageQuery): Promise<Found> => {
    query.signal?.()?.throwIfAborted()
    const indexOf = await textIndex.indexOf(tenant)
    return query.typeQueries.every(isUnfiltered)
      ? findUnfiltered(tenant, query, indexOf)
      : findFiltered(tenant, query, indexOf)
  }

  return {
    list: async (tenant, query): Promise<FoundPage> => {
      const { typeQueries, slice, order } = query
      if (order && slice.by !== 'index') throw new Error('A sorted list can only be sliced by index.')
      const one = typeQueries.length === 0 ? [] : await oneWith(tenant, typeQueries)
      const { rows, total } = one
        ? { rows: inRange(one, slice), total: one.length }
        : await find(tenant, query)
      return { ...slicePage(rows, slice), total: query.total ? total : undefined }
    },
    orderedKeys: async (tenant, query) => {
      query.signal?.()?.throwIfAborted()
      if (query.typeQueries.length === 0) return new Float64Array()
      const indexOf = await textIndex.indexOf(tenant)
      const parts = orderedKeysParts(tenant, query, indexOf)
      const found = await runList(
        tenant,
        query,
        indexOf,
        parts.map(sql => toQuery(sql, {})),
      )
      return Float64Array.from(found.flat() as readonly { readonly key: number }[], ({ key }) => key)
    },
  }
}

export function orderedKeysParts(tenant: number, query: ListQuery, indexOf: IndexOf): readonly Sql[] {
  const indexed = findIndexedOrder(query, indexOf)
  const parts = indexed
    ? indexedOrderSql(postgresDialect, tenant, indexed, query.order ?? 'ascending', keysOnly)
    : [orderedKeysSql(postgresDialect, tenant, query, indexOf)]
  return parts.map(({ text, params }) => ({ text, params: { ...params, limit: noLimit, skip: 0 } }))
}

const toQuery = ({ text, params }: Sql, others: Parameters): Query =>
  withNames(text, { ...params, ...others })
