import { isObject, isUnassigned, type Json, type JsonObject } from '../scim/json.ts'
import type { TargetPath } from './target-path.ts'

/** What a resource, as the target answered it, holds at a target attribute; names are read whatever their case. */
export function currentValues(resource: JsonObject, target: TargetPath): readonly Json[] {
  const { extension, attribute, filter, sub } = target
  const container = extension === undefined ? resource : memberOf(resource, extension)
  const value = memberOf(container, attribute)
  const held = filter ? elementsOf(value).filter(element => satisfies(element, filter)) : [value]
  return (sub === undefined ? held : held.flatMap(elementsOf).map(element => memberOf(element, sub))).filter(
    (each): each is Json => each !== undefined && each !== '' && !isUnassigned(each),
  )
}

/** The elements of a list, and of what should be one. */
export const elementsOf = (value: Json | undefined): readonly Json[] => {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value as Json]
}

export function memberOf(value: Json | undefined, name: string): Json | undefined {
  if (!isObject(value)) return undefined
  if (Object.hasOwn(value, name)) return value[name]
  const lower = name.toLowerCase()
  return Object.entries(value).find(([known]) => known.toLowerCase() === lower)?.[1]
}

/** Types have no case; `primary` is a boolean that Entra compares with "True". */
const satisfies = (element: Json, { attribute, value }: NonNullable<TargetPath['filter']>): boolean =>
  String(memberOf(element, attribute) ?? '').toLowerCase() === value.toLowerCase()
