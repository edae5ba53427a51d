import type { Json, JsonObject } from '../json.ts'
import { isObject } from '../json.ts'
import type { TypeAtHand } from '../stage.ts'

/** What a server wants of every resource of a type besides what its schemas say; of `--with user.json`. */
export type Extra = {
  /** Name of a type, its schema, or undefined: by the `schemas` in it. */
  readonly type: string
  readonly body: JsonObject
}

/** Extras for a type, `{unique}` in their texts filled in. */
export const extrasFor = (
  type: TypeAtHand,
  extras: readonly Extra[],
  unique: () => string,
): readonly JsonObject[] =>
  extras
    .filter(extra => [type.name, type.schema].some(name => name.toLowerCase() === extra.type.toLowerCase()))
    .map(({ body: { schemas: _, ...body } }) => filledIn(body, unique) as JsonObject)

function filledIn(value: Json, unique: () => string): Json {
  if (typeof value === 'string') return value.replaceAll('{unique}', () => unique())
  if (Array.isArray(value)) return value.map(one => filledIn(one, unique))
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, filledIn(one, unique)]))
    : value
}
