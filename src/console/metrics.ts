import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { rulesOf } from '../auth/issuers/rules.ts'
import type { AnalysisEvent } from '../domain/ports/analysis.ts'
import { tenantNow } from '../domain/tenants/tenant.ts'
import { cycleClientKey } from '../insight/analysis/cycles.ts'
import type { ConsoleDeps } from './deps.ts'
import { createExchangeMetrics } from './exchange-metrics.ts'
import type { LastDrifts } from './routes/rehearsal.ts'

function createCycleMetrics(registry: Registry, started = Date.now()): (event: AnalysisEvent) => void {
  const cycles = new Counter({
    name: 'scimulator_cycles_total',
    help: 'Cycles of all kinds that clients started: also provisioning on demand, connection tests and ad-hoc requests.',
    labelNames: ['tenant', 'client'],
    registers: [registry],
  })
  const newest = new Map<string, string>()
  return event => {
    if (event.kind !== 'cycle' || event.cycle.started < started) return
    const client = cycleClientKey(event.cycle)
    if (newest.get(client) === event.cycle.id) return
    newest.set(client, event.cycle.id)
    cycles.inc({ tenant: event.cycle.tenant, client: event.cycle.client })
  }
}

type Sample = { readonly labels?: Readonly<Record<string, string>>; readonly value: number }

type GaugeOptions = {
  readonly name: string
  readonly help: string
  readonly labelNames?: readonly string[]
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

type GaugeDeps = Pick<
  ConsoleDeps,
  | 'tenants'
  | 'oauthClients'
  | 'issuers'
  | 'verifier'
  | 'directory'
  | 'journal'
  | 'analysis'
  | 'faults'
  | 'version'
> & {
  readonly streams: () => number
  readonly drifts: LastDrifts
}

function addGauges(registry: Registry, deps: GaugeDeps): void {
  const { tenants, oauthClients, analysis, faults, version, streams } = deps
  const extent = shareCounts(() => deps.journal.extent())
  const findingCounts = shareCounts(() => analysis.findingCounts())
  const identities = shareCounts(() => countIdentities(deps))
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
      help: 'Resources, including deleted ones. Up to five minutes old if counting takes long.',
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
      name: 'cycle_last_request_timestamp_seconds',
      help: 'The last request of the newest cycle of a provisioning service, in seconds since 1970.',
      labelNames: ['tenant'],
      samples: () => lastCycleRequests(deps),
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
  for (const gauge of gauges) addGauge(registry, gauge)
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

function addIssuerFailures(registry: Registry, deps: ConsoleDeps): void {
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

/** Opened sessions never change, so their times would raise alarms. */
const watchedTenants = ({ list }: Pick<GaugeDeps['tenants'], 'list'>) =>
  list().filter(({ session }) => !session)

async function lastCycleRequests({
  tenants,
  analysis,
}: Pick<GaugeDeps, 'tenants' | 'analysis'>): Promise<readonly Sample[]> {
  const all = watchedTenants(tenants).map(async ({ id }) => {
    const newest = await analysis.newestCycle(id, ['entra', 'service'], ['cycle', 'test-connection'])
    return newest ? [{ labels: { tenant: id }, value: newest.last / 1000 }] : []
  })
  return (await Promise.all(all)).flat()
}

async function countIdentities({
  tenants,
  directory,
}: Pick<GaugeDeps, 'tenants' | 'directory'>): Promise<readonly Sample[]> {
  const all = watchedTenants(tenants)
  const counts = await directory.counts(all.map(({ key }) => key))
  return all.flatMap(({ id }, at) =>
    Object.entries(counts[at] ?? {}).flatMap(([type, ofType]) =>
      Object.entries(ofType).map(([status, value]) => ({ labels: { tenant: id, type, status }, value })),
    ),
  )
}

export type Metrics = {
  readonly contentType: string
  text(): Promise<string>
  stop(): void
}

let processMetrics: Registry | undefined

/** All servers of the process share one registry, because its observers never end. */
function processRegistry(): Registry {
  if (!processMetrics) {
    processMetrics = new Registry()
    collectDefaultMetrics({ register: processMetrics })
  }
  return processMetrics
}

export function createMetrics(deps: ConsoleDeps, streams: () => number, drifts: LastDrifts): Metrics {
  const registry = new Registry()
  addGauges(registry, { ...deps, streams, drifts })
  addIssuerFailures(registry, deps)
  const stops = [
    deps.journal.subscribeHere(createExchangeMetrics(registry)),
    deps.analysis.subscribeHere(createCycleMetrics(registry)),
  ]
  return {
    contentType: registry.contentType,
    text: async () => `${await registry.metrics()}\n${await processRegistry().metrics()}`,
    stop() {
      for (const stop of stops) stop()
    },
  }
}
