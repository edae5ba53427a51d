// Milliseconds of work per batch, and of pause between batches.
const timeSlice = 8
const defaultDelay = 50
const maxUrgentDelay = 100
/** Under the heaviest load one batch per second, which takes less than one percent of the time. */
const maxDelay = 1000
const maxBatchSize = 128
/** Requests in the time of a batch and its pause that count as load. */
const loadThreshold = 3

/** Sizes batches and pauses of the analysis. Requests take precedence; the analysis may lag behind. */
type Scheduler = {
  /** Exchanges in the next batch. */
  readonly batchSize: () => number
  /** Whether a batch has used its time after these milliseconds. */
  readonly isTimeUp: (took: number) => boolean
  /** Records the number of analyzed exchanges of a batch and its milliseconds. */
  readonly recordBatch: (analyzed: number, took: number) => void
  /** Milliseconds until the next batch. */
  readonly nextDelay: (state: Demand) => number
}

export type Demand = {
  /** Exchanges that arrived since the start of the pause before the last batch. */
  readonly arrived: number
  /** Whether a caller waits for the result. */
  readonly isAwaited: boolean
  /** Whether the last batch left exchanges behind. */
  readonly isBehind: boolean
}

export function createScheduler(): Scheduler {
  let batchSize = 16
  let took = timeSlice
  const hurries = ({ arrived, isAwaited, isBehind }: Demand) =>
    isAwaited || (isBehind && arrived < loadThreshold)
  return {
    batchSize: () => batchSize,
    isTimeUp: took => took >= timeSlice,
    recordBatch(analyzed, time) {
      took = time
      batchSize = Math.min(maxBatchSize, Math.max(1, time < timeSlice / 2 ? batchSize * 2 : analyzed))
    },
    // Urgent work still leaves half of the time to requests; under load, pauses grow with the number of requests.
    nextDelay: demand =>
      hurries(demand)
        ? Math.min(maxUrgentDelay, Math.max(timeSlice, took))
        : Math.min(maxDelay, Math.max(defaultDelay, 10 * demand.arrived)),
  }
}
