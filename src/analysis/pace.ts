/** Milliseconds of work before requests have their turn. */
const slice = 8
const longestRest = 100
const mostAtOnce = 256

/** How much the analysis does at once, and how long it rests: requests come first, and it may lag behind them. */
export type Pace = {
  /** How many exchanges to take on. */
  readonly portion: () => number
  /** Whether a portion begun at this time, as `performance.now()` tells it, has taken its share. */
  readonly isSpent: (began: number) => boolean
  /** After a portion: how many exchanges it analysed, and the milliseconds that it took. */
  readonly done: (analysed: number, took: number) => void
  /** Milliseconds until the next portion, where so many exchanges have come in meanwhile. */
  readonly rest: (arrived: number, isAwaited: boolean) => number
}

export function createPace(): Pace {
  let portion = 16
  let took = slice
  return {
    portion: () => portion,
    isSpent: began => performance.now() - began >= slice,
    done(analysed, time) {
      took = time
      portion = Math.min(mostAtOnce, Math.max(1, time < slice / 2 ? portion * 2 : analysed))
    },
    // From 500 exchanges a second on it rests longer and longer: each of them counts for two milliseconds, so that
    // more come in during the next rest. Below that it soon works as long as it rests.
    rest: (arrived, isAwaited) => {
      const fair = Math.min(longestRest, Math.max(slice, took))
      return isAwaited ? fair : Math.min(longestRest, Math.max(fair, 2 * arrived))
    },
  }
}
