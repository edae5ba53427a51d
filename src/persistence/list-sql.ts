import type { ListQuery, TypeQuery } from '../ports/resources.ts'
import {
  type Attribute,
  type AttributePath,
  findAttribute,
  pathText,
  subAttributesOf,
} from '../scim/attribute.ts'
import { primarySubAttribute, type SortOrder } from '../scim/sorting.ts'
import type { Dialect, ScalarType } from './dialect.ts'
import {
  filterToSql,
  findIndexedTest,
  type IndexOf,
  type IndexTable,
  indexedTestToSql,
  indexesOf,
} from './filter-to-sql.ts'

/**
 * The value by which the resource in the table alias `r` is sorted, in the form that filters compare; null if
 * it has none.
 */
const sortValue = (path: AttributePath, dialect: Dialect): string =>
  valueAt(path, 'r.search', scalarTypeOf(path), dialect)

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

/** A statement with the values of its parameters. */
export type Sql = { readonly text: string; readonly params: Parameters }

/** The source of the matches of one type, up to the end of its conditions, and the column with their keys. */
type Source = { readonly from: string; readonly key: string; readonly params: Parameters }

/** Whether sources have the columns of resources, or only their keys. */
type SourceOf = 'resources' | 'keys'

const listSources = (
  dialect: Dialect,
  tenant: number,
  typeQueries: readonly TypeQuery[],
  indexOf: IndexOf,
  of: SourceOf,
): readonly Source[] =>
  // Suffixes keep the parameters of several types apart; the first type has none.
  typeQueries.map((typeQuery, at) =>
    typeSource(dialect, tenant, typeQuery, indexOf, of, at === 0 ? '' : `_${at}`),
  )

function typeSource(
  dialect: Dialect,
  tenant: number,
  { type, filter }: TypeQuery,
  indexOf: IndexOf,
  of: SourceOf,
  suffix: string,
): Source {
  const ofType = `resources r where r.tenant = @tenant and r.type = @type${suffix}`
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
      from: `${test.table} k${join} where ${compiled.sql}`,
      key: 'k.resource',
      params: { ...compiled.params, ...params },
    }
  }
  const compiled = filterToSql(filter, dialect, indexes, suffix)
  return { from: `${ofType} and ${compiled.sql}`, key: 'r.key', params: { ...compiled.params, ...params } }
}

/**
 * Whether the index returns the matches in order of their values: all of them are found before the first one
 * in order of creation is known.
 */
export function findsAllFirst({ type, filter }: TypeQuery, indexOf: IndexOf): boolean {
  const test = filter && findIndexedTest(filter, indexesOf(indexOf, type))
  return test !== undefined && test.operator !== 'eq'
}

/** Counts all matches, as `n`. */
export function countSql(
  dialect: Dialect,
  tenant: number,
  typeQueries: readonly TypeQuery[],
  indexOf: IndexOf,
): Sql {
  const sources = listSources(dialect, tenant, typeQueries, indexOf, 'keys')
  const counted = sources.map(({ from }) => `select count(*) as n from ${from}`)
  return {
    text:
      counted.length === 1
        ? (counted[0] ?? '')
        : `select sum(n) as n from (${counted.join(' union all ')}) as counted`,
    params: mergeParams(sources),
  }
}

/**
 * Columns, or only the keys, of the matches after or before the key `@from`, in order of creation or in
 * reverse; `@limit` of them, after `@skip`. With several types the engine merges their indexes.
 */
export function unsortedSql(
  dialect: Dialect,
  tenant: number,
  typeQueries: readonly TypeQuery[],
  indexOf: IndexOf,
  columns: string,
  direction: 'after' | 'before',
): Sql {
  const sources = listSources(dialect, tenant, typeQueries, indexOf, columns === 'key' ? 'keys' : 'resources')
  const [beyond, order] = direction === 'after' ? ['>', 'asc'] : ['<', 'desc']
  const parts = sources.map(({ from, key }) => {
    const selected = columns === 'key' ? `${key} as key` : columns
    return `select ${selected} from ${from} and ${key} ${beyond} @from`
  })
  const key = sources.length === 1 ? sources[0]?.key : 'key'
  return {
    text: `${parts.join(' union all ')} order by ${key} ${order} limit @limit offset @skip`,
    params: mergeParams(sources),
  }
}

/** The keys of matches in the requested order; `@limit` of them, after `@skip`. */
export function sortedSql(
  dialect: Dialect,
  tenant: number,
  { typeQueries, order = 'ascending' }: ListQuery,
  indexOf: IndexOf,
): Sql {
  const direction = order === 'ascending' ? 'asc' : 'desc'
  const nulls = order === 'ascending' ? 'last' : 'first'
  const sources = listSources(dialect, tenant, typeQueries, indexOf, 'resources')
  const parts = sources.map(({ from }, at) => {
    const path = typeQueries[at]?.sortBy
    return `select r.key as key, ${path ? sortValue(path, dialect) : 'null'} as value from ${from}`
  })
  return {
    text: `select key from (${parts.join(' union all ')}) as found
      order by value ${direction} nulls ${nulls}, key ${direction} limit @limit offset @skip`,
    params: mergeParams(sources),
  }
}

/** An order of all resources of a type in which an index lists those that have a value. */
export type IndexedOrder = {
  readonly table: IndexTable
  readonly type: string
  readonly attribute: string
  /** Whether all resources have a value. */
  readonly isComplete: boolean
}

/** The order of a list, if an index has it: the list is of one type, and not filtered. */
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

/** Statements that read an indexed order in parts; the first two read keys, `@limit` of them, after `@skip`. */
export function indexedOrderSql(table: IndexTable, order: SortOrder) {
  const direction = order === 'ascending' ? 'asc' : 'desc'
  return {
    withValue: `select k.resource as key from ${table} k where ${ofAttribute}
      order by k.value ${direction}, k.resource ${direction} limit @limit offset @skip`,
    withoutValue: `select r.key as key from resources r where r.tenant = @tenant and r.type = @type
      and r.key not in (select k.resource from ${table} k where ${ofAttribute})
      order by r.key ${direction} limit @limit offset @skip`,
    countWithValue: `select count(*) as n from ${table} k where ${ofAttribute}`,
  }
}

const mergeParams = (sources: readonly Source[]): Parameters =>
  Object.assign({}, ...sources.map(({ params }) => params))
