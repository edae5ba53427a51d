/** Calls listeners, none of which can fail the caller. */
export function createSubscriptions<Value>() {
  const listeners = new Set<(value: Value) => void>()
  return {
    /** Returns a function that unsubscribes the listener. */
    subscribe(listener: (value: Value) => void): () => void {
      // A listener that subscribes twice is called twice, and each subscription ends on its own.
      const subscription = (value: Value) => listener(value)
      listeners.add(subscription)
      return () => {
        listeners.delete(subscription)
      }
    },
    publish(value: Value): void {
      for (const listener of listeners) {
        try {
          listener(value)
        } catch {}
      }
    },
    count: (): number => listeners.size,
  }
}
