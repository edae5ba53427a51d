import { Counter, collectDefaultMetrics, Registry } from 'prom-client'
import { rulesOf } from '../auth/issuers/rules.ts'
import type { ResourceCounts } from '../domain/ports/directory.ts'
import { tenantNow } from '../domain/tenants/tenant.ts'
import type { ConsoleDeps } from './deps.ts'
import { createExchangeMetrics } from './exchange-metrics.ts'
import { addGauge, type GaugeOptions, type IsKept, type Sample, shareCounts } from './gauges.ts'
import { createCycleMetrics, jobGauges, watchedTenants } from './job-metrics.ts'
import type { LastDrifts } from './routes/rehearsal.ts'

type GaugeDeps = Pick<
  ConsoleDeps,
  | 'tenants'
  | 'oauthClients'
  | 'issuers'
  | 'verifier'
  | 'directory'
  | 'journal'
  | 'analysis'
  | 'jobHealth'
  | 'faults'
  | 'clock'
  | 'version'
> & {
  readonly streams: () => number
  readonly drifts: LastDrifts
}

function addGauges(registry: Registry, deps: GaugeDeps, isKept: IsKept): void {
  const { tenants, oauthClients, analysis, faults, version, streams } = deps
  const extent = shareCounts(() => deps.journal.extent())
  const findingCounts = shareCounts(() => analysis.findingCounts())
  const identities = shareCounts(createIdentityCounts(deps))
  const drifts = () =>
    tenants.list().flatMap(({ id: tenant, key }) => {
      const last = deps.drifts.get(key)
      return last ? [{ tenant, ...last }] : []
    })
  const gauges: readonly GaugeOptions[] = [
    {
      name: 'info',
      help: 'The version of the server.',
      labelNames: ['version'],
      samples: () => [{ labels: { version }, value: 1 }],
    },
    {
      name: 'identities',
      help: 'Resources, including deleted ones. Up to a minute old if a tenant has more than 1,000 disabled and deleted ones, and up to five minutes if counting takes long.',
      labelNames: ['tenant', 'type', 'status'],
      samples: identities,
    },
    {
      name: 'token_expires_seconds',
      help: "Seconds until a token expires, by its tenant's clock; negative after that.",
      labelNames: ['tenant', 'token'],
      samples: () =>
        tenants.list().flatMap(tenant =>
          tenants.tokens(tenant).map(({ id, expires }) => ({
            labels: { tenant: tenant.id, token: id },
            value: Math.round((expires - tenantNow(tenant)) / 1000),
          })),
        ),
    },
    {
      name: 'client_secret_expires_seconds',
      help: "Seconds until a secret of a client of the token endpoint expires, by its tenant's clock; negative after that.",
      labelNames: ['tenant', 'client', 'secret'],
      samples: () =>
        tenants.list().flatMap(tenant =>
          oauthClients.list(tenant).flatMap(client =>
            client.secrets.map(({ id, expires }) => ({
              labels: { tenant: tenant.id, client: client.id, secret: id },
              value: Math.round((expires - tenantNow(tenant)) / 1000),
            })),
          ),
        ),
    },
    {
      name: 'issuer_keys_age_seconds',
      help: 'Seconds since the keys of an issuer were fetched; absent before the first fetch.',
      labelNames: ['tenant', 'issuer'],
      samples: () =>
        issuerStatuses(deps).flatMap(({ labels, fetched }) =>
          fetched === undefined ? [] : [{ labels, value: Math.round((Date.now() - fetched) / 1000) }],
        ),
    },
    {
      name: 'findings',
      help: 'Findings in the stored requests. Up to five minutes old if counting takes long.',
      labelNames: ['tenant', 'id', 'origin'],
      samples: async () =>
        (await findingCounts()).map(({ tenant, id, origin, count }) => ({
          labels: { tenant, id, origin },
          value: count,
        })),
    },
    {
      name: 'drift_items',
      help: 'Differences from the identity provider in the last comparison on this instance.',
      labelNames: ['tenant', 'category', 'severity'],
      samples: () =>
        drifts().flatMap(({ tenant, report: { counts } }) =>
          Object.entries(counts).flatMap(([severity, ofSeverity]) =>
            Object.entries(ofSeverity).map(([category, value]) => ({
              labels: { tenant, category, severity },
              value,
            })),
          ),
        ),
    },
    {
      name: 'drift_last_run_timestamp_seconds',
      help: 'The last comparison with the identity provider on this instance, in seconds since 1970.',
      labelNames: ['tenant'],
      samples: () => drifts().map(({ tenant, at }) => ({ labels: { tenant }, value: at / 1000 })),
    },
    {
      name: 'drift_duration_seconds',
      help: 'Seconds that the last comparison with the identity provider took.',
      labelNames: ['tenant'],
      samples: () => drifts().map(({ tenant, took }) => ({ labels: { tenant }, value: took / 1000 })),
    },
    {
      name: 'faults_active',
      help: 'Active faults.',
      samples: () => [{ value: faults.list().length }],
    },
    {
      name: 'event_streams',
      help: 'Open event streams.',
      samples: () => [{ value: streams() }],
    },
    {
      name: 'journal_exchanges',
      help: 'Requests in the journal.',
      samples: async () => [{ value: (await extent()).exchanges }],
    },
    {
      name: 'journal_bytes',
      help: 'About the bytes of the requests in the journal.',
      samples: async () => [{ value: (await extent()).bytes }],
    },
    {
      name: 'journal_lost_exchanges',
      help: 'Requests since the start of the server that could not be stored in the journal.',
      samples: async () => [{ value: (await extent()).lost }],
    },
    {
      name: 'analysis_waiting',
      help: 'Requests that are not analyzed yet.',
      samples: async () => [{ value: await analysis.pendingCount() }],
    },
  ]
  for (const gauge of [...gauges, ...jobGauges(deps)]) addGauge(registry, gauge, isKept)
}

