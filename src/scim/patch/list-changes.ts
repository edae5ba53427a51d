import type { Attribute } from '../attribute.ts'
import { checkNumberOfValues, isPrimary } from '../elements.ts'
import { isObject, type Json } from '../json.ts'
import type { Effort } from './effort.ts'
import { hasPrimary } from './elements-chosen.ts'

/**
 * Adds values to a list. One that is there already (the same `type` and `value`, RFC 7643 §2.4) takes on what
 * the added one says besides and keeps its place, so adding twice is adding once (RFC 7644 §3.5.2.1).
 */
export function withAdded(
  attribute: Attribute,
  list: readonly Json[],
  added: readonly Json[],
  { identity }: Effort,
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
      if (isObject(there) && isObject(element)) next[at] = { ...there, ...element, ...sameSpelling(there) }
    }
  }
  checkNumberOfValues(attribute, next.length, attribute.name)
  return onePrimary(attribute, list, next)
}

/** What made two values the same stays as it was written first. */
const sameSpelling = ({ type, value }: Readonly<Record<string, Json>>) => ({
  ...(type !== undefined && { type }),
  ...(value !== undefined && { value }),
})

/**
 * Takes listed values away. Clients list them as they know them, often by `value` alone; what a listed value
 * doesn't say needn't agree.
 */
export function withoutListed(
  attribute: Attribute,
  list: readonly Json[],
  listed: readonly Json[],
  { identity }: Effort,
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
export function onePrimary(
  attribute: Attribute,
  before: readonly Json[],
  after: readonly Json[],
): readonly Json[] {
  const primary = hasPrimary(attribute) ? after.filter(isPrimary) : []
  if (primary.length < 2) return after
  const known = new Set(before.filter(isPrimary))
  const chosen = primary.find(element => !known.has(element)) ?? primary[0]
  return after.map(element =>
    element !== chosen && isObject(element) && isPrimary(element) ? { ...element, primary: false } : element,
  )
}
