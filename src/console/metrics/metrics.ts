import { collectDefaultMetrics, Registry } from 'prom-client'
import type { ConsoleParts } from '../parts.ts'
import { createCycleMetrics } from './cycle-metrics.ts'
import { createExchangeMetrics } from './exchange-metrics.ts'
import { addStandingMetrics } from './standing-metrics.ts'

export type Metrics = {
  readonly contentType: string
  /** In Prometheus' text format. */
  text(): Promise<string>
  /** Nothing is counted any more. */
  stop(): void
}

let ofProcess: Registry | undefined

/**
 * What Node.js tells about itself. One for all servers of the process and from the first time on that somebody asks,
 * for its observers never end.
 */
function processRegistry(): Registry {
  if (!ofProcess) {
    ofProcess = new Registry()
    collectDefaultMetrics({ register: ofProcess })
  }
  return ofProcess
}

/** Counts from now on. `streams` is how many streams of events are open. */
export function createMetrics(parts: ConsoleParts, streams: () => number): Metrics {
  const registry = new Registry()
  addStandingMetrics(registry, { ...parts, streams })
  const stops = [
    parts.journal.subscribe(createExchangeMetrics(registry)),
    parts.analysis.subscribe(createCycleMetrics(registry)),
  ]
  return {
    contentType: registry.contentType,
    text: async () => `${await registry.metrics()}\n${await processRegistry().metrics()}`,
    stop() {
      for (const stop of stops) stop()
    },
  }
}
