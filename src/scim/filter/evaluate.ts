import { type Attribute, type AttributePath, findAttribute, subAttributesOf } from '../attribute.ts'
import { isObject, isUnassigned, type Json, type JsonObject } from '../json.ts'
import type { Resource } from '../resource.ts'
import type { ResourceType } from '../resource-types.ts'
import { parseDateTime } from '../simple-value.ts'
import { compareCodePoints, fold } from '../text.ts'
import { type BoundFilter, type CompareOperator, isConstant, matchAll, matchNone } from './bound-filter.ts'

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
function someValue(
  value: Json | undefined,
  path: AttributePath,
  holds: (value: Json | undefined) => boolean,
  at = 0,
): boolean {
  const attribute = path[at]
  if (!attribute) return holds(value)
  const next = memberOf(value, attribute.name)
  if (isUnassigned(next)) return someValue(undefined, path, holds, at + 1)
  return Array.isArray(next)
    ? next.some((each: Json) => someValue(each, path, holds, at + 1))
    : someValue(next, path, holds, at + 1)
}

const memberOf = (value: Json | undefined, name: string): Json | undefined =>
  isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined

function isNotEmpty(value: Json | undefined): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).some(isNotEmpty)
  return value !== undefined && value !== null && value !== ''
}

function compareValues(actual: Json | undefined, operator: CompareOperator, wanted: Json): boolean {
  if (wanted === null) return (actual === undefined) === (operator === 'eq')
  if (actual === undefined) return operator === 'ne'
  switch (operator) {
    case 'eq':
      return actual === wanted
    case 'ne':
      return actual !== wanted
    case 'gt':
      return compareOrder(actual, wanted) > 0
    case 'ge':
      return compareOrder(actual, wanted) >= 0
    case 'lt':
      return compareOrder(actual, wanted) < 0
    case 'le':
      return compareOrder(actual, wanted) <= 0
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
function compareOrder(one: Json, other: Json): number {
  if (typeof one === 'string' && typeof other === 'string') return compareCodePoints(one, other)
  return typeof one === 'number' && typeof other === 'number' ? one - other : Number.NaN
}

/**
 * The same filter for resources of one type, without what the type alone decides: nobody looks through all users for
 * `meta.resourceType eq "Group"`. A filter that is wholly decided becomes `always` or `never`.
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
  // `never` among those of an `and`, or `always` among those of an `or`, decides it.
  if (constants.some(each => each.kind !== kind)) return kind === 'and' ? matchNone : matchAll
  const open = operands.filter(operand => !isConstant(operand))
  return open.length === 1 && open[0] ? open[0] : { kind, operands: open }
}

const constant = (holds: boolean) => (holds ? matchAll : matchNone)

const isTypeName = (path: AttributePath) => path.at(-1)?.typeName === true

/**
 * A resource as filters see it: names as in the schema, texts folded where case doesn't matter, dateTimes as
 * milliseconds since 1970. What is empty, what no client may see and what is kept as rows is left out.
 */
export const toSearchForm = (type: ResourceType, resource: Resource): JsonObject =>
  objectToSearchForm(type.attributes, resource) ?? {}

/** One value of an attribute as the filter in a PATCH path sees it; undefined when there is nothing to see. */
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
  for (const [name, value] of Object.entries(object)) {
    const attribute = findAttribute(attributes, name)
    if (!attribute || attribute.relation || attribute.returned === 'never') continue
    const seen = attributeToSearchForm(attribute, value)
    if (seen === undefined) continue
    visible[attribute.name] = seen
    isEmpty = false
  }
  return isEmpty ? undefined : visible
}

/** What a filter sees of an attribute; of one with many values, a list. */
export const attributeToSearchForm = (attribute: Attribute, value: Json): Json | undefined =>
  attribute.multiValued ? valuesToSearchForm(attribute, value) : valueToSearchForm(attribute, value)

function valuesToSearchForm(attribute: Attribute, value: Json): Json | undefined {
  const values: readonly Json[] = Array.isArray(value) ? value : [value]
  const seen = values.flatMap(each => valueToSearchForm(attribute, each) ?? [])
  return seen.length > 0 ? seen : undefined
}
