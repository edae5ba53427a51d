import type { AttributePath } from '../attribute.ts'
import { isObject, isUnassigned, type Json } from '../json.ts'
import { codePointOrder } from '../text.ts'
import type { BoundFilter, CompareOperator } from './bound-filter.ts'

/** The ids of related resources, by relation; only filters that ask for them need them. */
export type RelatedIds = Readonly<Partial<Record<'members' | 'groups', ReadonlySet<string>>>>

/**
 * Whether a document in the form of `searchable`, or one value in that form for the filter of a PATCH path,
 * satisfies a filter. The store's SQL decides the same (test/property/filter-sql.test.ts).
 */
export function matches(filter: BoundFilter, search: Json, related: RelatedIds = {}): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.operands.every(operand => matches(operand, search, related))
    case 'or':
      return filter.operands.some(operand => matches(operand, search, related))
    case 'not':
      return !matches(filter.operand, search, related)
    case 'present':
      return some(search, filter.path, isNotEmpty)
    case 'compare':
      return some(search, filter.path, value => compares(value, filter.operator, filter.value))
    case 'some':
      return some(search, filter.path, value => value !== undefined && matches(filter.where, value, related))
    case 'related':
      return idsOf(filter.relation, related).has(filter.id)
    case 'any-related':
      return idsOf(filter.relation, related).size > 0
    case 'some-related':
      throw new Error(`What is known of ${filter.relation} besides their ids stands in the store's rows.`)
  }
}

function idsOf(relation: 'members' | 'groups', related: RelatedIds): ReadonlySet<string> {
  const ids = related[relation]
  if (!ids) throw new Error(`The filter asks for ${relation}, which were not given.`)
  return ids
}

/**
 * Whether a test holds for any value that the path leads to, which is undefined at each place where there is none.
 * Without lists of its own: a PATCH may have a thousand filters, each asked about a thousand values.
 */
function some(
  value: Json | undefined,
  path: AttributePath,
  holds: (value: Json | undefined) => boolean,
  at = 0,
): boolean {
  const attribute = path[at]
  if (!attribute) return holds(value)
  const next = memberOf(value, attribute.name)
  if (isUnassigned(next)) return some(undefined, path, holds, at + 1)
  return Array.isArray(next)
    ? next.some((each: Json) => some(each, path, holds, at + 1))
    : some(next, path, holds, at + 1)
}

const memberOf = (value: Json | undefined, name: string): Json | undefined =>
  isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined

function isNotEmpty(value: Json | undefined): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).some(isNotEmpty)
  return value !== undefined && value !== null && value !== ''
}

function compares(actual: Json | undefined, operator: CompareOperator, wanted: Json): boolean {
  if (wanted === null) return (actual === undefined) === (operator === 'eq')
  if (actual === undefined) return operator === 'ne'
  switch (operator) {
    case 'eq':
      return actual === wanted
    case 'ne':
      return actual !== wanted
    case 'gt':
      return orderOf(actual, wanted) > 0
    case 'ge':
      return orderOf(actual, wanted) >= 0
    case 'lt':
      return orderOf(actual, wanted) < 0
    case 'le':
      return orderOf(actual, wanted) <= 0
  }
  if (typeof actual !== 'string' || typeof wanted !== 'string') return false
  switch (operator) {
    case 'co':
      return actual.includes(wanted)
    case 'sw':
      return actual.startsWith(wanted)
    case 'ew':
      return actual.endsWith(wanted)
  }
}

/** NaN, which is neither more nor less, for values that have no order. */
function orderOf(one: Json, other: Json): number {
  if (typeof one === 'string' && typeof other === 'string') return codePointOrder(one, other)
  return typeof one === 'number' && typeof other === 'number' ? one - other : Number.NaN
}
