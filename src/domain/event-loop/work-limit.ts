/** Runs work when its turn comes. Rejects with the signal's reason if that comes first. */
type RunLimited = <Result>(work: () => Promise<Result>, signal?: AbortSignal) => Promise<Result>

type WaitingLimit = { readonly maximum: number; readonly error: () => Error }

/** Limits how much work runs at a time; the rest waits in the order of the calls. */
export function createWorkLimit(maximum: number, waitingLimit?: WaitingLimit): RunLimited {
  const waiting = new Set<() => void>()
  let running = 0

  const enter = async (signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted()
    if (running < maximum) {
      running++
      return
    }
    if (waitingLimit && waiting.size >= waitingLimit.maximum) throw waitingLimit.error()
    await new Promise<void>((resolve, reject) => {
      const start = () => {
        signal?.removeEventListener('abort', leave)
        resolve()
      }
      const leave = () => {
        waiting.delete(start)
        reject(signal?.reason)
      }
      waiting.add(start)
      signal?.addEventListener('abort', leave, { once: true })
    })
  }

  const startNext = () => {
    const [start] = waiting
    // The place goes directly to the next work, so that no later work takes it.
    if (!start) {
      running--
      return
    }
    waiting.delete(start)
    start()
  }

  return async (work, signal) => {
    await enter(signal)
    try {
      return await work()
    } finally {
      startNext()
    }
  }
}
