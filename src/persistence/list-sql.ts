import type { ListQuery, TypeQuery } from '../ports/resources.ts'
import {
  type Attribute,
  type AttributePath,
  findAttribute,
  pathText,
  subAttributesOf,
} from '../scim/attribute.ts'
import { primarySubAttribute } from '../scim/sorting.ts'
import type { Dialect } from './dialect.ts'
import { filterToSql, findLookup, type KeyLookup } from './filter-to-sql.ts'

/**
 * The value by which the resource in the table alias `r` is sorted, in the form that filters compare; null if
 * it has none.
 */
const sortValue = (path: AttributePath, dialect: Dialect): string => valueAt(path, 'r.search', dialect)

function valueAt(path: AttributePath, json: string, dialect: Dialect): string {
  const many = path.findIndex(({ multiValued }) => multiValued)
  const names = path.map(({ name }) => name)
  const list = path[many]
  if (!list) return dialect.scalar(json, names)
  const alias = `s${path.length}`
  const element = dialect.element(alias)
  const hasPrimary = findAttribute(subAttributesOf(list), primarySubAttribute) !== undefined
  const isPrimary = `COALESCE(${dialect.scalar(element, [primarySubAttribute])}, ${dialect.literal.false})`
  return `(
    SELECT ${valueAt(path.slice(many + 1), element, dialect)}
    FROM ${dialect.each(json, names.slice(0, many + 1), alias)}
    ORDER BY ${hasPrimary ? `${isPrimary} DESC, ` : ''}${dialect.position(alias)} LIMIT 1)`
}

export type Parameters = Readonly<Record<string, string | number>>

/** A statement with the values of its parameters. */
export type Sql = { readonly text: string; readonly params: Parameters }

/** The source of the matches of one type, up to the end of its conditions, and the column with their keys. */
type Source = { readonly from: string; readonly key: string; readonly params: Parameters }

const listSources = (
  dialect: Dialect,
  tenant: number,
  typeQueries: readonly TypeQuery[],
): readonly Source[] =>
  // Suffixes keep the parameters of several types apart; the first type has none.
  typeQueries.map((typeQuery, at) => typeSource(dialect, tenant, typeQuery, at === 0 ? '' : `_${at}`))

function typeSource(dialect: Dialect, tenant: number, { type, filter }: TypeQuery, suffix: string): Source {
  const ofType = `resources r where r.tenant = @tenant and r.type = @type${suffix}`
  const params = { tenant, [`type${suffix}`]: type }
  if (!filter) return { from: ofType, key: 'r.key', params }
  const lookup = findLookup(filter)
  if (lookup && 'attribute' in lookup) return keySource(lookup, params, suffix)
  const compiled = filterToSql(filter, dialect, suffix)
  return { from: `${ofType} and ${compiled.sql}`, key: 'r.key', params: { ...compiled.params, ...params } }
}

const keySource = ({ attribute, value }: KeyLookup, params: Parameters, suffix: string): Source => ({
  from: `keys k join resources r on r.key = k.resource
    where k.tenant = @tenant and k.type = @type${suffix}
    and k.attribute = @attribute${suffix} and k.value = @value${suffix}`,
  key: 'k.resource',
  params: { ...params, [`attribute${suffix}`]: attribute, [`value${suffix}`]: value },
})

/** Counts all matches, as `n`. */
export function countSql(dialect: Dialect, tenant: number, typeQueries: readonly TypeQuery[]): Sql {
  const sources = listSources(dialect, tenant, typeQueries)
  const counted = sources.map(({ from }) => `select count(*) as n from ${from}`)
  return {
    text:
      counted.length === 1 ? (counted[0] ?? '') : `select sum(n) as n from (${counted.join(' union all ')})`,
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
  columns: string,
  direction: 'after' | 'before',
): Sql {
  const sources = listSources(dialect, tenant, typeQueries)
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
): Sql {
  const direction = order === 'ascending' ? 'asc' : 'desc'
  const nulls = order === 'ascending' ? 'last' : 'first'
  const [typeQuery, ...others] = typeQueries
  const orderingKey = typeQuery && others.length === 0 ? findOrderingKey(typeQuery) : undefined
  if (typeQuery && orderingKey !== undefined) {
    return {
      text: `select resource as key from keys
        where tenant = @tenant and type = @type and attribute = @attribute
        order by value ${direction}, resource ${direction} limit @limit offset @skip`,
      params: { tenant, type: typeQuery.type, attribute: orderingKey },
    }
  }
  const sources = listSources(dialect, tenant, typeQueries)
  const parts = sources.map(({ from }, at) => {
    const path = typeQueries[at]?.sortBy
    return `select r.key as key, ${path ? sortValue(path, dialect) : 'null'} as value from ${from}`
  })
  return {
    text: `select key from (${parts.join(' union all ')})
      order by value ${direction} nulls ${nulls}, key ${direction} limit @limit offset @skip`,
    params: mergeParams(sources),
  }
}

/**
 * The attribute whose rows in the table `keys` list all resources of the type in order, since each has
 * exactly one. Reading them in index order saves sorting.
 */
function findOrderingKey({ filter, sortBy }: TypeQuery): string | undefined {
  const [attribute, ...below] = sortBy ?? []
  if (filter || !sortBy || !attribute || below.length > 0) return undefined
  return isKeyOfEveryResource(attribute) ? pathText(sortBy) : undefined
}

const isKeyOfEveryResource = ({ required, multiValued, type, lookup, uniqueness }: Attribute) =>
  required && !multiValued && type === 'string' && (lookup === true || uniqueness !== 'none')

const mergeParams = (sources: readonly Source[]): Parameters =>
  Object.assign({}, ...sources.map(({ params }) => params))
