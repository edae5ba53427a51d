import { type Attribute, findAttribute, subAttributesOf } from '../attribute.ts'
import { errors, excerpt } from '../error.ts'
import { type BoundFilter, comparedPaths } from '../filter/bound-filter.ts'
import { attributeToSearchForm, matches, valueToSearchForm } from '../filter/evaluate.ts'
import { isObject, type Json, type JsonObject } from '../json.ts'
import { checkValueCount, isPrimary } from '../read-value.ts'
import { toCanonicalValue } from '../simple-value.ts'
import { fold } from '../text.ts'
import type { PatchTarget } from './operation.ts'
import { inspectionCost, type WorkBudget } from './work-budget.ts'

/** Whether the filter of a path chooses a value of the attribute; a path without one chooses every value. */
export function elementMatcher(
  attribute: Attribute,
  where: BoundFilter | undefined,
  budget: WorkBudget,
): (element: Json) => boolean {
  if (where === undefined) {
    return () => {
      budget.spend(1)
      return true
    }
  }
  const tests = comparedPaths(where)
  const named = [...new Set(tests.flatMap(([sub]) => sub ?? []))]
  return element => {
    const [visible, looks] = filterableForm(attribute, named, element, budget)
    budget.spend(tests.length * looks)
    return matches(where, visible)
  }
}

/** Of a value only what a filter asks for, as `searchableValue` has it, and how many looks a test of it takes. */
function filterableForm(
  attribute: Attribute,
  named: readonly Attribute[],
  element: Json,
  budget: WorkBudget,
): readonly [visible: Json, looks: number] {
  if (attribute.type !== 'complex')
    return [searchFormOf(attribute, element, budget) ?? null, inspectionCost(element)]
  if (!isObject(element)) return [null, 1]
  const visible: Record<string, Json> = {}
  let looks = 1
  for (const sub of named) {
    const value = Object.hasOwn(element, sub.name) ? element[sub.name] : undefined
    if (value === undefined) continue
    const form = sub.multiValued ? attributeToSearchForm(sub, value) : searchFormOf(sub, value, budget)
    looks += inspectionCost(value) - 1
    if (form !== undefined) visible[sub.name] = form
  }
  return [visible, looks]
}

const searchFormOf = (attribute: Attribute, value: Json, { searchForm }: WorkBudget) =>
  typeof value === 'string' ? searchForm(attribute, value) : valueToSearchForm(attribute, value)

/**
 * The value that the filter of a path describes: `{ type: 'work' }` for `emails[type eq "work"]`. Entra writes
 * to such a path when there is no such value yet, and expects that it is made. Only `eq`, joined by `and`, says
 * what a value is to be; with any other filter there is nothing to be made.
 */
export function elementFromFilter({ where, text, path }: PatchTarget): JsonObject {
  const described = where === undefined ? {} : equalityConditions(where, path.at(-1), text)
  if (described) return described
  throw errors.noTarget(`No value matches the filter in "${excerpt(text)}".`)
}

function equalityConditions(
  where: BoundFilter,
  attribute: Attribute | undefined,
  text: string,
): JsonObject | undefined {
  if (where.kind === 'and') {
    const parts = where.operands.map(operand => equalityConditions(operand, attribute, text))
    return parts.every(part => part !== undefined) ? Object.assign({}, ...parts) : undefined
  }
  if (where.kind !== 'compare' || where.operator !== 'eq' || where.value === null) return undefined
  const [sub, ...below] = where.path
  if (!attribute || !sub || below.length > 0 || sub.type === 'dateTime') return undefined
  const { value } = where
  return {
    [sub.name]: typeof value === 'string' ? toCanonicalValue(sub, originalSpelling(text, value)) : value,
  }
}

/** The filter's texts are folded for comparison; the value to be made is spelt as the client wrote it. */
function originalSpelling(path: string, folded: string): string {
  for (const [quoted] of path.matchAll(/"(?:[^"\\]|\\.)*"/g)) {
    const text: unknown = JSON.parse(quoted)
    if (typeof text === 'string' && fold(text) === fold(folded)) return text
  }
  return folded
}

/** Whether a value still says something: `type`, `primary` and `display` alone only speak about a value. */
export const hasContent = (attribute: Attribute, element: JsonObject): boolean =>
  subAttributesOf(attribute).some(
    ({ name }) => !labelSubAttributes.includes(name) && element[name] !== undefined,
  )

const labelSubAttributes: readonly string[] = ['type', 'primary', 'display']

/** Whether the values of an attribute can be the primary one (RFC 7643 §2.4). */
export const supportsPrimary = (attribute: Attribute): boolean =>
  findAttribute(subAttributesOf(attribute), 'primary')?.type === 'boolean'

/**
 * Adds values to a list. One that is there already (the same `type` and `value`, RFC 7643 §2.4) takes on what
 * the added one says besides and keeps its place, so adding twice is adding once (RFC 7644 §3.5.2.1).
 */
export function addElements(
  attribute: Attribute,
  list: readonly Json[],
  added: readonly Json[],
  { identity }: WorkBudget,
): readonly Json[] {
  const places = new Map(list.map((element, at) => [identity(attribute, element), at]))
  const next = [...list]
  for (const element of added) {
    const same = identity(attribute, element)
    const at = places.get(same)
    if (at === undefined) {
      places.set(same, next.length)
      next.push(element)
    } else {
      const there = next[at]
      if (isObject(there) && isObject(element)) next[at] = { ...there, ...element, ...keepSpelling(there) }
    }
  }
  checkValueCount(attribute, next.length, attribute.name)
  return keepOnePrimary(attribute, list, next)
}

/** What made two values the same stays as it was written first. */
const keepSpelling = ({ type, value }: Readonly<Record<string, Json>>) => ({
  ...(type !== undefined && { type }),
  ...(value !== undefined && { value }),
})

/**
 * Takes listed values away. Clients list them as they know them, often by `value` alone; what a listed value
 * doesn't say needn't agree.
 */
export function removeElements(
  attribute: Attribute,
  list: readonly Json[],
  listed: readonly Json[],
  { identity }: WorkBudget,
): readonly Json[] {
  // By the names that they state, for there are few such sets, while lists can be long on both sides.
  const identities = new Map<string, { names: readonly string[]; known: Set<string> }>()
  for (const one of listed) {
    const names = isObject(one) ? Object.keys(one).sort() : []
    const alike = identities.get(names.join()) ?? { names, known: new Set() }
    identities.set(names.join(), alike)
    alike.known.add(identity(attribute, one))
  }
  const groups = [...identities.values()]
  return list.filter(
    element => !groups.some(({ names, known }) => known.has(identity(attribute, element, names))),
  )
}

/** RFC 7644 §3.5.2: when an operation makes a value the primary one, the others are so no longer. */
export function keepOnePrimary(
  attribute: Attribute,
  before: readonly Json[],
  after: readonly Json[],
): readonly Json[] {
  const primary = supportsPrimary(attribute) ? after.filter(isPrimary) : []
  if (primary.length < 2) return after
  const known = new Set(before.filter(isPrimary))
  const chosen = primary.find(element => !known.has(element)) ?? primary[0]
  return after.map(element =>
    element !== chosen && isObject(element) && isPrimary(element) ? { ...element, primary: false } : element,
  )
}
