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
  return ofOneInstance.some(prefix => name.startsWith(prefix)) ? 'newest' : 'max'
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
    const withLabels = labels.length === 0 ? '' : ` Labels: ${namesOf(labels)}.`
    return `### ${name}\n\n${help}\n\nType: ${type}.${withLabels} Instances: ${combine(metric)}.${alertsAbout(name)}\n`
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

const alertSections = alerts
  .map(({ alert, labels, annotations, for: after }) => {
    const { summary, description } = annotations
    const delay = after === undefined ? 'at once' : `if it lasts ${after}`
    return `### ${alert}\n\n**${inWords(summary)}** ${inWords(description)}\n\nSeverity: ${labels.severity}, ${delay}.\n`
  })
  .join('\n')

/** docs/monitoring.md, generated from the registry of metrics and from deploy/alerts.yaml. */
export const monitoringPage = `# Monitoring

The console serves metrics for Prometheus at \`/metrics\`. \`npm run docs\` generates this page from the metrics in \`src/console\` and from
\`deploy/alerts.yaml\`.

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

Copy [\`deploy/alerts.yaml\`](../deploy/alerts.yaml) beside the configuration of Prometheus, and import
[\`deploy/grafana.json\`](../deploy/grafana.json) in Grafana: **Dashboards** → **New** → **Import**. The [Helm chart](kubernetes.md#helm) can create a ServiceMonitor.

A scrape is cheap: the server reuses counts that took more than half a second for up to five minutes. Labels are tenants, credentials,
kinds of findings and the like, so the number of series does not grow with the number of users.

## Alerts

${alertSections}
## Metrics

If several instances share one database, scrape each, and combine their values:

| instances | use it for |
| --- | --- |
| sum | what each instance counts for itself |
| max | the state of the database, which all instances report |
| each | properties of one instance |
| newest | a comparison that one instance made |

The status of a job and its failing objects are [estimates](findings.md#quarantine-estimate) from the requests of Entra ID. Metrics do not
include opened sessions and deleted tenants.

${metricSections}
## Node.js and process

${processTable}

## Log

The server logs these lines at \`info\`, once for all instances. They contain IDs, but no names and addresses of people.

| \`msg\` | when | members |
| --- | --- | --- |
| \`a cycle ended\` | the next cycle of a provisioning service has begun, or it has sent nothing for five minutes | \`tenant\`, \`cycle\`, \`kind\`, \`client\`, \`requests\`, \`created\`, \`modified\`, \`disabled\`, \`deleted\`, \`failed\`, \`milliseconds\` |
| \`an object began to fail\` | a change of a user or group failed, and the one before did not; at most 100 a minute | \`tenant\`, \`request\`, \`action\`, \`status\`, \`type\`, \`object\`, \`rule\`, and \`injected\` if a fault caused it |
| \`more objects began to fail\` | objects beyond 100 in a minute | \`objects\` |

With \`--log-format json\`, each line has the time twice: \`time\` in milliseconds since 1970, and \`iso\` in ISO 8601.
\`scimulator journal show REQUEST\` shows a request that a line names.

[Webhooks](webhooks.md) report failures, findings and expiring tokens to chat programs and other systems.
`
