import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse, stringify } from 'yaml'
import { alerts, combine, metrics } from '../../scripts/monitoring-page.ts'
import { root } from '../support/page-blocks.ts'
import { startWith } from '../support/started-server.ts'

/** Why tests with promtool are skipped. With `PROMTOOL_TESTS=required`, they fail without it. */
const skip =
  process.env.PROMTOOL_TESTS !== 'required' &&
  spawnSync('promtool', ['--version']).status !== 0 &&
  "promtool was not found: install Debian's promtool"

const promtool = (args: readonly string[], input = '') => {
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: root, input, encoding: 'utf8' })
  return { status, stdout, stderr }
}

type Panel = {
  readonly id: number
  readonly title: string
  readonly type: string
  readonly targets?: readonly { readonly expr: string }[]
}

const dashboard: { readonly panels: readonly Panel[]; readonly templating: object } = JSON.parse(
  readFileSync(join(root, 'deploy/grafana.json'), 'utf8'),
)
/** The queries of the dashboard, with values for the variables of Grafana. */
const queries = dashboard.panels.flatMap(({ targets = [] }) =>
  targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '5m').replaceAll('$tenant', '.*')),
)

const namesIn = (text: string) => text.match(/\b(?:scimulator|nodejs|process)_[a-z0-9_]+/g) ?? []

async function scrape(t: Parameters<typeof startWith>[0]): Promise<string> {
  const server = await startWith(t, ['--memory', '--tenant=acme'])
  const headers = { 'content-type': 'application/json' }
  await fetch(`${server.console}/api/v1/tenants/acme/sample`, { method: 'POST', headers, body: '{}' })
  return (await fetch(`${server.console}/metrics`)).text()
}

t.test('the page, the alerts and the dashboard name metrics that a server has', async t => {
  const text = await scrape(t)
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => ({
    name,
    type,
  }))
  t.same(
    types,
    metrics.map(({ name, type }) => ({ name, type })),
  )
  const series = new Set(
    types.flatMap(({ name, type }) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  )
  const named = namesIn(
    [...alerts.map(({ expr }) => expr), ...queries, JSON.stringify(dashboard.templating)].join('\n'),
  )
  t.ok(named.length > 30)
  t.same(
    named.filter(name => !series.has(name)),
    [],
  )
})

t.test('queries name labels that their metrics have', t => {
  const labelsOf = new Map(metrics.map(({ name, labels }) => [name, labels]))
  const matchers = [...alerts.map(({ expr }) => expr), ...queries].flatMap(expr =>
    [...expr.matchAll(/\b(\w+)\{([^}]*)\}/g)].map(([, name = '', list = '']) => ({
      name,
      labels: [...list.matchAll(/(\w+)=/g)].map(([, label = '']) => label),
    })),
  )
  t.same(
    matchers.filter(({ name, labels }) =>
      labels.some(label => !['job', 'instance', ...(labelsOf.get(name) ?? [])].includes(label)),
    ),
    [],
  )
  t.end()
})

t.test('each alert has a rule test, a severity and a remedy', t => {
  const { tests } = parse(readFileSync(join(root, 'deploy/alerts.test.yaml'), 'utf8'))
  type Check = { readonly alertname: string; readonly exp_alerts?: readonly unknown[] }
  const tested = new Set(
    tests
      .flatMap((test: { readonly alert_rule_test: readonly Check[] }) => test.alert_rule_test)
      .filter(({ exp_alerts }: Check) => exp_alerts !== undefined)
      .map(({ alertname }: Check) => alertname),
  )
  t.same(
    alerts.filter(({ alert }) => !tested.has(alert)),
    [],
  )
  for (const { alert, labels, annotations } of alerts) {
    t.match(labels.severity, /^(warning|critical)$/, alert)
    t.match(annotations, { summary: /\.$|: /, description: /\.$/ }, alert)
  }
  t.end()
})

t.test('the panels of the dashboard have titles and IDs of their own', t => {
  const { panels } = dashboard
  t.equal(new Set(panels.map(({ id }) => id)).size, panels.length)
  t.equal(new Set(panels.map(({ title }) => title)).size, panels.length)
  t.same(
    panels.filter(({ type, targets = [] }) => type !== 'row' && targets.length === 0),
    [],
  )
  t.end()
})

t.test('the page says which gauges are sums over the instances', t => {
  const summed = metrics.filter(metric => metric.type === 'gauge' && combine(metric) === 'sum')
  t.same(
    summed.map(({ name }) => name),
    ['scimulator_event_streams', 'scimulator_journal_lost_exchanges'],
  )
  t.end()
})

t.test('promtool accepts the metrics', { skip }, async t => {
  const text = await scrape(t)
  t.match(text, /^scimulator_exchanges_total\{/m, 'with values')
  t.same(promtool(['check', 'metrics'], text), { status: 0, stdout: '', stderr: '' })
})

t.test('promtool accepts the alerts, and their tests pass', { skip }, t => {
  t.match(promtool(['check', 'rules', 'deploy/alerts.yaml']), {
    status: 0,
    stdout: `SUCCESS: ${alerts.length} rules found`,
  })
  t.match(promtool(['test', 'rules', 'deploy/alerts.test.yaml']), { status: 0, stdout: 'SUCCESS' })
  t.end()
})

t.test('promtool accepts each query of the dashboard', { skip }, t => {
  const rules = queries.map((expr, at) => ({ record: `query:${at}`, expr }))
  const folder = t.testdir({ 'queries.yaml': stringify({ groups: [{ name: 'dashboard', rules }] }) })
  t.match(promtool(['check', 'rules', join(folder, 'queries.yaml')]), {
    status: 0,
    stdout: `SUCCESS: ${queries.length} rules found`,
  })
  t.end()
})
