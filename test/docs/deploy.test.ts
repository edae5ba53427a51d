import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { parse, parseAllDocuments, parseDocument } from 'yaml'
import { readDockerfile } from '../../scripts/image/dockerfile.ts'
import { consoleOption, consoleTokenOption } from '../../src/server/cli/options.ts'
import { closeTimeout } from '../../src/server/listeners.ts'
import { settings } from '../../src/server/settings.ts'
import { run } from '../http/cli/run.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const text = (name: string) => readFileSync(join(root, name), 'utf8')

const known = new Set([
  ...settings.map(({ variable }) => variable),
  ...[consoleOption(), consoleTokenOption()].map(({ envVar = '' }) => envVar),
])
const unknown = (names: readonly string[]) => names.filter(name => !known.has(name))
const portOf = (flag: string) => settings.find(setting => setting.flag === flag)?.defaultValue
const scimPort = Number(portOf('port'))
const consolePort = Number(portOf('console-port'))
const awsPort = Number(portOf('aws-port'))

/** Matches a URL with a password that is not a placeholder. */
const password = /:\/\/[^:/\s]+:(?!REPLACE@|password@|\$\{)[^@/\s]+@/

type Variable = {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: { readonly secretKeyRef: { readonly name: string; readonly key: string } }
}

const composeFile = 'compose.postgres.yaml'
const composeDocument = parseDocument(text(composeFile), { strict: true, uniqueKeys: true })
const compose = composeDocument.toJS()
const image: string = parse(text('compose.yaml')).services.scimulator.image
const instances = ['scimulator-1', 'scimulator-2']

t.test('compose: two equal instances, a database and a proxy', async t => {
  t.same([composeDocument.errors, composeDocument.warnings], [[], []])
  t.same(Object.keys(compose.services), ['database', ...instances, 'proxy'])
  const [first, second] = instances.map(name => compose.services[name])
  t.same(first, second)
  t.equal(first.image, image)
  t.same(first.depends_on, { database: { condition: 'service_healthy' } })
  t.ok(Number.parseInt(first.stop_grace_period, 10) > closeTimeout / 1000)
  t.same(Object.keys(compose.volumes), ['database'])
  t.equal(compose.services.database.volumes.length, 1)
})

t.test('compose: each variable is known, and no password is in the file', async t => {
  const { database, 'scimulator-1': instance } = compose.services
  t.same(unknown(Object.keys(instance.environment)), [])
  t.match(database.environment.POSTGRES_PASSWORD, /^\$\{SCIMULATOR_DATABASE_PASSWORD:\?.+\}$/)
  t.match(instance.environment.SCIMULATOR_CONSOLE_TOKEN, /^\$\{SCIMULATOR_CONSOLE_TOKEN:\?.+\}$/)
  t.equal(
    instance.environment.SCIMULATOR_DATABASE_URL,
    `postgres://${database.environment.POSTGRES_USER}:\${SCIMULATOR_DATABASE_PASSWORD}@database/${database.environment.POSTGRES_DB}`,
  )
  t.notMatch(text(composeFile), password)
})

t.test(
  'the proxy publishes the console and the AWS APIs on loopback only, and forwards to ready instances',
  async t => {
    const { proxy } = compose.services
    t.same(proxy.ports, [
      `${scimPort}:${scimPort}`,
      ...[consolePort, awsPort].map(port => `127.0.0.1:${port}:${port}`),
    ])
    const [[from]] = proxy.volumes.map((volume: string) => volume.split(':'))
    const config = text(normalize(from))
    const upstreams = [...config.matchAll(/reverse_proxy ([^{]+) \{/g)].map(([, hosts]) => hosts)
    t.same(
      upstreams,
      [scimPort, consolePort, awsPort].map(port => instances.map(name => `${name}:${port}`).join(' ')),
    )
    t.match(config, `health_port ${consolePort}\n`)
    t.match(config, 'health_uri /readyz\n')
  },
)

const manifestFile = 'deploy/kubernetes.yaml'
const documents = parseAllDocuments(text(manifestFile), { strict: true, uniqueKeys: true })
const manifests = documents.map(document => document.toJS())
const manifest = (kind: string, name = 'scimulator') =>
  manifests.find(found => found.kind === kind && found.metadata.name === name)
const pod = manifest('Deployment').spec.template
const [container] = pod.spec.containers
const [migration] = pod.spec.initContainers

t.test('kubernetes: the manifests parse, and select the pods of the deployment', async t => {
  t.same(
    documents.flatMap(({ errors, warnings }) => [...errors, ...warnings]),
    [],
  )
  t.same(
    manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    [
      ...['Secret scimulator', 'Deployment scimulator', 'PodDisruptionBudget scimulator'],
      ...['Service scimulator', 'Ingress scimulator', 'Service scimulator-console'],
      'NetworkPolicy scimulator',
    ],
  )
  const { labels } = pod.metadata
  const { spec } = manifest('Deployment')
  t.same(
    [spec.selector, manifest('PodDisruptionBudget').spec.selector].map(selector => selector.matchLabels),
    [labels, labels],
  )
  for (const name of ['scimulator', 'scimulator-console'])
    t.same(manifest('Service', name).spec.selector, labels, name)
  t.equal(spec.replicas, 2)
  t.ok(manifest('PodDisruptionBudget').spec.minAvailable < spec.replicas)
})

t.test('kubernetes: the ports and probes are those of the server', async t => {
  t.same(container.ports, [
    { name: 'scim', containerPort: scimPort },
    { name: 'console', containerPort: consolePort },
    { name: 'aws', containerPort: awsPort },
  ])
  t.same(manifest('Service').spec.ports, [{ name: 'scim', port: scimPort, targetPort: 'scim' }])
  t.same(manifest('Service', 'scimulator-console').spec.ports, [
    { name: 'console', port: consolePort, targetPort: 'console' },
    { name: 'aws', port: awsPort, targetPort: 'aws' },
  ])
  const { rules, tls } = manifest('Ingress').spec
  t.same(rules[0].http.paths[0].backend.service, { name: 'scimulator', port: { name: 'scim' } })
  const [publicUrl] = container.env.filter(({ name }: Variable) => name === 'SCIMULATOR_PUBLIC_URL')
  t.same(
    [rules[0].host, ...tls[0].hosts].map(host => `https://${host}`),
    [publicUrl.value, publicUrl.value],
  )
  t.same(container.livenessProbe.httpGet, { path: '/livez', port: 'console' })
  t.same(container.startupProbe.httpGet, { path: '/readyz', port: 'console' })
  t.same(container.readinessProbe.httpGet, { path: '/readyz', port: 'console' })
})

t.test('kubernetes: each variable exists, and secret values are in the Secret only', async t => {
  const secret = manifest('Secret').stringData
  for (const { name, env } of [container, migration]) {
    t.same(unknown(env.map((variable: Variable) => variable.name)), [], name)
    for (const { name: variable, value, valueFrom } of env as readonly Variable[]) {
      if (variable === 'SCIMULATOR_DATABASE_SCHEMA') t.equal(value, 'scimulator')
      else if (variable === 'SCIMULATOR_PUBLIC_URL') t.match(value, /^https:/)
      else t.ok(valueFrom && valueFrom.secretKeyRef.key in secret, `${name}: ${variable}`)
    }
  }
  t.equal(pod.spec.enableServiceLinks, false, 'no variables of Services, which have the same names')
  t.notMatch(text(manifestFile), password)
  for (const [key, value] of Object.entries<string>(secret)) t.match(value, /REPLACE/, key)
})

t.test('kubernetes: the image is that of compose.yaml, and its user may run it', async t => {
  t.same([container.image, migration.image], [image, image])
  t.match(await run([...migration.args, '--help']), { code: 0, err: '' })
  const last = readDockerfile(text('Dockerfile')).at(-1)?.instructions ?? []
  t.equal(last.find(({ name }) => name === 'USER')?.rest, 'node')
  t.match(pod.spec.securityContext, { runAsNonRoot: true, runAsUser: 1000 })
})

t.test('kubernetes: a pod has the time that the server needs to stop', async t => {
  const [command, seconds] = container.lifecycle.preStop.exec.command
  t.equal(command, 'sleep')
  const statement = 30
  const { terminationGracePeriodSeconds } = pod.spec
  t.ok(terminationGracePeriodSeconds > Number(seconds) + closeTimeout / 1000 + statement)
})

t.test('kubernetes: the console and the AWS APIs are for pods of the namespace', async t => {
  const { podSelector, ingress } = manifest('NetworkPolicy').spec
  t.same(podSelector.matchLabels, pod.metadata.labels)
  t.same(ingress, [
    { ports: [{ port: 'scim' }] },
    { ports: [{ port: 'console' }, { port: 'aws' }], from: [{ podSelector: {} }] },
  ])
})

const helm = process.env.HELM ?? 'helm'
/** Why tests with Helm are skipped. With `HELM_TESTS=required`, they fail without it. */
const skipWithoutHelm =
  process.env.HELM_TESTS !== 'required' &&
  spawnSync(helm, ['version']).status !== 0 &&
  'Helm was not found: install it, or set HELM to its path'

const chart = 'deploy/helm/scimulator'

const renderChart = (values: object) => {
  const args = ['template', 'scimulator', chart, '--values', '-']
  return spawnSync(helm, args, { cwd: root, input: JSON.stringify(values), encoding: 'utf8' })
}

const kindAndName = ({ kind, metadata }: { kind: string; metadata: { name: string } }) =>
  `${kind} ${metadata.name}`

const { stringData } = manifest('Secret')
const publicUrl = container.env.find(({ name }: Variable) => name === 'SCIMULATOR_PUBLIC_URL').value
const values = {
  image: { repository: image },
  publicUrl,
  secret: {
    databaseUrl: stringData['database-url'],
    ownerUrl: stringData['owner-url'],
    consoleToken: stringData['console-token'],
    sealKey: stringData['seal-key'],
  },
}

t.test('helm: the chart has the version of the package', async t => {
  const { version } = JSON.parse(text('package.json'))
  t.match(parse(text(`${chart}/Chart.yaml`)), { version, appVersion: version })
})

t.test('helm: the chart renders the manifests of kubernetes.yaml', { skip: skipWithoutHelm }, async t => {
  const { status, stdout, stderr } = renderChart(values)
  t.equal(status, 0, stderr)
  const rendered = parseAllDocuments(stdout).map(document => document.toJS())
  const byName = (all: typeof manifests) =>
    Object.fromEntries(
      all.map(one => [kindAndName(one), one]).sort(([one], [other]) => (one < other ? -1 : 1)),
    )
  t.same(byName(rendered), byName(manifests))
})

t.test('helm: the chart names what is missing, and lints', { skip: skipWithoutHelm }, async t => {
  t.match(renderChart({}), {
    status: 1,
    stderr: 'Set secret.databaseUrl, or name a Secret with existingSecret',
  })
  t.match(renderChart({ ...values, publicUrl: '' }), { status: 1, stderr: 'Set publicUrl to https://' })
  t.match(renderChart({ ...values, publicUrl: 'http://x' }), {
    status: 1,
    stderr: 'has to begin with https://',
  })
  t.match(renderChart({ ...values, publicUrl: 'https://' }), { status: 1, stderr: 'has to name a host' })
  t.match(renderChart({ ...values, image: {} }), { status: 1, stderr: 'Set image.repository' })
  const monitor = { serviceMonitor: { enabled: true } }
  t.match(renderChart({ ...values, ...monitor }), {
    status: 1,
    stderr: 'Set serviceMonitor.tokenSecret.name',
  })
  t.match(spawnSync(helm, ['lint', chart], { cwd: root, encoding: 'utf8' }), { status: 0 })
})

t.test('helm: an empty list of sources lets no pod reach the console', { skip: skipWithoutHelm }, async t => {
  const { stdout } = renderChart({ ...values, networkPolicy: { consoleFrom: [] } })
  const rendered = parseAllDocuments(stdout).map(document => document.toJS())
  const policy = rendered.find(({ kind }) => kind === 'NetworkPolicy')
  t.same(policy.spec.ingress, [{ ports: [{ port: 'scim' }] }], 'in Kubernetes, an empty `from` allows all')
})

t.test(
  'helm: parts are optional, and a Secret of your own replaces that of the chart',
  {
    skip: skipWithoutHelm,
  },
  async t => {
    const { stdout } = renderChart({
      ...{ image: values.image, publicUrl, existingSecret: 'mine' },
      ...{ ingress: { enabled: false }, networkPolicy: { enabled: false } },
      serviceMonitor: { enabled: true, tokenSecret: { name: 'metrics-token' } },
      env: [{ name: 'SCIMULATOR_KEEP_DAYS', value: '90' }],
    })
    const rendered = parseAllDocuments(stdout).map(document => document.toJS())
    t.same(rendered.map(kindAndName).sort(), [
      ...['Deployment scimulator', 'PodDisruptionBudget scimulator', 'Service scimulator'],
      ...['Service scimulator-console', 'ServiceMonitor scimulator'],
    ])
    const [{ env }] = rendered.find(({ kind }) => kind === 'Deployment').spec.template.spec.containers
    t.same(
      env.flatMap(({ valueFrom }: Variable) => valueFrom?.secretKeyRef.name ?? []),
      ['mine', 'mine', 'mine'],
    )
    t.same(env.at(-1), { name: 'SCIMULATOR_KEEP_DAYS', value: '90' })
  },
)

t.test('the page on PostgreSQL names existing settings, commands and files', async t => {
  const page = text('docs/postgresql.md')
  const variables = [...page.matchAll(/\bSCIMULATOR_[A-Z_]+/g)].map(([name]) => name)
  t.same(
    unknown(variables).filter(name => name !== 'SCIMULATOR_DATABASE_PASSWORD'),
    [],
  )
  const flags = [...page.matchAll(/`--([a-z-]+)/g)].map(([, flag = '']) => flag)
  // `schema` is a flag of pg_dump.
  const existing = new Set([...settings.map(({ flag }) => flag), 'from', 'schema'])
  t.same(
    flags.filter(flag => !existing.has(flag)),
    [],
  )
  const commands = [...page.matchAll(/^ *scimulator ([a-z]+)/gm)].map(([, name = '']) => name)
  for (const command of new Set(commands)) t.match(await run([command, '--help']), { code: 0, err: '' })
  const links = [...page.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => link)
  t.same(
    links.filter(link => !existsSync(join(root, dirname('docs/postgresql.md'), link))),
    [],
  )
  t.notMatch(page, password)
})
