/**
 * Computes a function's result once per object and keeps it as long as the object exists. Used for properties of resource
 * types and profiles: there are few of them, and every request needs them.
 */
export function memoize<Key extends object, Value extends NonNullable<unknown>>(
  compute: (key: Key) => Value,
): (key: Key) => Value {
  const known = new WeakMap<Key, Value>()
  return key => {
    const found = known.get(key)
    if (found !== undefined) return found
    const value = compute(key)
    known.set(key, value)
    return value
  }
}
