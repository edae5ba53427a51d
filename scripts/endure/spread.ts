/** The distribution of durations in milliseconds. */
export type Spread = {
  readonly count: number
  readonly p50: number
  readonly p99: number
  readonly longest: number
}

export function spreadOf(milliseconds: readonly number[]): Spread {
  const sorted = milliseconds.toSorted((one, other) => one - other)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), longest: sorted.at(-1) ?? 0 }
}

export const formatSpread = ({ p50, p99, longest }: Spread): string =>
  `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, longest ${longest.toFixed(0)} ms`

export const number = (value: number): string => Math.round(value).toLocaleString('en')
