/** Makes a value for a text once, and forgets the one that was asked for longest ago. */
export function keepRecent<Value>(most: number, make: (text: string) => Value): (text: string) => Value {
  const kept = new Map<string, Value>()
  return text => {
    const value = kept.get(text) ?? make(text)
    kept.delete(text)
    kept.set(text, value)
    const [oldest] = kept.keys()
    if (kept.size > most && oldest !== undefined) kept.delete(oldest)
    return value
  }
}
