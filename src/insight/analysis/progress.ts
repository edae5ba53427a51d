import type { AnalysisStore } from '../../domain/ports/analysis.ts'

/** How far the analysis of all tenants is. Times are of the server's clock, in milliseconds since 1970. */
export type AnalysisProgress = {
  /** Whether results are those of seconds ago. If not, they say nothing about the present. */
  readonly isCurrent: boolean
  readonly waiting: number
  /** When no request waited last. */
  readonly since: number
  /** The requests since then that are analyzed. */
  readonly analyzed: number
  /** All requests since then. */
  readonly total: number
  /** All requests before this time are analyzed. */
  readonly until: number
  /** About how long it takes until no request waits; absent while that is unknown, or more requests arrive than are analyzed. */
  readonly seconds?: number
}

/** Milliseconds. Results are current as long as neither the oldest waiting request nor the expected rest is older or longer. */
const tolerance = 5000
/** Milliseconds. Results that were out of date are current again below this, so that a page does not change back and forth. */
const recovery = 2000
/** Milliseconds. An exchange that is analyzed this soon had hardly waited. */
const immediate = 1000
/** Milliseconds. Rates are those of the last such time. */
const rateWindow = 15_000
/** Milliseconds. Rates of a shorter time are not meaningful. */
const minRateWindow = 500
/** Milliseconds. `isCurrent` uses a measurement that is at most this old. */
const maxAge = 1000
/** Seconds. A longer estimate would depend on how many requests arrive until then. */
const longestEstimate = 4 * 60 * 60
/** Exchanges per second, until the rate is known. Most machines analyze more than a thousand. */
const assumedRate = 100

type Analyzed = { readonly at: number; readonly exchanges: number }
type Counted = { readonly at: number; readonly waiting: number; readonly analyzed: number }

/** Measures how far the analysis is. `clock`: the server's; `monotonic`: milliseconds since any moment. */
export function createAnalysisProgress(
  store: Pick<AnalysisStore, 'pendingCount' | 'oldestPending'>,
  clock: () => number,
  monotonic: () => number = () => performance.now(),
) {
  let since = clock()
  /** Exchanges that were analyzed since then. */
  let analyzed = 0
  let isBehind = false
  let batches: readonly Analyzed[] = []
  let counts: readonly Counted[] = []

  const recent = <Item extends { readonly at: number }>(items: readonly Item[]): readonly Item[] => {
    const now = monotonic()
    return items.filter(({ at }) => now - at <= rateWindow)
  }

  const begin = () => {
    since = clock()
    analyzed = 0
    counts = []
  }

  /** Exchanges per second that are analyzed; undefined while it is unknown. */
  const rate = (): number | undefined => {
    batches = recent(batches)
    const [first] = batches
    const time = monotonic() - (first?.at ?? 0)
    if (!first || time < minRateWindow) return undefined
    return (batches.reduce((sum, { exchanges }) => sum + exchanges, 0) * 1000) / time
  }

  /** Exchanges per second that arrive. */
  const arrivals = (now: Counted): number => {
    counts = recent(counts)
    const [first] = counts
    counts = [...counts, now]
    const time = now.at - (first?.at ?? now.at)
    if (!first || time < minRateWindow) return 0
    return ((now.waiting + now.analyzed - first.waiting - first.analyzed) * 1000) / time
  }

  const measure = async (): Promise<AnalysisProgress> => {
    const [waiting, oldest] = await Promise.all([store.pendingCount(), store.oldestPending()])
    const now = clock()
    const until = waiting === 0 ? now : Math.min(now, oldest ?? now)
    const known = rate()
    const expected = (waiting * 1000) / (known ?? assumedRate)
    const limit = isBehind ? recovery : tolerance
    isBehind = waiting > 0 && (now - until > limit || expected > limit)
    if (waiting === 0) begin()
    const more = arrivals({ at: monotonic(), waiting, analyzed })
    const seconds = waiting === 0 ? 0 : Math.ceil(waiting / ((known ?? 0) - more))
    return {
      isCurrent: !isBehind,
      ...{ waiting, analyzed, total: analyzed + waiting, since, until },
      ...(seconds >= 0 && seconds <= longestEstimate && { seconds }),
    }
  }

  let last: { readonly at: number; readonly measured: Promise<AnalysisProgress> } | undefined
  const current = (): Promise<AnalysisProgress> => {
    last = { at: monotonic(), measured: measure() }
    return last.measured
  }

  return {
    /** The analysis of these exchanges is stored. */
    note(exchanges: readonly { readonly at: number }[]): void {
      const newest = exchanges.at(-1)
      if (!newest) return
      batches = [...recent(batches), { at: monotonic(), exchanges: exchanges.length }]
      if (!isBehind && clock() - newest.at <= immediate) begin()
      else analyzed += exchanges.length
    },
    current,
    /** Whether results are current, by a measurement of the last second: counting takes the longer, the more exchanges wait. */
    async isCurrent(): Promise<boolean> {
      const recent = last && monotonic() - last.at < maxAge ? last.measured : current()
      return (await recent).isCurrent
    },
  }
}
