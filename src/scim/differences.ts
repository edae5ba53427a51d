import { type Attribute, findAttribute, subAttributesOf } from './attribute.ts'
import { equals, printFilter } from './filter/syntax.ts'
import { isObject, type Json, type JsonObject, jsonEquals } from './json.ts'
import type { Resource } from './resource.ts'
import { type ResourceType, storedAttributes } from './resource-types.ts'
import { fold } from './text.ts'

type ElementPair = {
  readonly selector: string
  readonly named: readonly string[]
  readonly isNamedByValue: boolean
  readonly before?: Json
  readonly after?: Json
}

type IdentifiedElement = Pick<ElementPair, 'selector' | 'named' | 'isNamedByValue'> & {
  readonly key: string
  readonly element: Json
}

/** Undefined if some values cannot be distinguished by `type`, or by `type` and `value`. */
function pairElements(
  attribute: Attribute,
  before: Json | undefined,
  after: Json | undefined,
): readonly ElementPair[] | undefined {
  const lists = [listOf(before), listOf(after)]
  const ambiguous = ambiguousKeys(attribute, lists)
  const [earlier, later] = lists.map(list => list && identifyElements(attribute, list, ambiguous))
  if (!earlier || !later) return undefined
  const keys = new Set([...earlier.keys(), ...later.keys()])
  return [...keys].flatMap(key => pairElement(earlier.get(key), later.get(key)))
}

type AmbiguousKeys = { readonly types: ReadonlySet<string>; readonly values: ReadonlySet<string> }

function ambiguousKeys(attribute: Attribute, lists: readonly (readonly Json[] | undefined)[]): AmbiguousKeys {
  const typesIn = (list: readonly Json[]) =>
    list.flatMap(element => partOf(attribute, element, 'type')?.[2] ?? [])
  const typed = lists
    .flat()
    .flatMap(element => (element !== undefined && partOf(attribute, element, 'type') ? [element] : []))
  return {
    types: new Set(lists.flatMap(list => (list ? duplicates(typesIn(list)) : []))),
    values: new Set(typed.flatMap(element => partOf(attribute, element, 'value')?.[2] ?? [])),
  }
}

function pairElement(
  earlier: IdentifiedElement | undefined,
  later: IdentifiedElement | undefined,
): readonly ElementPair[] {
  const known = earlier ?? later
  if (!known) return []
  const { selector, named, isNamedByValue } = known
  return [
    {
      ...{ selector, named, isNamedByValue },
      ...(earlier && { before: earlier.element }),
      ...(later && { after: later.element }),
    },
  ]
}

const listOf = (value: Json | undefined): readonly Json[] | undefined => {
  if (value === undefined) return []
  return Array.isArray(value) ? value : undefined
}

const duplicates = (keys: readonly string[]) => keys.filter((key, at) => keys.indexOf(key) !== at)

/** Maps keys to elements; undefined if two elements have the same key, or one has none. */
function identifyElements(
  attribute: Attribute,
  list: readonly Json[],
  ambiguous: AmbiguousKeys,
): ReadonlyMap<string, IdentifiedElement> | undefined {
  const selected = list.flatMap(element => identifyElement(attribute, element, ambiguous) ?? [])
  const byKey = new Map(selected.map(one => [one.key, one]))
  return byKey.size === list.length ? byKey : undefined
}

function identifyElement(
  attribute: Attribute,
  element: Json,
  ambiguous: AmbiguousKeys,
): IdentifiedElement | undefined {
  if (isComparable(element)) {
    return identifiedBy(element, [['value', element, comparisonKey(attribute, element)]])
  }
  const type = partOf(attribute, element, 'type')
  const value = partOf(attribute, element, 'value')
  if (type) {
    if (!ambiguous.types.has(type[2])) return identifiedBy(element, [type])
    return value && identifiedBy(element, [type, value])
  }
  return value && !ambiguous.values.has(value[2]) ? identifiedBy(element, [value]) : undefined
}

function partOf(attribute: Attribute, element: Json, name: string): Condition | undefined {
  const sub = findAttribute(subAttributesOf(attribute), name)
  const value = isObject(element) && Object.hasOwn(element, name) ? element[name] : undefined
  return sub && isComparable(value) ? [name, value, comparisonKey(sub, value)] : undefined
}

type Condition = readonly [name: string, value: Comparable, key: string]

const identifiedBy = (element: Json, conditions: readonly Condition[]): IdentifiedElement => ({
  selector: `[${printFilter({
    op: 'and',
    filters: conditions.map(([name, value]) => equals(name, value)),
  })}]`,
  named: conditions.map(([name]) => name),
  isNamedByValue: conditions.some(([name]) => name === 'value'),
  key: JSON.stringify(conditions.map(([name, , key]) => [name, key])),
  element,
})

