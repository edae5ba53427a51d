import { type Attribute, findAttribute, subAttributesOf } from './attribute.ts'
import { type Pair, pairElements } from './element-pairs.ts'
import { isObject, type Json, type JsonObject, sameJson } from './json.ts'
import type { Resource } from './resource.ts'
import type { ResourceType } from './resource-types.ts'

/** What is different at one place of a resource. */
export type Difference = {
  /** As PATCH would name it: `name.givenName`, `emails[type eq "work"].value`, `urn:…:User:department`. */
  readonly path: string
  readonly kind: 'added' | 'removed' | 'changed'
  /** Absent for what was added. */
  readonly before?: Json
  /** Absent for what was removed. */
  readonly after?: Json
}

/**
 * What makes the later state of a resource different from the earlier one, in the order of its attributes; nothing
 * when both are equal as JSON. Without an earlier state everything was added, without a later one removed. Parts of
 * complex attributes are told one by one, values of lists by what a filter knows them by; where no filter tells
 * the values of a list apart, and where only their order changed, the whole list is one difference. Attributes that
 * the tables don't have are told as a whole.
 */
export const differencesBetween = (
  { attributes }: Pick<ResourceType, 'attributes'>,
  before: Resource | undefined,
  after: Resource | undefined,
): readonly Difference[] => inObject(attributes, '', before ?? {}, after ?? {})

/** `prefix` is what a path has before the name of one of the attributes. */
function inObject(
  attributes: readonly Attribute[],
  prefix: string,
  before: JsonObject,
  after: JsonObject,
): readonly Difference[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].flatMap(name =>
    inAttribute(findAttribute(attributes, name), prefix + name, valueAt(before, name), valueAt(after, name)),
  )
}

// A client may call an attribute "constructor".
const valueAt = (object: JsonObject, name: string): Json | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined

function inAttribute(
  attribute: Attribute | undefined,
  path: string,
  before: Json | undefined,
  after: Json | undefined,
): readonly Difference[] {
  if (sameJson(before, after)) return []
  const parts = attribute && partsOf(attribute, path, before, after)
  return parts && parts.length > 0 ? parts : [difference(path, before, after)]
}

/** Undefined, or nothing, where the parts don't tell the whole difference. */
function partsOf(
  attribute: Attribute,
  path: string,
  before: Json | undefined,
  after: Json | undefined,
): readonly Difference[] | undefined {
  if (!attribute.multiValued) return inComplex(attribute, path, before, after)
  const pairs = pairElements(attribute, before, after)
  return pairs?.flatMap(pair => inElement(attribute, path + pair.selector, pair))
}

function inComplex(
  attribute: Attribute,
  path: string,
  before: Json | undefined,
  after: Json | undefined,
): readonly Difference[] | undefined {
  if (!isAssigned(before) || !isAssigned(after)) return undefined
  const prefix = `${path}${attribute.extension ? ':' : '.'}`
  return inObject(subAttributesOf(attribute), prefix, before ?? {}, after ?? {})
}

/** An empty object isn't the same as none, and none of its parts would tell so. */
const isAssigned = (value: Json | undefined): value is JsonObject | undefined =>
  value === undefined || (isObject(value) && Object.keys(value).length > 0)

/**
 * A value that comes or goes is told by its parts, without those that the filter names. Where these are all that it
 * has, or where the filter names its `value`, it is told as a whole: the paths of parts alone would say too little.
 */
function inElement(
  attribute: Attribute,
  path: string,
  { before, after, named, isNamedByValue }: Pair,
): readonly Difference[] {
  if (sameJson(before, after)) return []
  const whole = [difference(path, before, after)]
  const inParts = (earlier: JsonObject, later: JsonObject) =>
    inObject(subAttributesOf(attribute), `${path}.`, earlier, later)
  if (isNamedByValue) return isObject(before) && isObject(after) ? inParts(before, after) : whole
  const [earlier, later] = [before, after].map(element => element && withoutNamed(element, named))
  if (!isAssigned(earlier) || !isAssigned(later)) return whole
  return isObject(before) && isObject(after) ? inParts(before, after) : inParts(earlier ?? {}, later ?? {})
}

const withoutNamed = (element: Json, named: readonly string[]): Json =>
  isObject(element)
    ? Object.fromEntries(Object.entries(element).filter(([name]) => !named.includes(name)))
    : element

const difference = (path: string, before: Json | undefined, after: Json | undefined): Difference => {
  if (before === undefined) return { path, kind: 'added', after: after ?? null }
  if (after === undefined) return { path, kind: 'removed', before }
  return { path, kind: 'changed', before, after }
}
