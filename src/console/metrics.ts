import { Counter, collectDefaultMetrics, Gauge, type Metric, Registry } from 'prom-client'
import { rulesOf } from '../auth/issuers/rules.ts'
import type { Summary } from '../domain/journal/summary.ts'
import type { AnalysisEvent } from '../domain/ports/analysis.ts'
import { tenantNow } from '../domain/tenants/tenant.ts'
import { cycleClientKey } from '../insight/analysis/cycles.ts'
import type { ConsoleDeps } from './deps.ts'

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

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** Unknown methods share a label, so that clients cannot create labels. */
const methodLabel = ({ method }: Summary): string => (methods.has(method) ? method : 'other')

type Series = {
  readonly labels: Readonly<Record<'tenant' | 'profile' | 'method' | 'status', string>>
  count: number
  microseconds: number
  /** Requests by the first bound that is not below their duration; the last number counts those above all bounds. */
  readonly counts: number[]
}

const statusClasses = ['', '1xx', '2xx', '3xx', '4xx', '5xx']

/** Seconds. */
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

const newSeries = (labels: Series['labels']): Series => ({ labels, count: 0, microseconds: 0, counts: [] })

function addDuration(series: Series, microseconds: number): void {
  let at = 0
  while (at < bounds.length && microseconds > (bounds[at] ?? 0) * 1_000_000) at++
  series.counts[at] = (series.counts[at] ?? 0) + 1
  series.microseconds += microseconds
  series.count++
}

function durationsByMethod(series: Iterable<Series>) {
  const name = 'scimulator_exchange_seconds'
  const byMethod = Map.groupBy(series, ({ labels }) => labels.method)
  const values = [...byMethod].flatMap(([method, ofMethod]) => {
    const sum = (read: (one: Series) => number) => ofMethod.reduce((total, one) => total + read(one), 0)
    let below = 0
    const buckets = bounds.map((le, at) => {
      below += sum(({ counts }) => counts[at] ?? 0)
      return { labels: { le, method }, value: below, metricName: `${name}_bucket` }
    })
    const count = sum(one => one.count)
    return [
      ...buckets,
      { labels: { le: '+Inf', method }, value: count, metricName: `${name}_bucket` },
      { labels: { method }, value: sum(one => one.microseconds) / 1_000_000, metricName: `${name}_sum` },
      { labels: { method }, value: count, metricName: `${name}_count` },
    ]
  })
  return { name, help: 'Duration of requests.', type: 'histogram', aggregator: 'sum', values }
}

/** Counts exchanges as they are recorded. Labels never contain text of a client. */
function createExchangeMetrics(registry: Registry): (arrived: Summary) => void {
  const registers = [registry]
  /** Counted here: prom-client sorts and joins the labels in each call, which takes a microsecond. */
  const known = new Map<string, Series>()
  const seriesOf = (labels: Series['labels']): Series => {
    const { tenant, profile, method, status } = labels
    const key = `${tenant} ${profile} ${method} ${status}`
    const series = known.get(key) ?? newSeries(labels)
    known.set(key, series)
    return series
  }
  /** That of the last request: the next one usually has the same labels. At first, one that no request has. */
  let last = newSeries({ tenant: '', profile: '', method: '', status: '' })
  new Counter({
    name: 'scimulator_exchanges_total',
    help: 'Requests to the SCIM listener. The tenant is empty if unknown.',
    labelNames: ['tenant', 'profile', 'method', 'status'],
    registers,
    collect() {
      this.reset()
      for (const { labels, count } of known.values()) this.inc(labels, count)
    },
  })
  const durations = {
    get: async () => durationsByMethod(known.values()),
    name: 'scimulator_exchange_seconds',
  }
  registry.registerMetric(durations as unknown as Metric)
  const refusals = new Counter({
    name: 'scimulator_token_rejections_total',
    help: 'Requests whose token was not accepted.',
    labelNames: ['tenant', 'reason'],
    registers,
  })
  const ruleRefusals = new Counter({
    name: 'scimulator_rule_rejections_total',
    help: 'Requests that a rule of the profile rejected.',
    labelNames: ['tenant', 'rule'],
    registers,
  })
  const hits = new Counter({
    name: 'scimulator_fault_hits_total',
    help: 'Responses with an injected fault.',
    labelNames: ['tenant'],
    registers,
  })

  return arrived => {
    const { tenant = '', profile = '', status, microseconds, refusal, rule, hasFault } = arrived
    const method = methodLabel(arrived)
    const statusClass = statusClasses[Math.floor(status / 100)] ?? ''
    const isAsLast =
      last.labels.tenant === tenant &&
      last.labels.profile === profile &&
      last.labels.method === method &&
      last.labels.status === statusClass
    if (!isAsLast) last = seriesOf({ tenant, profile, method, status: statusClass })
    addDuration(last, microseconds)
    if (refusal) refusals.inc({ tenant, reason: refusal })
    if (rule) ruleRefusals.inc({ tenant, rule })
    if (hasFault) hits.inc({ tenant })
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
}

function addGauges(registry: Registry, deps: GaugeDeps): void {
  const { tenants, oauthClients, analysis, faults, version, streams } = deps
  const extent = shareCounts(() => deps.journal.extent())
  const findingCounts = shareCounts(() => analysis.findingCounts())
  const identities = shareCounts(() => countIdentities(deps))
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

export function createMetrics(deps: ConsoleDeps, streams: () => number): Metrics {
  const registry = new Registry()
  addGauges(registry, { ...deps, streams })
  addIssuerFailures(registry, { ...deps, streams })
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
