import { isObject, isUnassigned, type Json } from '../../scim/json.ts'

/**
 * Where what was found lacks something of what was expected, or undefined. Of objects only the named members count,
 * of lists each expected element has to be there; null stands for nothing.
 */
export function missing(expected: Json, found: Json | undefined, place = ''): string | undefined {
  if (isUnassigned(expected) || expected === '')
    return isUnassigned(found) || found === '' ? undefined : says(place, 'nothing', found)
  if (Array.isArray(expected)) {
    if (!Array.isArray(found)) return says(place, JSON.stringify(expected), found)
    const lost = expected.find(each => !found.some(one => missing(each, one) === undefined))
    return lost === undefined ? undefined : says(place, `one like ${JSON.stringify(lost)}`, found)
  }
  if (isObject(expected)) {
    if (!isObject(found)) return says(place, JSON.stringify(expected), found)
    for (const [name, value] of Object.entries(expected)) {
      const lack = missing(value, memberOf(found, name), place === '' ? name : `${place}.${name}`)
      if (lack !== undefined) return lack
    }
    return undefined
  }
  return expected === found ? undefined : says(place, JSON.stringify(expected), found)
}

/** Names of attributes in any letter case (RFC 7643 §2.1). */
const memberOf = (object: { readonly [name: string]: Json }, name: string) =>
  Object.entries(object).find(([known]) => known.toLowerCase() === name.toLowerCase())?.[1]

const says = (place: string, expected: string, found: Json | undefined) =>
  `${place === '' ? '' : `${place}: `}expected ${expected}, found ${found === undefined ? 'nothing' : JSON.stringify(found)}`
