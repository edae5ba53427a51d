/**
 * The same function, which works each object's answer out once and keeps it as long as the object lives: types and
 * profiles are few, and every request asks about them.
 */
export function memoize<Key extends object, Value extends NonNullable<unknown>>(
  workOut: (key: Key) => Value,
): (key: Key) => Value {
  const known = new WeakMap<Key, Value>()
  return key => {
    const found = known.get(key)
    if (found !== undefined) return found
    const value = workOut(key)
    known.set(key, value)
    return value
  }
}
