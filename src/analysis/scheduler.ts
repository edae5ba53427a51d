// Milliseconds: of work before requests have their turn, and of rest between.
const timeSlice = 8
const defaultDelay = 50
const maxUrgentDelay = 100
/** Under the heaviest load a portion a second: it takes less than one part in a hundred. */
const maxDelay = 1000
const maxBatchSize = 128
/** So many requests in the time of a portion and its rest are load: a client is at work, and comes first. */
const loadThreshold = 3

/** How much the analysis does at once, and how long it rests: requests come first, and it may lag behind them. */
export type Scheduler = {
  /** How many exchanges to take on. */
  readonly batchSize: () => number
  /** Whether a portion begun at this time, as `performance.now()` tells it, has taken its share. */
  readonly isTimeUp: (began: number) => boolean
  /** After a portion: how many exchanges it analysed, and the milliseconds that it took. */
  readonly recordBatch: (analyzed: number, took: number) => void
  /** Milliseconds until the next portion. */
  readonly nextDelay: (state: Demand) => number
  /** Milliseconds that a portion may wait for a commit. */
  readonly commitDelay: (state: Demand) => number
}

export type Demand = {
  /** How many exchanges have come in since the rest before the last portion was begun. */
  readonly arrived: number
  /** Somebody waits for the end. */
  readonly isAwaited: boolean
  /** There were more exchanges than the last portion took. */
  readonly isBehind: boolean
}

export function createScheduler(): Scheduler {
  let batchSize = 16
  let took = timeSlice
  const hurries = ({ arrived, isAwaited, isBehind }: Demand) =>
    isAwaited || (isBehind && arrived < loadThreshold)
  return {
    batchSize: () => batchSize,
    isTimeUp: began => performance.now() - began >= timeSlice,
    recordBatch(analyzed, time) {
      took = time
      batchSize = Math.min(maxBatchSize, Math.max(1, time < timeSlice / 2 ? batchSize * 2 : analyzed))
    },
    // Even in a hurry it leaves half of the time to others; under load it rests the longer the more comes in.
    nextDelay: demand =>
      hurries(demand)
        ? Math.min(maxUrgentDelay, Math.max(timeSlice, took))
        : Math.min(maxDelay, Math.max(defaultDelay, 10 * demand.arrived)),
    commitDelay: demand => (hurries(demand) ? 0 : defaultDelay),
  }
}
