import type { ListQuery, TypeQuery } from '../../domain/ports/resources.ts'
import {
  type Attribute,
  type AttributePath,
  findAttribute,
  pathText,
  subAttributesOf,
} from '../../scim/attribute.ts'
import { primarySubAttribute, type SortOrder } from '../../scim/sorting.ts'
import type { Dialect, ScalarType } from './dialect.ts'
import {
  filterToSql,
  findIndexedTest,
  type IndexOf,
  type IndexTable,
  indexedTestToSql,
  indexesOf,
} from './filter-to-sql.ts'

const sortValue = (path: AttributePath, as: ScalarType, dialect: Dialect): string =>
  valueAt(path, 'r.search', as, dialect)

/** What values of these paths have in common. Engines with typed expressions sort mixed values as texts. */
function commonType(paths: readonly AttributePath[]): ScalarType {
  const [type = 'text', ...others] = new Set(paths.map(scalarTypeOf))
  return others.length === 0 ? type : 'text'
}

function scalarTypeOf(path: AttributePath): ScalarType {
  switch (path.at(-1)?.type) {
    case 'boolean':
      return 'boolean'
    case 'integer':
    case 'decimal':
    case 'dateTime':
      return 'number'
    default:
      return 'text'
  }
}

function valueAt(path: AttributePath, json: string, as: ScalarType, dialect: Dialect): string {
  const many = path.findIndex(({ multiValued }) => multiValued)
  const names = path.map(({ name }) => name)
  const list = path[many]
  if (!list) return dialect.scalar(json, names, as)
  const alias = `s${path.length}`
  const element = dialect.element(alias)
  const hasPrimary = findAttribute(subAttributesOf(list), primarySubAttribute) !== undefined
  const isPrimary = `COALESCE(${dialect.scalar(element, [primarySubAttribute], 'boolean')}, ${dialect.literal.false})`
  return `(
    SELECT ${valueAt(path.slice(many + 1), element, as, dialect)}
    FROM ${dialect.each(json, names.slice(0, many + 1), alias)}
    ORDER BY ${hasPrimary ? `${isPrimary} DESC, ` : ''}${dialect.position(alias)} LIMIT 1)`
}

export type Parameters = Readonly<Record<string, string | number>>

export type Sql = { readonly text: string; readonly params: Parameters }

type Source = { readonly from: string; readonly key: string; readonly params: Parameters }

type SourceOf = 'resources' | 'keys'

function listSources(
  dialect: Dialect,
  tenant: number,
  typeQueries: readonly TypeQuery[],
  indexOf: IndexOf,
  of: SourceOf,
): readonly Source[] {
  // Suffixes keep the parameters of several types apart; the first type has none.
  return typeQueries.map((typeQuery, at) =>
    typeSource(dialect, tenant, typeQuery, indexOf, of, at === 0 ? '' : `_${at}`),
  )
}

function typeSource(
  dialect: Dialect,
  tenant: number,
  { type, filter }: TypeQuery,
  indexOf: IndexOf,
  of: SourceOf,
  suffix: string,
): Source {
  const ofType = `resources r where r.tenant = @tenant and r.type = @type${suffix} and ${dialect.isWanted('r.key')}`
  const params = { tenant, [`type${suffix}`]: type }
  if (!filter) return { from: ofType, key: 'r.key', params }
  const indexes = indexesOf(indexOf, type)
  const test = findIndexedTest(filter, indexes)
  if (test) {
    const compiled = indexedTestToSql(test, dialect, suffix)
    const join =
      of === 'keys'
        ? ''
        : ` join resources r on r.key = k.resource${dialect.sameTenant('r.tenant', 'k.tenant')}`
    return {
      from: `${compiled.from} k${join} where ${compiled.sql}`,
      key: 'k.resource',
      params: { ...compiled.params, ...params },
    }
  }
  const compiled = filterToSql(filter, dialect, indexes, suffix)
  return { from: `${ofType} and ${compiled.sql}`, key: 'r.key', params: { ...compiled.params, ...params } }
}

