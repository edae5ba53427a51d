import { type Attribute, findAttribute, subAttributesOf } from './attribute.ts'
import { errors } from './error.ts'
import { isObject, type Json, type JsonObject } from './json.ts'
import { fold } from './text.ts'

/**
 * RFC 7643 §4.1.2 sets no limit, but each change of a list walks the whole of it, and a PATCH may have a thousand
 * changes. Nobody has a thousand email addresses. Relations (members) are rows and may be any number.
 */
export const mostValues = 1000

export function checkNumberOfValues({ relation }: Attribute, count: number, at: string): void {
  if (relation || count <= mostValues) return
  throw errors.invalidValue(`${at} would have ${count} values. At most ${mostValues} are kept.`)
}

/**
 * RFC 7643 §2.4: the same `type` and `value` aren't returned twice, so equal elements become one; the first
 * keeps its place, and what only a later one says is added to it. At most one element may be primary.
 */
export function distinctElements(
  attribute: Attribute,
  elements: readonly Json[],
  at: string,
): readonly Json[] {
  const distinct = elements.length === 1 ? elements : foldEqual(attribute, elements)
  if (distinct.filter(isPrimary).length > 1) {
    throw errors.invalidValue(
      `${at} has more than one value with "primary": true. Only one value may be the primary one.`,
    )
  }
  return distinct
}

export const isPrimary = (element: Json): boolean => isObject(element) && element.primary === true

function foldEqual(attribute: Attribute, elements: readonly Json[]): readonly Json[] {
  const distinct = new Map<string, Json>()
  for (const element of elements) {
    const identity = identityOf(attribute, element)
    const earlier = distinct.get(identity)
    distinct.set(
      identity,
      isObject(earlier) && isObject(element)
        ? { ...earlier, ...newIn(element, earlier) }
        : (earlier ?? element),
    )
  }
  return [...distinct.values()]
}

const newIn = (element: JsonObject, earlier: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(element).filter(([name]) => !Object.hasOwn(earlier, name)))

/**
 * Two elements with the same text are one. Elements without a `value` (addresses) are the same only when they
 * are wholly equal.
 */
export function identityOf(attribute: Attribute, element: Json): string {
  if (!isObject(element)) return JSON.stringify(comparable(attribute, element))
  if (element.value === undefined) return JSON.stringify(Object.entries(element).sort(byName))
  const part = (name: string) => {
    const sub = findAttribute(subAttributesOf(attribute), name)
    return sub ? comparable(sub, element[name] ?? null) : null
  }
  return JSON.stringify({ type: part('type'), value: part('value') })
}

const comparable = ({ caseExact }: Attribute, value: Json): Json =>
  typeof value === 'string' && !caseExact ? fold(value) : value

const byName = ([one]: [string, Json], [other]: [string, Json]) => (one < other ? -1 : 1)
