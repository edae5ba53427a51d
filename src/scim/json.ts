/** The values that JSON.parse returns and JSON.stringify accepts. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export type JsonObject = { readonly [name: string]: Json }

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A value that its holder doesn't change. */
export type Immutable<Value> = Value extends readonly (infer Element)[]
  ? readonly Immutable<Element>[]
  : Value extends object
    ? { readonly [Name in keyof Value]: Immutable<Value[Name]> }
    : Value

/** The members, with those that may be undefined optional instead. */
type Compact<Members> = Members extends unknown
  ? { [Name in keyof Members as undefined extends Members[Name] ? never : Name]: Members[Name] } & {
      [Name in keyof Members as undefined extends Members[Name] ? Name : never]?: Exclude<
        Members[Name],
        undefined
      >
    }
  : never

/**
 * Omits the members whose value is undefined. Code that runs for every SCIM request spreads `x !== undefined && { x }`
 * instead, which takes a third of the time.
 */
export function compact<Members extends object>(members: Members): Compact<Members> {
  const defined: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(members)) {
    if (value !== undefined) defined[name] = value
  }
  return defined as Compact<Members>
}

/** Whether a value has at most so many levels of objects and arrays. Code that walks a deeper one may exceed the stack. */
export const isShallow = (value: unknown, depth: number): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (depth > 0 && Object.values(value).every(member => isShallow(member, depth - 1)))

/** RFC 7643 §2.5: an absent attribute, null and an empty array are equivalent. */
export const isUnassigned = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0)

/** Whether two values are equal as JSON: the order matters in arrays, but not in objects. */
export function jsonEquals(one: Json | undefined, other: Json | undefined): boolean {
  if (one === other) return true
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((value, at) => jsonEquals(value, other[at]))
  }
  if (!isObject(one) || !isObject(other)) return false
  const names = Object.keys(one)
  return (
    names.length === Object.keys(other).length &&
    names.every(name => Object.hasOwn(other, name) && jsonEquals(one[name], other[name]))
  )
}
