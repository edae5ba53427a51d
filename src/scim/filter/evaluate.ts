import { type Attribute, type AttributePath, findAttribute, subAttributesOf } from '../attribute.ts'
import { isObject, isUnassigned, type Json, type JsonObject } from '../json.ts'
import { parseDateTime } from '../read-value.ts'
import type { Resource } from '../resource.ts'
import type { ResourceType } from '../resource-types.ts'
import { compareCodePoints, fold } from '../text.ts'
import { type BoundFilter, type CompareOperator, isConstant, matchAll, matchNone } from './bound-filter.ts'

export type RelatedIds = Readonly<Partial<Record<'members' | 'groups', ReadonlySet<string>>>>

/**
 * Whether a document in its search form, or one value for the filter of a PATCH path, matches a filter. The store's SQL
 * gives the same results (test/property/filter-sql.test.ts).
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
      return someValue(search, filter.path, isNotEmpty)
    case 'compare':
      return someValue(search, filter.path, value => compareValues(value, filter.operator, filter.value))
    case 'some':
      return someValue(
        search,
        filter.path,
        value => value !== undefined && matches(filter.where, value, related),
      )
    case 'related':
      return idsOf(filter.relation, related).has(filter.id)
    case 'any-related':
      return idsOf(filter.relation, related).size > 0
    case 'some-related':
      throw new Error(`Only the store can test ${filter.relation} by anything but their IDs.`)
  }
}

function idsOf(relation: 'members' | 'groups', related: RelatedIds): ReadonlySet<string> {
  const ids = related[relation]
  if (!ids) throw new Error(`The filter uses ${relation}, which were not provided.`)
  return ids
}

/**
 * Whether a test is true for any value at the path; a missing value is undefined. Allocates no lists, because a PATCH may
 * evaluate a thousand filters for a thousand values each.
 */
function someValue(
  value: Json | undefined,
  path: AttributePath,
  test: (value: Json | undefined) => boolean,
  at = 0,
): boolean {
  const attribute = path[at]
  if (!attribute) return test(value)
  const next = memberOf(value, attribute.name)
  if (isUnassigned(next)) return someValue(undefined, path, test, at + 1)
  return Array.isArray(next)
    ? next.some((each: Json) => someValue(each, path, test, at + 1))
    : someValue(next, path, test, at + 1)
}

const memberOf = (value: Json | undefined, name: string): Json | undefined =>
  isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined

function isNotEmpty(value: Json | undefined): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).some(isNotEmpty)
  return value !== undefined && value !== null && value !== ''
}

function compareValues(actual: Json | undefined, operator: CompareOperator, expected: Json): boolean {
  if (expected === null) return (actual === undefined) === (operator === 'eq')
  if (actual === undefined) return operator === 'ne'
  switch (operator) {
    case 'eq':
      return actual === expected
    case 'ne':
      return actual !== expected
    case 'gt':
      return compareOrder(actual, expected) > 0
    case 'ge':
      return compareOrder(actual, expected) >= 0
    case 'lt':
      return compareOrder(actual, expected) < 0
    case 'le':
      return compareOrder(actual, expected) <= 0
  }
  if (typeof actual !== 'string' || typeof expected !== 'string') return false
  switch (operator) {
    case 'co':
      return actual.includes(expected)
    case 'sw':
      return actual.startsWith(expected)
    case 'ew':
      return actual.endsWith(expected)
  }
}

/** NaN, which makes every comparison false, for values without an order. */
function compareOrder(one: Json, other: Json): number {
  if (typeof one === 'string' && typeof other === 'string') return compareCodePoints(one, other)
  return typeof one === 'number' && typeof other === 'number' ? one - other : Number.NaN
}

/**
 * Simplifies a filter for resources of one type by evaluating tests of the type's name, so that no search goes through all
 * users for `meta.resourceType eq "Group"`. If nothing else is left, the result is `matchAll` or `matchNone`.
 */
export function simplifyForType(filter: BoundFilter, typeName: string): BoundFilter {
  switch (filter.kind) {
    case 'and':
      return joined('and', simplifyEach(filter.operands, typeName))
    case 'or':
      return joined('or', simplifyEach(filter.operands, typeName))
    case 'not': {
      const operand = simplifyForType(filter.operand, typeName)
      if (isConstant(operand)) return operand.kind === 'and' ? matchNone : matchAll
      return { kind: 'not', operand }
    }
    case 'present':
    case 'compare':
      return isTypeName(filter.path) ? constant(matches({ ...filter, path: [] }, typeName)) : filter
    default:
      return filter
  }
}

const simplifyEach = (operands: readonly BoundFilter[], typeName: string) =>
  operands.map(operand => simplifyForType(operand, typeName))

function joined(kind: 'and' | 'or', operands: readonly BoundFilter[]): BoundFilter {
  const constants = operands.filter(isConstant)
  // `matchNone` decides an `and`, and `matchAll` decides an `or`.
  if (constants.some(each => each.kind !== kind)) return kind === 'and' ? matchNone : matchAll
  const open = operands.filter(operand => !isConstant(operand))
  return open.length === 1 && open[0] ? open[0] : { kind, operands: open }
}

const constant = (result: boolean) => (result ? matchAll : matchNone)

const isTypeName = (path: AttributePath) => path.at(-1)?.typeName === true

/**
 * The search form of a resource: names as in the schema, texts folded if the attribute ignores case, dateTimes as
 * milliseconds since 1970, and without empty values, values that are never returned, and relations.
 */
export const toSearchForm = (type: ResourceType, resource: Resource): JsonObject =>
  objectToSearchForm(type.attributes, resource) ?? {}

/** The search form of one value of an attribute, for the filter in a PATCH path; undefined if it is empty. */
export function valueToSearchForm(attribute: Attribute, value: Json): Json | undefined {
  switch (attribute.type) {
    case 'complex':
      return isObject(value) ? objectToSearchForm(subAttributesOf(attribute), value) : undefined
    case 'string':
    case 'reference':
      return typeof value === 'string' && !attribute.caseExact ? fold(value) : scalar(value)
    case 'dateTime':
      return typeof value === 'string' ? parseDateTime(value) : undefined
    default:
      return scalar(value)
  }
}

const scalar = (value: Json): Json | undefined =>
  value === null || typeof value === 'object' ? undefined : value

function objectToSearchForm(attributes: readonly Attribute[], object: JsonObject): JsonObject | undefined {
  const visible: Record<string, Json> = {}
  let isEmpty = true
  for (const name of Object.keys(object)) {
    const attribute = findAttribute(attributes, name)
    if (!attribute || attribute.relation || attribute.returned === 'never') continue
    const seen = attributeToSearchForm(attribute, object[name] ?? null)
    if (seen === undefined) continue
    visible[attribute.name] = seen
    isEmpty = false
  }
  return isEmpty ? undefined : visible
}

export const attributeToSearchForm = (attribute: Attribute, value: Json): Json | undefined =>
  attribute.multiValued ? valuesToSearchForm(attribute, value) : valueToSearchForm(attribute, value)

function valuesToSearchForm(attribute: Attribute, value: Json): Json | undefined {
  const values: readonly Json[] = Array.isArray(value) ? value : [value]
  const seen: Json[] = []
  for (const each of values) {
    const form = valueToSearchForm(attribute, each)
    if (form !== undefined) seen.push(form)
  }
  return seen.length > 0 ? seen : undefined
}
