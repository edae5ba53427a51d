// Milliseconds: of work before requests have their turn, and of rest between.
const slice = 8
const usualRest = 50
const longestRestInHurry = 100
/** Under the heaviest load a portion a second: it takes less than one part in a hundred. */
const longestRest = 1000
const mostAtOnce = 128
/** So many requests in the time of a portion and its rest are load: a client is at work, and comes first. */
const load = 3

/** How much the analysis does at once, and how long it rests: requests come first, and it may lag behind them. */
export type Pace = {
  /** How many exchanges to take on. */
  readonly portion: () => number
  /** Whether a portion begun at this time, as `performance.now()` tells it, has taken its share. */
  readonly isSpent: (began: number) => boolean
  /** After a portion: how many exchanges it analysed, and the milliseconds that it took. */
  readonly done: (analysed: number, took: number) => void
  /** Milliseconds until the next portion. */
  readonly rest: (state: Demand) => number
  /** Milliseconds that a portion may wait for a commit. */
  readonly patience: (state: Demand) => number
}

export type Demand = {
  /** How many exchanges have come in since the rest before the last portion was begun. */
  readonly arrived: number
  /** Somebody waits for the end. */
  readonly isAwaited: boolean
  /** There were more exchanges than the last portion took. */
  readonly isBehind: boolean
}

export function createPace(): Pace {
  let portion = 16
  let took = slice
  const hurries = ({ arrived, isAwaited, isBehind }: Demand) => isAwaited || (isBehind && arrived < load)
  return {
    portion: () => portion,
    isSpent: began => performance.now() - began >= slice,
    done(analysed, time) {
      took = time
      portion = Math.min(mostAtOnce, Math.max(1, time < slice / 2 ? portion * 2 : analysed))
    },
    // Even in a hurry it leaves half of the time to others; under load it rests the longer the more comes in.
    rest: demand =>
      hurries(demand)
        ? Math.min(longestRestInHurry, Math.max(slice, took))
        : Math.min(longestRest, Math.max(usualRest, 10 * demand.arrived)),
    patience: demand => (hurries(demand) ? 0 : usualRest),
  }
}
