import t from 'tap'
import { startWebhooks } from '../../support/deliveries.ts'
import { agreeing, anEntraGroup, archiveOf, exportedAws, sourceFiles } from '../../support/drift.ts'
import { receiveWebhooks } from '../../support/webhook-receiver.ts'
import { buildTestConsole } from './console-app.ts'

const client = { name: 'entra' }
const drifted = {
  ...agreeing,
  source: {
    ...agreeing.source,
    groups: [anEntraGroup('Operators', 'homer'), anEntraGroup('Auditors', 'homer')],
  },
}

t.test('a tenant is compared with its identity provider', async t => {
  const receiver = await receiveWebhooks(t)
  const webhooks = startWebhooks(t, {
    urls: [receiver.url],
    console: () => 'http://console.example',
    warn: message => t.fail(message),
  })
  const { console, callApi } = await buildTestConsole(t, 'aws', { webhooks })
  const imported = await console.inject({
    method: 'POST',
    url: '/api/v1/tenants/import?id=acme',
    headers: { 'content-type': 'application/octet-stream' },
    payload: archiveOf(exportedAws()),
  })
  t.equal(imported.statusCode, 201)
  const path = '/api/v1/tenants/acme/drift'
  const usersOf = async () => (await callApi('GET', '/api/v1/tenants/acme/users')).body
  const metrics = async () =>
    String((await callApi('GET', '/metrics')).body)
      .split('\n')
      .filter(line => line.startsWith('scimulator_drift_'))
  const before = await usersOf()

  await t.test('there is no report before the first comparison', async t => {
    t.match(await callApi('GET', path), {
      status: 404,
      body: { detail: /has not compared the tenant "acme"/ },
    })
    t.same(await metrics(), [])
  })

  await t.test('a tenant that agrees has no drift, and no webhook is notified', async t => {
    const { status, body } = await callApi('POST', path, { files: sourceFiles(), client })
    t.equal(status, 200)
    t.match(body, { drift: 1, sides: { aws: { name: 'acme' } }, counts: {}, states: {}, items: [] })
    t.same((await callApi('GET', path)).body, body)
    t.equal((await metrics()).filter(line => line.startsWith('scimulator_drift_items')).length, 0)
  })

  await t.test('drift is reported, counted, and sent to webhooks once', async t => {
    const input = { files: sourceFiles(drifted), client }
    const first = await callApi('POST', path, input)
    t.match(first.body, {
      counts: { critical: { 'member-extra': 1 } },
      states: { new: 1 },
      items: [{ object: { name: 'Operators/marge@springfield.example' }, accounts: ['111111111111'] }],
    })
    const { at: _, ...event } = (await receiver.next()).body
    t.same(event, {
      type: 'drift',
      tenant: 'acme',
      text: 'Drift in acme: 1 critical (1 new).',
      new: 1,
      critical: 1,
      link: 'http://console.example/tenants/acme',
    })
    t.match(await metrics(), [
      'scimulator_drift_items{tenant="acme",category="member-extra",severity="critical"} 1',
      /^scimulator_drift_last_run_timestamp_seconds\{tenant="acme"\} 1\d{9}/,
      /^scimulator_drift_duration_seconds\{tenant="acme"\} \d/,
    ])
    const second = await callApi('POST', path, input)
    t.same(second.body.states, { known: 1 })
    t.equal(receiver.count(), 1)
  })

  t.same(await usersOf(), before, 'nothing is changed')

  await t.test('what is wrong in the request is named', async t => {
    const compare = async (body: object) => {
      const { status, body: problem } = await callApi('POST', path, body)
      return { status, paths: problem.errors?.map((error: { readonly path: string }) => error.path) }
    }
    const files = sourceFiles()
    const rule = { match: { category: 'user-extra' }, reason: 'agreed', until: '2099-01-01' }
    t.same(await compare({ files, client, ignore: [rule] }), { status: 400, paths: ['body.ignore'] })
    t.match(await compare({ files, client, ignore: [{ ...rule, reason: '' }] }), { status: 400 })
    t.match(await callApi('POST', '/api/v1/tenants/missing/drift', { files, client }), { status: 404 })
  })
})
