/** Requests per second, and latencies in milliseconds. */
export type Measured = {
  readonly perSecond: number
  readonly median: number
  readonly p99: number
  readonly longest: number
}

export function measuredOf(times: readonly number[], seconds: number): Measured {
  const sorted = times.toSorted((a, b) => a - b)
  return {
    perSecond: times.length / seconds,
    median: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
    longest: sorted.at(-1) ?? 0,
  }
}

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.floor(sorted.length * share)] ?? 0

export const median = (values: readonly number[]): number =>
  quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  )

export const percentile99 = (values: readonly number[]): number =>
  quantile(
    values.toSorted((a, b) => a - b),
    0.99,
  )

/** The median of each figure. */
export const medianOf = (all: readonly Measured[]): Measured => ({
  perSecond: median(all.map(({ perSecond }) => perSecond)),
  median: median(all.map(({ median }) => median)),
  p99: median(all.map(({ p99 }) => p99)),
  longest: median(all.map(({ longest }) => longest)),
})
