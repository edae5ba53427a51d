import { performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import type { AnalysisStore } from '../../domain/ports/analysis.ts'

// Milliseconds of CPU time between two pauses: how long a request waits.
const minSlice = 2
const maxSlice = 5
/** The share of the time that the analysis has while requests would use all of it, which costs them as much; more if a caller waits. */
const share = 0.03
const shareIfAwaited = 0.5
/** Milliseconds of a pause otherwise. */
const shortPause = 1
const minIdleShare = 0.1
const fading = 0.9
/** Seconds of work that arrive in a second. With more, the analysis falls behind even if it uses all idle time. */
const maxLoad = 1
// Milliseconds until new exchanges are analyzed. Many share the cost of a batch.
const minDelay = 50
const maxDelay = 250
const delayPerExchange = 10
/** Exchanges that are read at a time, in about a millisecond, and whose results share a transaction. */
const batchSize = 64
/** The size of a batch on PostgreSQL: each of its dozen round trips may wait for a turn of a busy event loop. */
const batchSizeWithRoundTrips = 256
/** Milliseconds of CPU time per exchange, until measured. PostgreSQL's would include requests during round trips. */
const assumedTime = 0.1

export type Demand = {
  readonly arrived: number
  readonly isAwaited: boolean
  readonly isBehind: boolean
}

type Scheduler = {
  readonly batchSize: number
  noteArrival(): void
  begin(): void
  pause(demand: Demand): Promise<void>
  /** Milliseconds until the next batch, after one of `analyzed` exchanges. Call `endDelay` after them. */
  nextDelay(demand: Demand, analyzed: number): number
  endDelay(): void
}

/** Milliseconds. On a busy machine, a thread waits for other processes in most of the time that passes. */
const threadTime = (): number => {
  // Node.js has it since 22.15.
  const used = process.threadCpuUsage?.()
  return used ? (used.user + used.system) / 1000 : performance.now()
}

/** `isSynchronous`: reads need no round trip, so that nothing else runs during a slice. */
export function createScheduler(isSynchronous: boolean): Scheduler {
  let end = 0
  let slice = minSlice
  let before = performance.eventLoopUtilization()
  let idle = 0
  let active = 0
  // Since the end of the last pause, or the first exchange after it: exchanges that arrived, exchanges that were analyzed.
  let arrived = 0
  let analyzed = 0
  let since = performance.now()
  let startOfWork = threadTime()
  // Sums over the last pauses and the work between them, in milliseconds and exchanges.
  let elapsed = 0
  let arrivals = 0
  let work = 0
  let done = 0

  const beginPause = () => {
    before = performance.eventLoopUtilization()
    if (!isSynchronous || analyzed === 0) return
    work = fading * work + threadTime() - startOfWork
    done = fading * done + analyzed
    analyzed = 0
  }
  /** While no requests arrive, the event loop is idle in a pause. A pause that lasted longer is made up for. */
  const endPause = () => {
    const during = performance.eventLoopUtilization(before)
    idle = fading * idle + during.idle
    active = fading * active + during.active
    const now = performance.now()
    elapsed = fading * elapsed + Math.min(maxDelay, now - since)
    arrivals = fading * arrivals + arrived
    arrived = 0
    since = now
    startOfWork = threadTime()
    slice = Math.min(maxSlice, Math.max(minSlice, (during.active * share) / (1 - share)))
  }
  const isBusy = () => idle < minIdleShare * (idle + active)
  const canKeepUp = () => arrivals * (done > 0 ? work / done : assumedTime) <= maxLoad * elapsed

  const begin = () => {
    end = threadTime() + slice
  }

  /** Milliseconds after these of work. */
  const pauseAfter = (worked: number, { isAwaited }: Demand) => {
    if (!isBusy() && (isAwaited || canKeepUp())) return shortPause
    const of = isAwaited ? shareIfAwaited : share
    return (worked * (1 - of)) / of
  }

  return {
    batchSize: isSynchronous ? batchSize : batchSizeWithRoundTrips,
    noteArrival() {
      // Quiet time before a burst doesn't count.
      if (arrived++ === 0) since = performance.now()
    },
    begin,

    async pause(demand) {
      analyzed++
      if (!isSynchronous || threadTime() < end) return
      beginPause()
      await setTimeout(pauseAfter(minSlice, demand))
      endPause()
      begin()
    },

    nextDelay(demand, analyzed) {
      beginPause()
      const { arrived, isAwaited, isBehind } = demand
      if (isAwaited || isBehind) return pauseAfter(isSynchronous ? minSlice : analyzed * assumedTime, demand)
      return Math.min(maxDelay, Math.max(minDelay, delayPerExchange * arrived))
    },

    endDelay: endPause,
  }
}

/** How far the analysis of all tenants is. Times are of the server's clock, in milliseconds since 1970. */
export type AnalysisProgress = {
  /** Whether results are those of seconds ago. If not, they say nothing about the present. */
  readonly isCurrent: boolean
  readonly waiting: number
  /** When no request waited last. */
  readonly since: number
  readonly analyzed: number
  readonly total: number
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
