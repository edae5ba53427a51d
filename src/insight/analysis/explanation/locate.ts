import { pathText, resolveAttribute, withoutFilter } from '../../../scim/attribute.ts'
import { isObject, type Json } from '../../../scim/json.ts'
import type { ResourceType } from '../../../scim/resource-types.ts'

type LocatedValue = {
  /** A JSON pointer (RFC 6901): `/Operations/0/value`. */
  readonly pointer: string
  readonly value: Json
}

/** `path` is as `pathText` writes it. Filters in the path of a PATCH operation are ignored. */
export function locateAttribute(type: ResourceType, body: Json, path: string): readonly LocatedValue[] {
  const wanted = path.toLowerCase()
  const operations = memberOf(body, 'operations')
  if (!operations || !Array.isArray(operations.value)) return valuesBelow(type, body, '', '', wanted)
  return operations.value.flatMap((operation, index) => {
    const value = memberOf(operation, 'value')
    const target = memberOf(operation, 'path')?.value
    if (!value) return []
    const above = typeof target === 'string' ? nameBelow(type, '', withoutFilter(target)) : ''
    return valuesBelow(type, value.value, above, `/${operations.name}/${index}/${value.name}`, wanted)
  })
}

/** The member of an object, by its name in lower case. Names are case insensitive (RFC 7643 §2.1). */
function memberOf(
  object: Json,
  lowerCase: string,
): { readonly name: string; readonly value: Json } | undefined {
  if (!isObject(object)) return undefined
  const found = Object.entries(object).find(([name]) => name.toLowerCase() === lowerCase)
  return found?.[1] === undefined ? undefined : { name: found[0], value: found[1] }
}

function valuesBelow(
  type: ResourceType,
  value: Json,
  path: string,
  pointer: string,
  wanted: string,
): readonly LocatedValue[] {
  if (path.toLowerCase() === wanted) return [{ pointer, value }]
  if (Array.isArray(value))
    return value.flatMap((item, index) => valuesBelow(type, item, path, `${pointer}/${index}`, wanted))
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([name, below]) =>
    below === undefined
      ? []
      : valuesBelow(type, below, nameBelow(type, path, name), `${pointer}/${escapeToken(name)}`, wanted),
  )
}

function nameBelow(type: ResourceType, above: string, name: string): string {
  if (above === '') {
    const path = resolveAttribute(type, name)
    return path ? pathText(path) : name
  }
  const isExtension = resolveAttribute(type, above)?.at(-1)?.extension === true
  return `${above}${isExtension ? ':' : '.'}${name}`
}

/** RFC 6901 §3. */
const escapeToken = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')
