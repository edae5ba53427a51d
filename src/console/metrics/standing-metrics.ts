import { Gauge, type Registry } from 'prom-client'
import { nowAt } from '../../tenants/tenant.ts'
import type { ConsoleParts } from '../parts.ts'

type Sample = { readonly labels?: Readonly<Record<string, string>>; readonly value: number }

type GaugeOptions = {
  readonly name: string
  readonly help: string
  readonly labelNames?: readonly string[]
  /** How things stand, looked up whenever somebody asks. */
  readonly samples: () => readonly Sample[] | Promise<readonly Sample[]>
}

function addGauge(registry: Registry, { name, help, labelNames = [], samples }: GaugeOptions): void {
  const gauge: Gauge = new Gauge({
    name: `scimulator_${name}`,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    async collect() {
      const found = await samples()
      // What isn't there any more has no value, not its last one.
      gauge.reset()
      for (const { labels = {}, value } of found) gauge.set({ ...labels }, value)
    },
  })
}

export type StandingParts = Pick<
  ConsoleParts,
  'tenants' | 'directory' | 'journal' | 'analysis' | 'faults' | 'version'
> & {
  readonly streams: () => number
}

/** How things stand at the moment of asking. */
export function addStandingMetrics(registry: Registry, parts: StandingParts): void {
  const { tenants, journal, analysis, faults, version, streams } = parts
  const gauges: readonly GaugeOptions[] = [
    {
      name: 'info',
      help: 'The version that runs.',
      labelNames: ['version'],
      samples: () => [{ labels: { version }, value: 1 }],
    },
    {
      name: 'identities',
      help: 'Resources, also those that their client has deleted.',
      labelNames: ['tenant', 'type', 'status'],
      samples: () => identitiesIn(parts),
    },
    {
      name: 'token_expires_seconds',
      help: "Seconds until a token expires, by its tenant's clock; negative once it has.",
      labelNames: ['tenant', 'token'],
      samples: () =>
        tenants.list().flatMap(tenant =>
          tenants.tokens(tenant).map(({ id, expires }) => ({
            labels: { tenant: tenant.id, token: id },
            value: Math.round((expires - nowAt(tenant)) / 1000),
          })),
        ),
    },
    {
      name: 'findings',
      help: 'How often something was found about the exchanges that are kept.',
      labelNames: ['tenant', 'id', 'origin'],
      samples: async () =>
        (await analysis.findingCounts()).map(({ tenant, id, origin, count }) => ({
          labels: { tenant, id, origin },
          value: count,
        })),
    },
    {
      name: 'cycle_last_request_timestamp_seconds',
      help: 'The last request of the newest run of a provisioning service, in seconds since 1970.',
      labelNames: ['tenant'],
      samples: () =>
        tenants.list().flatMap(({ id }) => {
          const newest = analysis.newestCycleOf(id, ['entra', 'service'], ['cycle', 'test-connection'])
          return newest ? [{ labels: { tenant: id }, value: newest.last / 1000 }] : []
        }),
    },
    {
      name: 'faults_armed',
      help: 'Faults that are armed.',
      samples: () => [{ value: faults.list().length }],
    },
    {
      name: 'event_streams',
      help: 'Streams of events that are open.',
      samples: () => [{ value: streams() }],
    },
    {
      name: 'journal_exchanges',
      help: 'Exchanges that the journal keeps.',
      samples: async () => [{ value: (await journal.extent()).exchanges }],
    },
    {
      name: 'analysis_waiting',
      help: 'Exchanges that are yet to be analysed.',
      samples: () => [{ value: analysis.waiting() }],
    },
  ]
  for (const gauge of gauges) addGauge(registry, gauge)
}

async function identitiesIn({
  tenants,
  directory,
}: Pick<StandingParts, 'tenants' | 'directory'>): Promise<readonly Sample[]> {
  const all = tenants
    .list()
    .map(async ({ key, id }) =>
      Object.entries(await directory.counts(key)).flatMap(([type, counts]) =>
        Object.entries(counts).map(([status, value]) => ({ labels: { tenant: id, type, status }, value })),
      ),
    )
  return (await Promise.all(all)).flat()
}
