import { performance } from 'node:perf_hooks'
import { setImmediate } from 'node:timers'

/** Milliseconds of long work in one turn of the event loop. */
const sliceMilliseconds = 5

/** While items are processed faster than this, in milliseconds, the clock is read once per several items. */
const fastItem = 0.1
const maxItemsPerReading = 16

export type Slices = {
  /** Whether the slice of this turn is over. Cheap enough to be called after each item. */
  isOver(): boolean
  /**
   * Resolves when a slice begins: at once, if this turn of the event loop has none yet. Callers wait in their order.
   * Rejects with the signal's reason. Urgent work, which other work waits for, gets at least every second slice.
   */
  next(signal?: AbortSignal, urgency?: 'urgent'): Promise<void>
  hasWaiting(): boolean
}

/**
 * Grants one slice in each turn of the event loop, however many tasks are under way. A task that starts while a slice
 * lasts shares the rest of it:
 *
 *     for (const item of items) {
 *       process(item)
 *       if (slices.isOver()) await slices.next(signal)
 *     }
 */
export function createSlices(now: () => number = () => performance.now()): Slices {
  const waiting = new Set<() => void>()
  const urgent = new Set<() => void>()
  let wasUrgent = false
  let end: number | undefined
  let hasEnded = false
  let lastReading = 0
  let itemsPerReading = 1
  let unread = 0

  const begin = () => {
    lastReading = now()
    end = lastReading + sliceMilliseconds
    hasEnded = false
    itemsPerReading = 1
    unread = 0
    setImmediate(endTurn)
  }

  const endTurn = () => {
    end = undefined
    const queue = urgent.size > 0 && (!wasUrgent || waiting.size === 0) ? urgent : waiting
    const [grant] = queue
    if (!grant) return
    queue.delete(grant)
    wasUrgent = queue === urgent
    begin()
    grant()
  }

  return {
    hasWaiting: () => waiting.size > 0 || urgent.size > 0,

    isOver() {
      if (end === undefined) {
        begin()
        return false
      }
      if (hasEnded) return true
      unread++
      if (unread < itemsPerReading) return false
      const time = now()
      const isFast = time - lastReading < fastItem * unread
      itemsPerReading = isFast ? Math.min(2 * itemsPerReading, maxItemsPerReading) : 1
      lastReading = time
      unread = 0
      hasEnded = time >= end
      return hasEnded
    },

    async next(signal, urgency) {
      signal?.throwIfAborted()
      if (end === undefined) {
        begin()
        return
      }
      const queue = urgency ? urgent : waiting
      await new Promise<void>((resolve, reject) => {
        const grant = () => {
          signal?.removeEventListener('abort', leave)
          resolve()
        }
        const leave = () => {
          queue.delete(grant)
          reject(signal?.reason)
        }
        queue.add(grant)
        signal?.addEventListener('abort', leave, { once: true })
      })
    },
  }
}

export const sharedSlices: Slices = createSlices()

export async function mapInSlices<Item, Result>(
  items: readonly Item[],
  map: (item: Item, index: number) => Result,
  signal?: AbortSignal,
): Promise<Result[]> {
  const results: Result[] = []
  for (const [index, item] of items.entries()) {
    results.push(map(item, index))
    if (sharedSlices.isOver()) await sharedSlices.next(signal)
  }
  return results
}

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
