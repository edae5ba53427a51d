import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { z } from 'zod'
import { cycleClientKey } from '../analysis/cycles.ts'
import type { Exchange } from '../journal/exchange.ts'
import type { AnalysisEvent } from '../ports/analysis.ts'
import { tenantNow } from '../tenants/tenant.ts'
import type { ConsoleDeps } from './deps.ts'
import { problemResponses } from './routes/register.ts'
import { validateWithZod } from './validation.ts'

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
    const client = cycleClientKey(event.cycle)
    if (newest.get(client) === event.cycle.id) return
    newest.set(client, event.cycle.id)
    cycles.inc({ tenant: event.cycle.tenant, client: event.cycle.client })
  }
}

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** Whoever invents methods must not make up labels. */
const methodLabel = ({ method }: Exchange): string => (methods.has(method) ? method : 'other')

/** Counts exchanges as they are recorded. Labels are known tenants, profiles, rules and reasons, never a client's text. */
export function createExchangeMetrics(registry: Registry): (exchange: Exchange) => void {
  const registers = [registry]
  const exchanges = new Counter({
    name: 'scimulator_exchanges_total',
    help: 'Requests to the SCIM listener that were answered. An empty tenant: none is known.',
    labelNames: ['tenant', 'profile', 'method', 'status'],
    registers,
  })
  const seconds = new Histogram({
    name: 'scimulator_exchange_seconds',
    help: 'How long answers took.',
    labelNames: ['method'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers,
  })
  const refusals = new Counter({
    name: 'scimulator_refusals_total',
    help: 'Requests whose token was not accepted.',
    labelNames: ['tenant', 'reason'],
    registers,
  })
  const ruleRefusals = new Counter({
    name: 'scimulator_rule_refusals_total',
    help: 'Requests that a rule of the profile refused.',
    labelNames: ['tenant', 'rule'],
    registers,
  })
  const hits = new Counter({
    name: 'scimulator_faults_struck_total',
    help: 'Answers that were spoiled on purpose.',
    labelNames: ['tenant'],
    registers,
  })

  return exchange => {
    const { tenant = '', profile = '', status, microseconds, refusal, rule, fault } = exchange
    const method = methodLabel(exchange)
    exchanges.inc({ tenant, profile, method, status: `${Math.floor(status / 100)}xx` })
    seconds.observe({ method }, microseconds / 1_000_000)
    if (refusal) refusals.inc({ tenant, reason: refusal })
    if (rule) ruleRefusals.inc({ tenant, rule })
    if (fault) hits.inc({ tenant })
  }
}

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

export type GaugeDeps = Pick<
  ConsoleDeps,
  'tenants' | 'directory' | 'journal' | 'analysis' | 'faults' | 'version'
> & {
  readonly streams: () => number
}

/** How things stand at the moment of asking. */
export function addGauges(registry: Registry, deps: GaugeDeps): void {
  const { tenants, journal, analysis, faults, version, streams } = deps
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
      samples: () => countIdentities(deps),
    },
    {
      name: 'token_expires_seconds',
      help: "Seconds until a token expires, by its tenant's clock; negative once it has.",
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
          const newest = analysis.newestCycle(id, ['entra', 'service'], ['cycle', 'test-connection'])
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
      samples: () => [{ value: analysis.pendingCount() }],
    },
  ]
  for (const gauge of gauges) addGauge(registry, gauge)
}

async function countIdentities({
  tenants,
  directory,
}: Pick<GaugeDeps, 'tenants' | 'directory'>): Promise<readonly Sample[]> {
  const all = tenants
    .list()
    .map(async ({ key, id }) =>
      Object.entries(await directory.counts(key)).flatMap(([type, counts]) =>
        Object.entries(counts).map(([status, value]) => ({ labels: { tenant: id, type, status }, value })),
      ),
    )
  return (await Promise.all(all)).flat()
}

export type Metrics = {
  readonly contentType: string
  /** In Prometheus' text format. */
  text(): Promise<string>
  /** Nothing is counted any more. */
  stop(): void
}

let processMetrics: Registry | undefined

/**
 * What Node.js tells about itself. One for all servers of the process and from the first time on that somebody asks,
 * for its observers never end.
 */
function processRegistry(): Registry {
  if (!processMetrics) {
    processMetrics = new Registry()
    collectDefaultMetrics({ register: processMetrics })
  }
  return processMetrics
}

/** Counts from now on. `streams` is how many streams of events are open. */
export function createMetrics(deps: ConsoleDeps, streams: () => number): Metrics {
  const registry = new Registry()
  addGauges(registry, { ...deps, streams })
  const stops = [
    deps.journal.subscribe(createExchangeMetrics(registry)),
    deps.analysis.subscribe(createCycleMetrics(registry)),
  ]
  return {
    contentType: registry.contentType,
    text: async () => `${await registry.metrics()}\n${await processRegistry().metrics()}`,
    stop() {
      for (const stop of stops) stop()
    },
  }
}

/** For Prometheus. */
export const metricsRoutes: FastifyPluginAsyncZod<{ readonly metrics: Metrics }> = async (
  app,
  { metrics },
) => {
  validateWithZod(app)
  app.get(
    '/metrics',
    {
      schema: {
        operationId: 'showMetrics',
        summary: 'Tell Prometheus how things stand',
        tags: ['server'],
        response: {
          200: { description: 'The metrics.', content: { 'text/plain': { schema: z.string() } } },
          ...problemResponses(),
        },
      },
    },
    async (_request, reply) => {
      const text = await metrics.text()
      return reply.type(metrics.contentType).send(text)
    },
  )
}