/** An index in order of values must find all matches before the first one in order of creation is known. */
function isInOrderOfCreation({ type, filter }: TypeQuery, indexOf: IndexOf): boolean {
  const test = filter && findIndexedTest(filter, indexesOf(indexOf, type))
  return test === undefined || test.operator === 'eq'
}

export function countSql(
  dialect: Dialect,
  tenant: number,
  typeQueries: readonly TypeQuery[],
  indexOf: IndexOf,
): Sql {
  const sources = listSources(dialect, tenant, typeQueries, indexOf, 'keys')
  const counts = sources.map(({ from }) => `(select count(*) from ${from})`)
  return { text: `select ${counts.join(' + ')} as total`, params: mergeParams(sources) }
}

type Matches = {
  readonly select: (condition: (key: string) => string) => string
  readonly isBeyond: (key: string) => string
  readonly order: (alias: string) => string
  readonly params: Parameters
}

function matchesOf(
  dialect: Dialect,
  tenant: number,
  { typeQueries, order }: ListQuery,
  indexOf: IndexOf,
  direction: 'after' | 'before',
): Matches {
  const sources = listSources(dialect, tenant, typeQueries, indexOf, order ? 'resources' : 'keys')
  const as = commonType(typeQueries.flatMap(({ sortBy }) => (sortBy ? [sortBy] : [])))
  const sortColumn = (path: AttributePath | undefined) => (path ? sortValue(path, as, dialect) : 'null')
  const select: Matches['select'] = condition =>
    sources
      .map(({ from, key }, at) => {
        const value = order ? `, ${sortColumn(typeQueries[at]?.sortBy)} as value` : ''
        return `select ${key} as key${value} from ${from}${condition(key)}`
      })
      .join(' union all ')
  const params = mergeParams(sources)
  if (!order) {
    const [beyond, towards] = towardsOf(direction)
    return {
      select,
      isBeyond: key => `${key} ${beyond} @from`,
      order: alias => `${alias}key ${towards}`,
      params,
    }
  }
  const [towards, nulls] = order === 'ascending' ? ['asc', 'last'] : ['desc', 'first']
  return {
    select,
    isBeyond: () => dialect.literal.true,
    order: alias => `${alias}value ${towards} nulls ${nulls}, ${alias}key ${towards}`,
    params,
  }
}

const towardsOf = (direction: 'after' | 'before') => (direction === 'after' ? ['>', 'asc'] : ['<', 'desc'])

const page = 'limit @limit offset @skip'

/**
 * Columns of the resources (alias `r`) of a page: `@limit` of the matches after `@skip`. Unsorted lists begin
 * after or before the key `@from`; with several types the engine merges their indexes.
 */
export function pageSql(
  dialect: Dialect,
  tenant: number,
  query: ListQuery,
  indexOf: IndexOf,
  columns: string,
  direction: 'after' | 'before',
): Sql {
  const [typeQuery, ...others] = query.typeQueries
  if (typeQuery && others.length === 0 && !query.order && isInOrderOfCreation(typeQuery, indexOf)) {
    const { from, key, params } = typeSource(dialect, tenant, typeQuery, indexOf, 'resources', '')
    const [beyond, towards] = towardsOf(direction)
    return {
      text: `select ${columns} from ${from} and ${key} ${beyond} @from order by ${key} ${towards} ${page}`,
      params,
    }
  }
  const { select, isBeyond, order, params } = matchesOf(dialect, tenant, query, indexOf, direction)
  return {
    text: `
      with p as (${select(key => ` and ${isBeyond(key)}`)} order by ${order('')} ${page})
      select ${columns} from p ${dialect.resourcesOfPage} order by ${order('p.')}`,
    params,
  }
}

/** Page and `total` are found in one pass. An empty page has one row with null in all other columns. */
export function pageWithTotalSql(
  dialect: Dialect,
  tenant: number,
  query: ListQuery,
  indexOf: IndexOf,
  columns: string,
  direction: 'after' | 'before',
): Sql {
  const { select, isBeyond, order, params } = matchesOf(dialect, tenant, query, indexOf, direction)
  return {
    text: `
      with matches as materialized (${select(() => '')}),
      p as (select * from matches where ${isBeyond('key')} order by ${order('')} ${page})
      select t.total, ${columns} from (select count(*) as total from matches) t
      left join p on ${dialect.literal.true} ${dialect.resourcesOfPage} order by ${order('p.')}`,
    params,
  }
}

