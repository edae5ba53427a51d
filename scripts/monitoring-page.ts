import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { describeMetrics, type MetricDescription } from '../src/console/metrics.ts'
import { table } from './markdown-table.ts'

type Alert = {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly description: string }
}

/** The rules of deploy/alerts.yaml. */
export const alerts: readonly Alert[] = parse(
  readFileSync(new URL('../deploy/alerts.yaml', import.meta.url), 'utf8'),
).groups[0].rules

/** All metrics of a server, from its registry. */
export const metrics = describeMetrics()

const isOwn = ({ name }: MetricDescription): boolean => name.startsWith('scimulator_')

/** Counted by each instance for itself. Other gauges describe the database. */
const summedGauges = ['scimulator_journal_lost_exchanges', 'scimulator_event_streams']
const ofOneInstance = ['scimulator_drift_']

/** How values of several instances over one database become one. */
export function combine({ name, type }: MetricDescription): string {
  if (type !== 'gauge' || summedGauges.includes(name)) return 'sum'
  if (name === 'scimulator_info' || !name.startsWith('scimulator_')) return 'each'
  return ofOneInstance.some(prefix => name.startsWith(prefix)) ? 'the newest' : 'max'
}

const namesOf = (labels: readonly string[]): string => labels.map(label => `\`${label}\``).join(', ')

const alertsAbout = (name: string): string => {
  const named = alerts.filter(({ expr }) => new RegExp(`\\b${name}\\b`).test(expr))
  return named.length === 0 ? '' : ` Alerts: ${named.map(({ alert }) => `\`${alert}\``).join(', ')}.`
}

/** Each metric has a heading, by which the search of the site finds it. */
const metricSections = metrics
  .filter(isOwn)
  .map(metric => {
    const { name, type, labels, help } = metric
    const withLabels = labels.length === 0 ? 'no labels' : `labels ${namesOf(labels)}`
    return `### ${name}\n\n${help}\n\nA ${type} with ${withLabels}; over instances: ${combine(metric)}.${alertsAbout(name)}\n`
  })
  .join('\n')

const processTable = table(
  ['metric', 'type', 'labels', 'meaning'],
  metrics
    .filter(metric => !isOwn(metric))
    .map(({ name, type, labels, help }) => [`\`${name}\``, type, namesOf(labels), help]),
)

/** A placeholder of Prometheus as a word, such as `tenant`. */
const inWords = (text: string): string =>
  text.replace(/\{\{ \$(?:labels\.)?(\w+)[^}]*\}\}/g, (_, name: string) => `*${name}*`)

const alertTable = table(
  ['alert', 'severity', 'after', 'meaning', 'what to do'],
  alerts.map(({ alert, labels, annotations, for: after = 'at once' }) => [
    `\`${alert}\``,
    labels.severity,
    after,
    inWords(annotations.summary),
    inWords(annotations.description),
  ]),
)

/** docs/monitoring.md, generated from the registry of metrics and from deploy/alerts.yaml. */
export const monitoringPage = `# Monitoring

A server has metrics for Prometheus at \`/metrics\` of the console, and logs what an operator has to know. \`npm run docs\` generates
this page from the metrics in \`src/console\` and from \`deploy/alerts.yaml\`: change these, not this page.

## Set up Prometheus

Create a [console token](console-access.md#console-tokens) that may read metrics only:

\`\`\`sh
scimulator console-tokens create prometheus --scope metrics --for 365d
\`\`\`

Scrape each instance. The alerts and the dashboard expect the name \`scimulator\` for the job:

\`\`\`yaml
scrape_configs:
  - job_name: scimulator
    authorization: { credentials_file: /etc/prometheus/scimulator-token }
    static_configs:
      - targets: ['scimulator-1:8081', 'scimulator-2:8081']
rule_files: [alerts.yaml]
\`\`\`

[\`deploy/alerts.yaml\`](../deploy/alerts.yaml) has the rules below, and [\`deploy/grafana.json\`](../deploy/grafana.json) a dashboard for
Grafana: **Dashboards** → **New** → **Import**. The [Helm chart](kubernetes.md#helm) can create a ServiceMonitor.

A scrape is cheap: the result of a count that takes more than half a second is used for up to five minutes. The number of series does not
grow with the number of users: labels are tenants, credentials, kinds of findings and the like, never text that a client sends.

## What to alert on

${alertTable}

## Metrics

Several instances over one database, each scraped, have values of their own; combine them:
\`sum\` for what each instance counts for itself, \`max\` for what describes the database and is the same on all, \`each\` for what belongs to an
instance, and \`the newest\` for a comparison that one of them made.

The status of a job and its failing objects are those of the overview: an estimate, by the quarantine thresholds that Microsoft documents, from
the requests of Entra ID. Opened sessions are left out.

${metricSections}
## Node.js and process

${processTable}

## Log

A line at \`info\` for each of these, once for all instances. It has IDs, no names or addresses: the journal has those.

| \`msg\` | when | members |
| --- | --- | --- |
| \`a cycle ended\` | the next cycle of a provisioning service has begun, or it has sent nothing for five minutes | \`tenant\`, \`cycle\`, \`kind\`, \`client\`, \`requests\`, \`created\`, \`modified\`, \`disabled\`, \`deleted\`, \`failed\`, \`milliseconds\` |
| \`an object began to fail\` | a change of a user or group failed, and the one before did not; at most 100 a minute | \`tenant\`, \`request\`, \`action\`, \`status\`, \`type\`, \`object\`, \`rule\`, and \`injected\` if a fault caused it |
| \`more objects began to fail\` | objects beyond 100 in a minute | \`objects\` |

With \`--log-format json\`, each line has \`time\` in milliseconds since 1970 and \`iso\`, the same in ISO 8601. \`scimulator journal show REQUEST\` shows a
request that a line names.

[Webhooks](webhooks.md) notify chat programs and other systems of failures, findings and expiring tokens.
`
