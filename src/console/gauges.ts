import { Counter, Gauge, type Registry } from 'prom-client'

type Labels = Readonly<Record<string, string>>

export type Sample = { readonly labels?: Labels; readonly value: number }

/** Whether the tenant of the labels exists. Labels without a tenant, or with an empty one, always do. */
export type IsKept = (labels: Labels) => boolean

export type GaugeOptions = {
  readonly name: string
  readonly help: string
  readonly labelNames?: readonly string[]
  readonly samples: () => readonly Sample[] | Promise<readonly Sample[]>
}

export function addGauge(
  registry: Registry,
  { name, help, labelNames = [], samples }: GaugeOptions,
  isKept: IsKept,
): void {
  const gauge: Gauge = new Gauge({
    name: `scimulator_${name}`,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    async collect() {
      const found = await samples()
      // Removes the values of labels that no longer exist.
      gauge.reset()
      for (const { labels = {}, value } of found) if (isKept(labels)) gauge.set({ ...labels }, value)
    },
  })
}

export type Series<Of extends Labels = Labels> = { readonly labels: Of; count: number }

/** Exposes counts. Those of tenants that no longer exist are deleted. Returns where to count, by any key. */
export function addCounter<One extends Series>(
  registry: Registry,
  options: { readonly name: string; readonly help: string; readonly labelNames: readonly string[] },
  isKept: IsKept,
): Map<string, One> {
  const known = new Map<string, One>()
  const counter: Counter = new Counter({
    ...options,
    name: `scimulator_${options.name}_total`,
    labelNames: [...options.labelNames],
    registers: [registry],
    collect() {
      counter.reset()
      for (const [key, { labels, count }] of known) {
        if (isKept(labels)) counter.inc({ ...labels }, count)
        else known.delete(key)
      }
    },
  })
  return known
}

export function increment(known: Map<string, Series>, labels: Labels): void {
  const key = Object.values(labels).join(' ')
  const series = known.get(key) ?? { labels, count: 0 }
  series.count++
  known.set(key, series)
}

/** Milliseconds. What takes longer is not counted for each scrape. */
const longCount = 500
/** Its result is used for this many times as long as counting took, at most for `maxAge` milliseconds. */
const restPerCount = 50
const maxAge = 5 * 60 * 1000

/**
 * Counts for all scrapes that arrive meanwhile. The result of a long count is used for a while, and also while the next count runs:
 * counting must neither occupy the database nor exceed the time that Prometheus waits.
 */
export function shareCounts<Result>(
  count: () => Promise<Result>,
  clock: () => number = () => performance.now(),
): () => Promise<Result> {
  let last: { readonly result: Result; readonly until: number } | undefined
  let running: Promise<Result> | undefined
  const countNow = async (): Promise<Result> => {
    const started = clock()
    // The next scrape tries again after an error, and reports it.
    const result = await count().catch(error => {
      last = undefined
      throw error
    })
    const took = clock() - started
    const until = clock() + Math.min(maxAge, took * restPerCount)
    last = took >= longCount ? { result, until } : undefined
    return result
  }
  return async () => {
    const kept = last
    if (kept && clock() < kept.until) return kept.result
    running ??= countNow().finally(() => {
      running = undefined
    })
    if (!kept) return running
    running.catch(() => {})
    return kept.result
  }
}
