import { Gauge, type Registry } from 'prom-client'

export type Sample = { readonly labels?: Readonly<Record<string, string>>; readonly value: number }

export type GaugeOptions = {
  readonly name: string
  readonly help: string
  readonly labelNames?: readonly string[]
  readonly samples: () => readonly Sample[] | Promise<readonly Sample[]>
}

export function addGauge(registry: Registry, { name, help, labelNames = [], samples }: GaugeOptions): void {
  const gauge: Gauge = new Gauge({
    name: `scimulator_${name}`,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    async collect() {
      const found = await samples()
      // Removes the values of labels that no longer exist.
      gauge.reset()
      for (const { labels = {}, value } of found) gauge.set({ ...labels }, value)
    },
  })
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
