import { Counter, type Metric, type Registry } from 'prom-client'
import type { Summary } from '../domain/journal/summary.ts'

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

const histogram = { name: 'scimulator_exchange_seconds', help: 'Duration of requests.', type: 'histogram' }

function durationsByMethod(series: Iterable<Series>) {
  const { name } = histogram
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
  return { ...histogram, aggregator: 'sum', values }
}

/** Counts exchanges as they are recorded. Labels never contain text of a client. */
export function createExchangeMetrics(registry: Registry): (arrived: Summary) => void {
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
    ...histogram,
    labelNames: ['method'],
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