export const keysOnly = 'p.key'

export function orderedKeysSql(dialect: Dialect, tenant: number, query: ListQuery, indexOf: IndexOf): Sql {
  const { select, order, params } = matchesOf(dialect, tenant, query, indexOf, 'after')
  return { text: `select key from (${select(() => '')}) as found order by ${order('')}`, params }
}

export type IndexedOrder = {
  readonly table: IndexTable
  readonly type: string
  readonly attribute: string
  readonly isComplete: boolean
}

export function findIndexedOrder(
  { typeQueries: [typeQuery, ...others] }: ListQuery,
  indexOf: IndexOf,
): IndexedOrder | undefined {
  if (!typeQuery?.sortBy || typeQuery.filter || others.length > 0) return undefined
  const { type, sortBy } = typeQuery
  const table = indexOf(type, sortBy)
  if (!table) return undefined
  const [attribute, ...below] = sortBy
  const isComplete = attribute !== undefined && below.length === 0 && isKeyOfEveryResource(attribute)
  return { table, type, attribute: pathText(sortBy), isComplete }
}

const isKeyOfEveryResource = ({ required, type, lookup, uniqueness }: Attribute) =>
  required && type === 'string' && (lookup === true || uniqueness !== 'none')

const ofAttribute = 'k.tenant = @tenant and k.type = @type and k.attribute = @attribute'

const before = (size: string) => `before as materialized (select ${size} as n)`
const restOfLimit = `(
  select case when cast(@limit as bigint) < 0 then -1 when n <= @skip then @limit
    when n - @skip < @limit then @limit - (n - @skip) else 0 end
  from before)`
const restOfSkip = '(select case when n < @skip then @skip - n else 0 end from before)'

/**
 * Statements whose rows, one after another, are a page of an indexed order: resources with a value, and those
 * without one, which come last, or first in descending order. The page has `@limit` resources, or all if it is
 * -1, after `@skip`. The rows have columns of the resources (alias `r`), or only their keys.
 */
export function indexedOrderSql(
  dialect: Dialect,
  tenant: number,
  { table, type, attribute, isComplete }: IndexedOrder,
  order: SortOrder,
  columns: string,
): readonly Sql[] {
  const towards = order === 'ascending' ? 'asc' : 'desc'
  const withValue = `${table} k where ${ofAttribute}`
  const sizeWithValue = `(select count(*) from ${withValue})`
  const sizeWithoutValue = `
    (select coalesce(sum(n), 0) from counts where tenant = @tenant and type = @type) - ${sizeWithValue}`
  // If all resources have a value, the first condition ends the search before it reads them.
  const withoutValue = `resources r where ${sizeWithoutValue} > 0 and r.tenant = @tenant and r.type = @type
    and ${dialect.isWanted('r.key')} and ${dialect.notAmong('r.key', 'k.resource', withValue)}`
  const orderedWithValue = `
    select k.resource as key, k.value as value from ${withValue} order by k.value ${towards}, k.resource ${towards}`
  const orderedWithoutValue = `select r.key as key, null as value from ${withoutValue} order by r.key ${towards}`
  const part = (rows: string, sizeBefore?: string): Sql => {
    const size = sizeBefore === undefined ? '' : `${before(sizeBefore)}, `
    const slice = sizeBefore === undefined ? page : `limit ${restOfLimit} offset ${restOfSkip}`
    return {
      text: `
        with ${size}p as (${rows} ${slice})
        select ${columns} from p ${columns === keysOnly ? '' : dialect.resourcesOfPage} order by p.value ${towards}, p.key ${towards}`,
      params: { tenant, type, attribute },
    }
  }
  if (isComplete) return [part(orderedWithValue)]
  return order === 'ascending'
    ? [part(orderedWithValue), part(orderedWithoutValue, sizeWithValue)]
    : [part(orderedWithoutValue), part(orderedWithValue, sizeWithoutValue)]
}

const mergeParams = (sources: readonly Source[]): Parameters =>
  Object.assign({}, ...sources.map(({ params }) => params))
