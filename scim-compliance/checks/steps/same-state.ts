import { isDeepStrictEqual } from 'node:util'
import { isObject, type Json, type JsonObject } from '../../scim.ts'
import { isUnassigned } from './attributes.ts'

/**
 * Whether two representations are of the same state: an omitted value, null and an empty list are equal (RFC 7643 §2.5), and
 * the values of a multi-valued attribute have no order (§2.4).
 */
export const isSameState = (one: Json | undefined, other: Json | undefined): boolean =>
  isDeepStrictEqual(canonical(one), canonical(other))

function canonical(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return value.map(one => canonical(one) ?? null).toSorted(byText)
  return isObject(value) ? assigned(value) : value
}

const byText = (one: Json, other: Json): number => {
  const [first, second] = [JSON.stringify(one), JSON.stringify(other)]
  return first < second ? -1 : Number(first > second)
}

const assigned = (object: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(object)
      .filter(([, value]) => !isUnassigned(value))
      .map(([name, value]) => [name, canonical(value) ?? null] as const)
      .toSorted(([one], [other]) => byText(one, other)),
  )
