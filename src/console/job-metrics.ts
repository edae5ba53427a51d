import type { Registry } from 'prom-client'
import type { AnalysisEvent } from '../domain/ports/analysis.ts'
import { cycleClientKey } from '../insight/analysis/cycles.ts'
import type { ConsoleDeps } from './deps.ts'
import { addCounter, type GaugeOptions, type IsKept, increment, type Sample, shareCounts } from './gauges.ts'

export function createCycleMetrics(
  registry: Registry,
  isKept: IsKept,
  started = Date.now(),
): (event: AnalysisEvent) => void {
  const options = {
    name: 'cycles',
    help: 'Cycles of all kinds that clients started: also provisioning on demand, connection tests and ad-hoc requests.',
    labelNames: ['tenant', 'client'],
  }
  const cycles = addCounter(registry, options, isKept)
  const newest = new Map<string, string>()
  return event => {
    if (event.kind !== 'cycle' || event.cycle.started < started) return
    const client = cycleClientKey(event.cycle)
    if (newest.get(client) === event.cycle.id) return
    newest.set(client, event.cycle.id)
    increment(cycles, { tenant: event.cycle.tenant, client: event.cycle.client })
  }
}

type JobDeps = Pick<ConsoleDeps, 'tenants' | 'analysis' | 'jobHealth'>

/** Opened sessions never change, so their times would raise alarms. */
export const watchedTenants = ({ list }: Pick<JobDeps['tenants'], 'list'>) =>
  list().filter(({ session }) => !session)

const statuses = ['healthy', 'at-risk', 'quarantined'] as const

/** A scrape is cheap: the health of the jobs is in memory, and cycles are found by an index. */
export function jobGauges({ tenants, analysis, jobHealth }: JobDeps): readonly GaugeOptions[] {
  const jobs = async () => {
    const all = await jobHealth.jobs()
    return watchedTenants(tenants).flatMap(({ id: tenant }) => {
      const job = all.get(tenant)
      return job ? [{ tenant, ...job }] : []
    })
  }
  const newestOf = async (tenant: string) => {
    const newest = await analysis.newestCycle(tenant, ['entra', 'service'], ['cycle', 'test-connection'])
    const isCycle = newest === undefined || newest.kind === 'cycle'
    const cycle = isCycle ? newest : await analysis.newestCycle(tenant, ['entra', 'service'], ['cycle'])
    return { tenant, newest, cycle }
  }
  const newestCycles = shareCounts(() => Promise.all(watchedTenants(tenants).map(({ id }) => newestOf(id))))
  return [
    {
      name: 'job_status',
      help: "1 for the estimated status of Entra ID's job: healthy, at-risk or quarantined; 0 for the others. Absent while requests wait for the analysis.",
      labelNames: ['tenant', 'status'],
      samples: async () =>
        (await analysis.isCurrent())
          ? (await jobs()).flatMap(({ tenant, estimate }) =>
              statuses.map(status => ({
                labels: { tenant, status },
                value: estimate.status === status ? 1 : 0,
              })),
            )
          : [],
    },
    {
      name: 'failing_objects',
      help: "Users and groups whose last request of Entra ID's job failed, by kind: object, or reference for members and managers. Without those that only injected faults made fail.",
      labelNames: ['tenant', 'kind'],
      samples: async () =>
        (await jobs()).flatMap(({ tenant, failing }) =>
          Object.entries(failing).map(([kind, value]) => ({ labels: { tenant, kind }, value })),
        ),
    },
    {
      name: 'cycle_results',
      help: 'Requests of the newest cycle of a provisioning service by result: created, modified, disabled, deleted or failed.',
      labelNames: ['tenant', 'result'],
      samples: async () =>
        (await newestCycles()).flatMap(({ tenant, cycle }) => {
          if (!cycle) return []
          const { created, changed: modified, disabled, deleted, failed } = cycle
          return Object.entries({ created, modified, disabled, deleted, failed }).map(
            ([result, value]): Sample => ({ labels: { tenant, result }, value }),
          )
        }),
    },
    {
      name: 'cycle_last_request_timestamp_seconds',
      help: 'The last request of the newest cycle of a provisioning service, in seconds since 1970.',
      labelNames: ['tenant'],
      samples: async () =>
        (await newestCycles()).flatMap(({ tenant, newest }) =>
          newest ? [{ labels: { tenant }, value: newest.last / 1000 }] : [],
        ),
    },
  ]
}
