/** Milliseconds of work before other work is served. */
export const sliceMilliseconds = 5

/** Resolves when the caller may do one slice of synchronous work. Rejects with the signal's reason. */
type NextSlice = (signal?: AbortSignal) => Promise<void>

/**
 * Grants one slice of work in each turn of the event loop, in the order in which they are requested: requests are
 * served in between, however many searches and exports are under way.
 */
export function createSliceScheduler(): NextSlice {
  const waiting = new Set<() => void>()
  let isTaken = false

  const grantNext = () => {
    const [next] = waiting
    isTaken = next !== undefined
    if (next === undefined) return
    setImmediate(grantNext)
    waiting.delete(next)
    next()
  }

  return async signal => {
    signal?.throwIfAborted()
    if (isTaken) {
      await new Promise<void>((resolve, reject) => {
        const enter = () => {
          signal?.removeEventListener('abort', leave)
          resolve()
        }
        const leave = () => {
          waiting.delete(enter)
          reject(signal?.reason)
        }
        waiting.add(enter)
        signal?.addEventListener('abort', leave, { once: true })
      })
      return
    }
    isTaken = true
    setImmediate(grantNext)
  }
}
