import type { Metric, Registry } from 'prom-client'
import type { Summary } from '../domain/journal/summary.ts'
import { addCounter, type IsKept, increment, type Series } from './gauges.ts'

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** Unknown methods share a label, so that clients cannot create labels. */
const methodLabel = ({ method }: Summary): string => (methods.has(method) ? method : 'other')

/** The durations of the requests with a method, of all tenants: a histogram that loses requests would seem to begin anew. */
type Durations = {
  readonly method: string
  count: number
  microseconds: number
  /** Requests by the first bound that is not below their duration; the last number counts those above all bounds. */
  readonly counts: number[]
}

type RequestSeries = Series<Readonly<Record<'tenant' | 'profile' | 'method' | 'status', string>>> & {
  readonly durations: Durations
}

const statusClasses = ['', '1xx', '2xx', '3xx', '4xx', '5xx']

/** Seconds. */
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

function addDuration(durations: Durations, microseconds: number): void {
  let at = 0
  while (at < bounds.length && microseconds > (bounds[at] ?? 0) * 1_000_000) at++
  durations.counts[at] = (durations.counts[at] ?? 0) + 1
  durations.microseconds += microseconds
  durations.count++
}

const histogram = { name: 'scimulator_exchange_seconds', help: 'Duration of requests.', type: 'histogram' }

function toHistogram(all: Iterable<Durations>) {
  const { name } = histogram
  const values = [...all].flatMap(({ method, count, microseconds, counts }) => {
    let below = 0
    const buckets = bounds.map((le, at) => {
      below += counts[at] ?? 0
      return { labels: { le, method }, value: below, metricName: `${name}_bucket` }
    })
    return [
      ...buckets,
      { labels: { le: '+Inf', method }, value: count, metricName: `${name}_bucket` },
      { labels: { method }, value: microseconds / 1_000_000, metricName: `${name}_sum` },
      { labels: { method }, value: count, metricName: `${name}_count` },
    ]
  })
  return { ...histogram, aggregator: 'sum', values }
}

/** Counts exchanges as they are recorded. Labels never contain text of a client. */
export function createExchangeMetrics(registry: Registry, isKept: IsKept): (arrived: Summary) => void {
  const durations = new Map<string, Durations>()
  const durationsOf = (method: string): Durations => {
    const found = durations.get(method) ?? { method, count: 0, microseconds: 0, counts: [] }
    durations.set(method, found)
    return found
  }
  /** Counted here: prom-client sorts and joins the labels in each call, which takes a microsecond. */
  const known = addCounter<RequestSeries>(
    registry,
    {
      name: 'exchanges',
      help: 'Requests to the SCIM listener. The tenant is empty if unknown.',
      labelNames: ['tenant', 'profile', 'method', 'status'],
    },
    labels => {
      const isSeriesKept = isKept(labels)
      if (!isSeriesKept) last = undefined
      return isSeriesKept
    },
  )
  const seriesOf = (labels: RequestSeries['labels']): RequestSeries => {
    const { tenant, profile, method, status } = labels
    const key = `${tenant} ${profile} ${method} ${status}`
    const series = known.get(key) ?? { labels, count: 0, durations: durationsOf(method) }
    known.set(key, series)
    return series
  }
  /** That of the last request: the next one usually has the same labels. */
  let last: RequestSeries | undefined
  const requestDurations = {
    get: async () => toHistogram(durations.values()),
    ...histogram,
    labelNames: ['method'],
  }
  registry.registerMetric(requestDurations as unknown as Metric)
  const count = (name: string, help: string, labelNames: readonly string[]) =>
    addCounter(registry, { name, help, labelNames }, isKept)
  const refusals = count('token_rejections', 'Requests whose token was not accepted.', ['tenant', 'reason'])
  const ruleRefusals = count('rule_rejections', 'Requests that a rule of the profile rejected.', [
    'tenant',
    'rule',
  ])
  const hits = count('fault_hits', 'Responses with an injected fault.', ['tenant'])

  return arrived => {
    const { tenant = '', profile = '', status, microseconds, refusal, rule, hasFault } = arrived
    const method = methodLabel(arrived)
    const statusClass = statusClasses[Math.floor(status / 100)] ?? ''
    const isAsLast =
      last?.labels.tenant === tenant &&
      last.labels.profile === profile &&
      last.labels.method === method &&
      last.labels.status === statusClass
    const series = isAsLast && last ? last : seriesOf({ tenant, profile, method, status: statusClass })
    last = series
    series.count++
    addDuration(series.durations, microseconds)
    if (refusal) increment(refusals, { tenant, reason: refusal })
    if (rule) increment(ruleRefusals, { tenant, rule })
    if (hasFault) increment(hits, { tenant })
  }
}
