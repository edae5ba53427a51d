import { type MaybePromise, whenDone } from '../../domain/event-loop/maybe-promise.ts'
import type { Writer } from '../../domain/ports/database.ts'
import type { FoundPage, ListQuery, PageQuery, Place, Slice } from '../../domain/ports/resources.ts'
import type { StoredResource, StoredWithSecrets } from '../../scim/resource.ts'
import type { Dialect } from '../common/dialect.ts'
import type { IndexOf } from '../common/filter-to-sql.ts'
import {
  directionOf,
  type FoundRows,
  findLookup,
  inRange,
  isExclusive,
  isUnfiltered,
  slicePage,
} from '../common/list-page.ts'
import {
  countSql,
  findIndexedOrder,
  type IndexedOrder,
  indexedOrderSql,
  keysOnly,
  orderedKeysSql,
  type Parameters,
  pageSql,
  pageWithTotalSql,
  type Sql,
} from '../common/list-sql.ts'
import { longWork as defaultLongWork, entriesPerTest, estimateWork, totalWork } from '../common/list-work.ts'
import type { Connections } from './connections.ts'
import type { Counts } from './counts.ts'
import type { Database } from './database.ts'
import { longReadDialect, sqliteDialect } from './dialect.ts'
import { createQueryRunner, type Query, type ReadRows } from './statements.ts'
import type { TextIndex } from './text-index.ts'

export const storedColumns =
  'r.key, r.id, r.type, r.document, r.label, r.version, r.era, r.created, r.last_modified as lastModified'

/** `StoredResource` with `isMember`, which takes a fifth of the time of another statement. */
const columnsWithIsMember = `${storedColumns}, exists (select 1 from memberships m where m.member_key = r.key) as isMember`

export function createStoredResources(db: Database) {
  const findResource = db.prepare<[number, string, string], StoredResource>(
    `select ${storedColumns} from resources r where r.tenant = ? and r.id = ? and r.type = ?`,
  )
  const findAndLookForGroups = db.prepare<[number, string, string], StoredResource>(
    `select ${columnsWithIsMember} from resources r where r.tenant = ? and r.id = ? and r.type = ?`,
  )
  const findWithSecrets = db.prepare<[number, string, string], StoredWithSecrets>(
    `select ${storedColumns}, r.secrets from resources r where r.tenant = ? and r.id = ? and r.type = ?`,
  )
  return {
    find: ({ tenant, id, type }: Place, looksForGroups = false): StoredResource | undefined =>
      (looksForGroups ? findAndLookForGroups : findResource).get(tenant, id, type),
    withSecrets: ({ tenant, id, type }: Place): StoredWithSecrets | undefined =>
      findWithSecrets.get(tenant, id, type),
  }
}

/**
 * The rows of one commit: some four milliseconds of work. Reads wait for it, so a larger commit would delay many of them. A smaller
 * one writes more pages per row, and after each commit the connection for reads reads its pages again.
 */
const rowsPerCommit = 2000
/** Between two portions, in milliseconds. */
const commitDelay = 10

export function createLastSeen(db: Database, writer: Writer) {
  const raise = db.prepare('update last_seen set at = max(at, ?) where key = ?')
  // The resource may no longer exist: a reset or a restore can precede this in the same commit.
  const insert = db.prepare(`
    insert into last_seen (key, at) select @key, @at
    where exists (select 1 from resources where key = @key) or exists (select 1 from deleted_resources where key = @key)`)
  let pending = new Map<number, number>()
  /** Sorted by key: rows of neighbors share pages. */
  let rest: [key: number, at: number][] = []
  let isScheduled = false

  const schedule = (delay?: number) => {
    isScheduled = true
    writer.defer(storePortion, delay)
  }

  const storePortion = () => {
    isScheduled = false
    if (rest.length === 0) {
      rest = [...pending].sort(([one], [other]) => one - other)
      pending = new Map()
    }
    for (const [key, at] of rest.splice(0, rowsPerCommit)) {
      // Most have a row. Looking for the resource would read a page for each of them.
      if (raise.run(at, key).changes === 0) insert.run({ key, at })
    }
    if (rest.length > 0) schedule(commitDelay)
    else if (pending.size > 0) schedule()
  }

  return {
    note: (_tenant: number, key: number, at: number): void => {
      pending.set(key, Math.max(at, pending.get(key) ?? 0))
      if (!isScheduled) schedule()
    },
    /** Drops what is not stored yet: its keys may belong to other resources now. */
    forget: (): void => {
      pending.clear()
      rest = []
    },
  }
}