const issuerStatuses = ({
  tenants,
  issuers,
  verifier,
}: Pick<GaugeDeps, 'tenants' | 'issuers' | 'verifier'>) =>
  issuers.all().flatMap(({ id, tenant, settings }) => {
    const owner = tenants.findByKey(tenant)
    const status = verifier.keySets.of(rulesOf(settings).keys).status()
    return owner ? [{ labels: { tenant: owner.id, issuer: id }, ...status }] : []
  })

function addIssuerFailures(registry: Registry, deps: GaugeDeps): void {
  const counter: Counter = new Counter({
    name: 'scimulator_issuer_fetch_failures_total',
    help: 'Failed fetches of the keys of an issuer.',
    labelNames: ['tenant', 'issuer'],
    registers: [registry],
    collect() {
      counter.reset()
      for (const { labels, failures } of issuerStatuses(deps)) counter.inc(labels, failures)
    },
  })
}

/** A tenant with more disabled and deleted resources is not counted for each scrape: an engine counts these one by one. */
const manyCounted = 1000
/** Milliseconds for which the numbers of such a tenant are used. */
const countInterval = 60_000

type IdentityCounts = { readonly counts: ResourceCounts; readonly at: number }

function createIdentityCounts({
  tenants,
  directory,
  clock,
}: Pick<GaugeDeps, 'tenants' | 'directory' | 'clock'>): () => Promise<readonly Sample[]> {
  /** By the key of the tenant. */
  let kept: ReadonlyMap<number, IdentityCounts> = new Map()
  return async () => {
    const now = clock()
    const all = watchedTenants(tenants)
    const due = all.map(({ key }) => key).filter(key => !isUsable(kept.get(key), now))
    const found = due.length > 0 ? await directory.counts(due) : []
    const counted = new Map(due.map((key, at) => [key, { counts: found[at] ?? {}, at: now }]))
    kept = new Map(
      all.flatMap(({ key }) => {
        const counts = counted.get(key) ?? kept.get(key)
        return counts ? [[key, counts]] : []
      }),
    )
    return all.flatMap(({ id, key }) =>
      Object.entries(kept.get(key)?.counts ?? {}).flatMap(([type, ofType]) =>
        Object.entries(ofType).map(([status, value]) => ({ labels: { tenant: id, type, status }, value })),
      ),
    )
  }
}

/** The clock may have been set back. */
function isUsable(known: IdentityCounts | undefined, now: number): boolean {
  if (!known || Math.abs(now - known.at) >= countInterval) return false
  const counted = Object.values(known.counts).map(
    ({ disabled, retained, removed }) => disabled + retained + removed,
  )
  return counted.reduce((total, count) => total + count, 0) > manyCounted
}

export type Metrics = {
  readonly contentType: string
  text(): Promise<string>
  stop(): void
}

let processMetrics: Registry | undefined

/** Gauges of prom-client whose names end like those of counters, which `promtool check metrics` rejects. */
const misnamed = ['handles', 'requests', 'resources'].map(name => `nodejs_active_${name}_total`)

/** All servers of the process share one registry, because its observers never end. */
function processRegistry(): Registry {
  if (!processMetrics) {
    processMetrics = new Registry()
    collectDefaultMetrics({ register: processMetrics })
    for (const name of misnamed) processMetrics.removeSingleMetric(name)
  }
  return processMetrics
}

function register(registry: Registry, deps: GaugeDeps) {
  const isKept: IsKept = ({ tenant = '' }) => tenant === '' || deps.tenants.find(tenant) !== undefined
  addGauges(registry, deps, isKept)
  addIssuerFailures(registry, deps)
  return {
    noteExchange: createExchangeMetrics(registry, isKept),
    noteEvent: createCycleMetrics(registry, isKept),
  }
}

export type MetricDescription = {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly labels: readonly string[]
}

/** The metrics of this program, and those of Node.js and the process, in the order of their registries. */
export function describeMetrics(): readonly MetricDescription[] {
  const registry = new Registry()
  // Values are read by a scrape only.
  register(registry, {} as GaugeDeps)
  return [registry, processRegistry()].flatMap(each =>
    each.getMetricsAsArray().map(metric => {
      // The types of prom-client lack the labels, and declare the type as a number.
      const { name, type, help, labelNames } = metric as unknown as Omit<MetricDescription, 'labels'> & {
        readonly labelNames: readonly string[]
      }
      return { name, type, help, labels: labelNames }
    }),
  )
}

export function createMetrics(deps: ConsoleDeps, streams: () => number, drifts: LastDrifts): Metrics {
  const registry = new Registry()
  const { noteExchange, noteEvent } = register(registry, { ...deps, streams, drifts })
  const stops = [deps.journal.subscribeHere(noteExchange), deps.analysis.subscribeHere(noteEvent)]
  return {
    contentType: registry.contentType,
    text: async () => `${await registry.metrics()}\n${await processRegistry().metrics()}`,
    stop() {
      for (const stop of stops) stop()
    },
  }
}
