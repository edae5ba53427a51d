import { isObject, type JsonObject } from '../../json.ts'
import type { AttributeAtHand, TypeAtHand } from '../../stage.ts'

/** Of a body, what the schemas of its type require, and no more: neither what helps nor what was found out. */
export function requiredOf({ attributes, extensions }: TypeAtHand, body: JsonObject): JsonObject {
  const extended = extensions.flatMap(({ schema, required, attributes }) => {
    const value = body[schema]
    if (!required || !isObject(value)) return []
    const least = only(attributes, value)
    return [[schema, Object.keys(least).length > 0 ? least : value] as const]
  })
  const { schemas = [] } = body
  return { schemas, ...only(attributes, body), ...Object.fromEntries(extended) }
}

const only = (attributes: readonly AttributeAtHand[], body: JsonObject): JsonObject => {
  const names = new Set(attributes.filter(({ required }) => required).map(({ name }) => name.toLowerCase()))
  return Object.fromEntries(Object.entries(body).filter(([name]) => names.has(name.toLowerCase())))
}