export function createListReader(
  { reads, longReads }: Pick<Connections, 'reads' | 'longReads'>,
  counts: Counts,
  textIndex: TextIndex,
  longWork = defaultLongWork,
) {
  const lookups = (columns: string) => ({
    withId: reads.prepare<[number, string, string], StoredResource>(
      `select ${columns} from resources r where r.tenant = ? and r.type = ? and r.id = ?`,
    ),
    holderOfKey: reads.prepare<[number, string, string, string], StoredResource>(`
      select ${columns} from resources r where r.key = (
        select resource from keys
        where tenant = ? and type = ? and attribute = ? and value = ? limit 1)`),
  })
  const plainLookups = lookups(storedColumns)
  const lookupsForGroups = lookups(columnsWithIsMember)
  // The cross join forces this order, which finds each resource by its key; SQLite's choice would scan the tenant.
  const resourcesWithKeys = reads.prepare<[string, number], StoredResource>(`
    select ${storedColumns} from json_each(?) k cross join resources r on r.key = k.value
    where r.tenant = ? order by k.key`)
  const readNow = createQueryRunner(reads)

  const withKeys = (tenant: number, keys: readonly number[]): readonly StoredResource[] =>
    resourcesWithKeys.all(JSON.stringify(keys), tenant)

  const oneWith = (
    tenant: number,
    { typeQueries, looksForGroups }: PageQuery,
  ): readonly StoredResource[] | undefined => {
    const [typeQuery] = typeQueries
    if (!typeQuery?.filter || typeQueries.length > 1) return undefined
    const lookup = isExclusive(typeQuery.filter) ? findLookup(typeQuery.filter) : undefined
    if (!lookup) return undefined
    const { withId, holderOfKey } = looksForGroups ? lookupsForGroups : plainLookups
    const found =
      'id' in lookup
        ? withId.get(tenant, typeQuery.type, lookup.id)
        : holderOfKey.get(tenant, typeQuery.type, lookup.attribute, lookup.value)
    return found ? [found] : []
  }

  /** A restore may drop the indexes meanwhile: then the queries run again. */
  const withIndexes = async <Result>(
    tenant: number,
    run: (indexOf: IndexOf) => Promise<Result>,
  ): Promise<Result> => {
    const generation = textIndex.generation()
    const result = await run(textIndex.indexOf(tenant))
    return textIndex.generation() === generation ? result : withIndexes(tenant, run)
  }

  const isLong = (tenant: number, query: ListQuery, indexOf: IndexOf): boolean =>
    totalWork(estimateWork(query, indexOf), type => counts.number(tenant, type)) >= longWork

  const positionOf = (tenant: number, { typeQueries, order, slice }: PageQuery) => {
    const limit = slice.count + 1
    if (slice.by !== 'index') return { limit, from: slice.key, skip: 0 }
    if (order || !typeQueries.every(isUnfiltered)) return { limit, from: 0, skip: slice.offset }
    const types = typeQueries.map(({ type }) => type)
    return { limit, ...counts.place(tenant, types, slice.offset) }
  }

  const pageQuery = (tenant: number, query: PageQuery, indexOf: IndexOf, dialect: Dialect): Query =>
    withParams(
      pageSql(dialect, tenant, query, indexOf, storedColumns, directionOf(query)),
      positionOf(tenant, query),
    )

  const findPage = async (tenant: number, query: PageQuery, indexOf: IndexOf): Promise<FoundRows> => {
    const [rows = []] = isLong(tenant, query, indexOf)
      ? await longReads.run([pageQuery(tenant, query, indexOf, longReadDialect)], query.signal?.())
      : readNow([pageQuery(tenant, query, indexOf, sqliteDialect)])
    return rows as FoundRows
  }

  const findNow = (tenant: number, query: PageQuery, indexOf: IndexOf): Found => {
    const { slice, typeQueries } = query
    const [rows = []] = slice.count === 0 ? [] : readNow([pageQuery(tenant, query, indexOf, sqliteDialect)])
    const known = totalOfWholeList(rows.length, slice)
    if (known !== undefined) return { rows: rows as FoundRows, total: known }
    const [counted] = readNow([countSql(sqliteDialect, tenant, typeQueries, indexOf)])
    return { rows: rows as FoundRows, total: (counted as readonly TotalRow[])[0]?.total ?? 0 }
  }

  const findInOnePass = async (tenant: number, query: PageQuery, indexOf: IndexOf): Promise<Found> => {
    const sql =
      query.slice.count === 0
        ? countSql(longReadDialect, tenant, query.typeQueries, indexOf)
        : pageWithTotalSql(longReadDialect, tenant, query, indexOf, storedColumns, directionOf(query))
    const [found] = await longReads.run([withParams(sql, positionOf(tenant, query))], query.signal?.())
    const rows = found as readonly (TotalRow & Partial<StoredResource>)[]
    return {
      rows: rows.flatMap(({ total: _, ...row }) =>
        typeof row.key === 'number' ? [row as StoredResource] : [],
      ),
      total: rows[0]?.total ?? 0,
    }
  }

  /** Most pages are within the first part, which is read alone if that is quick. */
  const readIndexedOrder = async (
    tenant: number,
    { type, isComplete }: IndexedOrder,
    parts: readonly Query[],
    { limit, skip }: { readonly limit: number; readonly skip: number },
    { order, signal }: ListQuery,
  ): Promise<readonly ReadRows[]> => {
    const entries = counts.number(tenant, type)
    const passed = limit === -1 ? entries : Math.min(limit + skip, entries)
    const isStartQuick = passed / entriesPerTest < longWork && (isComplete || order === 'ascending')
    if (isStartQuick) {
      const start = readNow(parts.slice(0, 1))
      if (isComplete || start[0]?.length === limit) return start
    }
    return entries / entriesPerTest < longWork ? readNow(parts) : longReads.run(parts, signal?.())
  }

  const findSorted = async (tenant: number, query: PageQuery, indexed: IndexedOrder): Promise<FoundRows> => {
    const position = positionOf(tenant, query)
    const parts = indexedOrderSql(longReadDialect, tenant, indexed, query.order ?? 'ascending', storedColumns)
    const queries = parts.map(sql => withParams(sql, position))
    const rows = await readIndexedOrder(tenant, indexed, queries, position, query)
    return rows.flatMap(part => part as FoundRows)
  }

  const findUnfiltered = async (tenant: number, query: PageQuery, indexOf: IndexOf): Promise<Found> => {
    const numbers = query.total ? query.typeQueries.map(({ type }) => counts.number(tenant, type)) : []
    const total = numbers.reduce((sum, number) => sum + number, 0)
    if (query.slice.count === 0) return { rows: [], total }
    const indexed = findIndexedOrder(query, indexOf)
    const rows = indexed ? findSorted(tenant, query, indexed) : findPage(tenant, query, indexOf)
    return { rows: await rows, total }
  }

  const find = async (tenant: number, query: PageQuery, indexOf: IndexOf): Promise<Found> => {
    if (query.typeQueries.every(isUnfiltered)) return findUnfiltered(tenant, query, indexOf)
    if (query.total)
      return isLong(tenant, query, indexOf)
        ? findInOnePass(tenant, query, indexOf)
        : findNow(tenant, query, indexOf)
    return { rows: query.slice.count === 0 ? [] : await findPage(tenant, query, indexOf), total: 0 }
  }

  const list = (tenant: number, query: PageQuery): MaybePromise<FoundPage> => {
    const { typeQueries, slice, order } = query
    if (order && slice.by !== 'index') throw new Error('A sorted list can only be sliced by index.')
    const one = typeQueries.length === 0 ? [] : oneWith(tenant, query)
    const found = one
      ? { rows: inRange(one, slice), total: one.length }
      : withIndexes(tenant, indexOf => find(tenant, query, indexOf))
    return whenDone(found, ({ rows, total }) => {
      const { page, hasMore } = slicePage(rows, slice)
      return { page, hasMore, total: query.total ? total : undefined }
    })
  }

  const keysInOrder = async (
    tenant: number,
    query: ListQuery,
    indexOf: IndexOf,
  ): Promise<readonly ReadRows[]> => {
    const indexed = findIndexedOrder(query, indexOf)
    if (!indexed) {
      const queries = [{ ...orderedKeysSql(longReadDialect, tenant, query, indexOf), as: 'numbers' as const }]
      return isLong(tenant, query, indexOf) ? longReads.run(queries, query.signal?.()) : readNow(queries)
    }
    const all = { limit: -1, skip: 0 }
    const parts = indexedOrderSql(longReadDialect, tenant, indexed, query.order ?? 'ascending', keysOnly)
    const queries = parts.map(sql => ({ ...withParams(sql, all), as: 'numbers' as const }))
    return readIndexedOrder(tenant, indexed, queries, all, query)
  }

  const orderedKeys = async (tenant: number, query: ListQuery): Promise<Float64Array> => {
    if (query.typeQueries.length === 0) return new Float64Array()
    const parts = await withIndexes(tenant, indexOf => keysInOrder(tenant, query, indexOf))
    return concatenate(parts as readonly Float64Array[])
  }

  return { list, orderedKeys, withKeys }
}

type Found = { readonly rows: FoundRows; readonly total: number }
type TotalRow = { readonly total: number }

const withParams = ({ text, params }: Sql, others: Parameters): Query => ({
  text,
  params: { ...params, ...others },
})

function concatenate(parts: readonly Float64Array[]): Float64Array {
  const [only, ...others] = parts
  if (only && others.length === 0) return only
  const all = new Float64Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

function totalOfWholeList(rows: number, slice: Slice): number | undefined {
  const isStart = slice.by === 'index' ? slice.offset === 0 : slice.by === 'after' && slice.key === 0
  return slice.count > 0 && isStart && rows <= slice.count ? rows : undefined
}