type Comparable = string | number | boolean

const isComparable = (value: Json | undefined): value is Comparable =>
  value !== undefined && value !== null && typeof value !== 'object'

const comparisonKey = ({ caseExact }: Attribute, value: Comparable): string =>
  JSON.stringify(typeof value === 'string' && !caseExact ? fold(value) : value)

export type Difference = {
  /** A PATCH path: `name.givenName`, `emails[type eq "work"].value`, `urn:…:User:department`. */
  readonly path: string
  readonly kind: 'added' | 'removed' | 'changed'
  /** Absent if the value was added. */
  readonly before?: Json
  /** Absent if the value was removed. */
  readonly after?: Json
}

/**
 * The differences between two states of a resource, in the order of its attributes; empty if both are equal as JSON.
 * Without an earlier state everything was added; without a later state everything was removed. Sub-attributes of complex
 * attributes are compared one by one, and values of lists are identified by a filter. If no filter distinguishes the
 * values of a list, or if only their order changed, the whole list is one difference. So is an attribute that no schema
 * defines.
 */
export const differencesBetween = (
  type: Pick<ResourceType, 'attributes' | 'nonScim'>,
  before: Resource | undefined,
  after: Resource | undefined,
): readonly Difference[] => differencesInObject(storedAttributes(type), '', before ?? {}, after ?? {})

function differencesInObject(
  attributes: readonly Attribute[],
  prefix: string,
  before: JsonObject,
  after: JsonObject,
): readonly Difference[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].flatMap(name =>
    differencesInAttribute(
      findAttribute(attributes, name),
      prefix + name,
      valueAt(before, name),
      valueAt(after, name),
    ),
  )
}

// A client may send an attribute named "constructor".
const valueAt = (object: JsonObject, name: string): Json | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined

function differencesInAttribute(
  attribute: Attribute | undefined,
  path: string,
  before: Json | undefined,
  after: Json | undefined,
): readonly Difference[] {
  if (jsonEquals(before, after)) return []
  const parts = attribute && differencesInParts(attribute, path, before, after)
  return parts && parts.length > 0 ? parts : [difference(path, before, after)]
}

function differencesInParts(
  attribute: Attribute,
  path: string,
  before: Json | undefined,
  after: Json | undefined,
): readonly Difference[] | undefined {
  if (!attribute.multiValued) return differencesInComplex(attribute, path, before, after)
  const pairs = pairElements(attribute, before, after)
  return pairs?.flatMap(pair => differencesInElement(attribute, path + pair.selector, pair))
}

function differencesInComplex(
  attribute: Attribute,
  path: string,
  before: Json | undefined,
  after: Json | undefined,
): readonly Difference[] | undefined {
  if (!isAssigned(before) || !isAssigned(after)) return undefined
  const prefix = `${path}${attribute.extension ? ':' : '.'}`
  return differencesInObject(subAttributesOf(attribute), prefix, before ?? {}, after ?? {})
}

/** An empty object differs from an absent one, but has no sub-attribute that would show the difference. */
const isAssigned = (value: Json | undefined): value is JsonObject | undefined =>
  value === undefined || (isObject(value) && Object.keys(value).length > 0)

/**
 * An added or removed value is shown by its sub-attributes, without those in the filter. If it has no others, or if the
 * filter contains its `value`, it is shown as a whole, because the paths of its sub-attributes would not be enough.
 */
function differencesInElement(
  attribute: Attribute,
  path: string,
  { before, after, named, isNamedByValue }: ElementPair,
): readonly Difference[] {
  if (jsonEquals(before, after)) return []
  const asOne = [difference(path, before, after)]
  const inParts = (earlier: JsonObject, later: JsonObject) =>
    differencesInObject(subAttributesOf(attribute), `${path}.`, earlier, later)
  if (isNamedByValue) return isObject(before) && isObject(after) ? inParts(before, after) : asOne
  const [earlier, later] = [before, after].map(element => element && withoutNamedParts(element, named))
  if (!isAssigned(earlier) || !isAssigned(later)) return asOne
  return isObject(before) && isObject(after) ? inParts(before, after) : inParts(earlier ?? {}, later ?? {})
}

const withoutNamedParts = (element: Json, named: readonly string[]): Json =>
  isObject(element)
    ? Object.fromEntries(Object.entries(element).filter(([name]) => !named.includes(name)))
    : element

const difference = (path: string, before: Json | undefined, after: Json | undefined): Difference => {
  if (before === undefined) return { path, kind: 'added', after: after ?? null }
  if (after === undefined) return { path, kind: 'removed', before }
  return { path, kind: 'changed', before, after }
}
