import type { Attribute } from '../scim/attribute.ts'
import { pathText } from '../scim/attribute.ts'
import { filterToSql } from './filter-to-sql.ts'
import { type KeyLookup, lookupIn } from './lookup.ts'
import type { Arm, Sought } from './resource-store.ts'
import { sortValue } from './sort-to-sql.ts'
import { sqliteDialect } from './sqlite-dialect.ts'

export type Parameters = Readonly<Record<string, string | number>>

/** A text with the values of its parameters. */
export type Sql = { readonly text: string; readonly params: Parameters }

/** Where the matches of one type come from, up to the end of the conditions, and the column of their keys. */
type Source = { readonly from: string; readonly key: string; readonly params: Parameters }

const sourcesOf = (tenant: number, arms: readonly Arm[]): readonly Source[] =>
  // Suffixes tell the parameters of several arms apart; the first goes without.
  arms.map((arm, at) => sourceOf(tenant, arm, at === 0 ? '' : `_${at}`))

function sourceOf(tenant: number, { type, filter }: Arm, suffix: string): Source {
  const ofType = `resources r where r.tenant = @tenant and r.type = @type${suffix}`
  const params = { tenant, [`type${suffix}`]: type }
  if (!filter) return { from: ofType, key: 'r.key', params }
  const lookup = lookupIn(filter)
  if (lookup && 'attribute' in lookup) return holdersOf(lookup, params, suffix)
  const compiled = filterToSql(filter, sqliteDialect, suffix)
  return { from: `${ofType} and ${compiled.sql}`, key: 'r.key', params: { ...compiled.params, ...params } }
}

const holdersOf = ({ attribute, value }: KeyLookup, params: Parameters, suffix: string): Source => ({
  from: `keys k join resources r on r.key = k.resource
    where k.tenant = @tenant and k.type = @type${suffix}
    and k.attribute = @attribute${suffix} and k.value = @value${suffix}`,
  key: 'k.resource',
  params: { ...params, [`attribute${suffix}`]: attribute, [`value${suffix}`]: value },
})

/** The number of all matches, as `n`. */
export function countSql(tenant: number, arms: readonly Arm[]): Sql {
  const sources = sourcesOf(tenant, arms)
  const counted = sources.map(({ from }) => `select count(*) as n from ${from}`)
  return {
    text:
      counted.length === 1 ? (counted[0] ?? '') : `select sum(n) as n from (${counted.join(' union all ')})`,
    params: paramsOf(sources),
  }
}

/**
 * Columns, or the keys alone, of the matches beyond a key, `@from`, in order of creation or against it; `@limit` of them after `@skip`.
 * With several types the engine merges their indexes.
 */
export function unsortedSql(
  tenant: number,
  arms: readonly Arm[],
  columns: string,
  direction: 'after' | 'before',
): Sql {
  const sources = sourcesOf(tenant, arms)
  const [beyond, order] = direction === 'after' ? ['>', 'asc'] : ['<', 'desc']
  const parts = sources.map(({ from, key }) => {
    const selected = columns === 'key' ? `${key} as key` : columns
    return `select ${selected} from ${from} and ${key} ${beyond} @from`
  })
  const key = sources.length === 1 ? sources[0]?.key : 'key'
  return {
    text: `${parts.join(' union all ')} order by ${key} ${order} limit @limit offset @skip`,
    params: paramsOf(sources),
  }
}

/** The keys of matches in the order that was asked for; `@limit` of them after `@skip`. */
export function sortedSql(tenant: number, { arms, order = 'ascending' }: Sought): Sql {
  const direction = order === 'ascending' ? 'asc' : 'desc'
  const nulls = order === 'ascending' ? 'last' : 'first'
  const [arm, ...others] = arms
  const walked = arm && others.length === 0 ? walkedKey(arm) : undefined
  if (arm && walked !== undefined) {
    return {
      text: `select resource as key from keys
        where tenant = @tenant and type = @type and attribute = @attribute
        order by value ${direction}, resource ${direction} limit @limit offset @skip`,
      params: { tenant, type: arm.type, attribute: walked },
    }
  }
  const sources = sourcesOf(tenant, arms)
  const parts = sources.map(({ from }, at) => {
    const path = arms[at]?.sortBy
    return `select r.key as key, ${path ? sortValue(path, sqliteDialect) : 'null'} as value from ${from}`
  })
  return {
    text: `select key from (${parts.join(' union all ')})
      order by value ${direction} nulls ${nulls}, key ${direction} limit @limit offset @skip`,
    params: paramsOf(sources),
  }
}

/**
 * The attribute whose rows in the table `keys` are the whole list in its order, because every resource of the type
 * has exactly one: walking them spares the engine to sort.
 */
function walkedKey({ filter, sortBy }: Arm): string | undefined {
  const [attribute, ...below] = sortBy ?? []
  if (filter || !sortBy || !attribute || below.length > 0) return undefined
  return isKeyOfAll(attribute) ? pathText(sortBy) : undefined
}

const isKeyOfAll = ({ required, multiValued, type, lookup, uniqueness }: Attribute) =>
  required && !multiValued && type === 'string' && (lookup === true || uniqueness !== 'none')

const paramsOf = (sources: readonly Source[]): Parameters =>
  Object.assign({}, ...sources.map(({ params }) => params))
