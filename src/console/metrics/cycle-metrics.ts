import { Counter, type Registry } from 'prom-client'
import type { AnalysisEvent } from '../../analysis/analysis.ts'
import { clientOfCycle } from '../../analysis/cycle-run.ts'

/** Counts the runs of clients that begin from now on. */
export function createCycleMetrics(registry: Registry, started = Date.now()): (event: AnalysisEvent) => void {
  const cycles = new Counter({
    name: 'scimulator_cycles_total',
    help: 'Runs of clients that have begun.',
    labelNames: ['tenant', 'client'],
    registers: [registry],
  })
  /** The newest run of each client, which is told of again whenever it goes on. */
  const newest = new Map<string, string>()
  return event => {
    if (event.kind !== 'cycle' || event.cycle.started < started) return
    const client = clientOfCycle(event.cycle)
    if (newest.get(client) === event.cycle.id) return
    newest.set(client, event.cycle.id)
    cycles.inc({ tenant: event.cycle.tenant, client: event.cycle.client })
  }
}
