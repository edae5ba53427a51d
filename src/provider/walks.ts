export type WalkLimits = {
  readonly walks: number
  /** Of all walks together; the newest walk is kept even if it has more by itself. */
  readonly keys: number
  /** Milliseconds for which nobody goes on. */
  readonly age: number
}

const limits: WalkLimits = { walks: 100, keys: 5_000_000, age: 60 * 60 * 1000 }

type Walk = { readonly keys: Float64Array; readonly used: number }

export type Walks = ReturnType<typeof createWalks>

/**
 * The orders of sorted walks that are under way, so that each resource is shown once whatever becomes of the values
 * it is sorted by. Bounded: what was left alone for longest is forgotten first. `machine` is the machine's time.
 */
export function createWalks({ walks, keys: mostKeys, age }: WalkLimits = limits, machine = Date.now) {
  // In order of use.
  const kept = new Map<number, Walk>()
  let last = 0
  let keysKept = 0

  const forget = (id: number, { keys }: Walk) => {
    kept.delete(id)
    keysKept -= keys.length
  }

  const put = (id: number, keys: Float64Array) => {
    kept.set(id, { keys, used: machine() })
    keysKept += keys.length
  }

  const forgetOld = () => {
    for (const [id, walk] of kept) if (machine() - walk.used > age) forget(id, walk)
  }

  return {
    /** Keeps the order of a walk and gives it a number. */
    keep: (keys: Float64Array): number => {
      forgetOld()
      put(++last, keys)
      for (const [id, walk] of kept) {
        if (id === last || (kept.size <= walks && keysKept <= mostKeys)) break
        forget(id, walk)
      }
      return last
    },
    /** Undefined when it was forgotten. */
    orderOf: (id: number): Float64Array | undefined => {
      forgetOld()
      const walk = kept.get(id)
      if (!walk) return undefined
      forget(id, walk)
      put(id, walk.keys)
      return walk.keys
    },
  }
}
