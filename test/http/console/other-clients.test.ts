import t from 'tap'
import type { Finding } from '../../../src/domain/contract/explanation.ts'
import type { FindingGroup } from '../../../src/domain/contract/findings.ts'
import { aGroup, aUser } from '../../support/samples.ts'
import { createScimClient, patchOp, type ScimClient } from '../../support/scim.ts'
import { decompress } from '../../support/session-file.ts'
import { buildTestConsole, type TestConsole } from './console-app.ts'

const userAgents = {
  okta: 'Okta SCIM Client 1.0.0',
  'pocket-id': 'pocket-id/2.3.0',
  authentik: 'authentik@2026.2.1',
  jumpcloud: 'JumpCloud SCIM',
} as const

/** A client of the tenant under its vendor’s name, with the first token or another one. AWS allows two. */
const clientOf = (
  { app, tenant, token }: TestConsole,
  product: keyof typeof userAgents,
  other = token,
): ScimClient => createScimClient(app, `/${tenant.id}/scim/v2`, other, { 'user-agent': userAgents[product] })

const secondToken = async ({ deps, tenant }: TestConsole): Promise<string> =>
  (await deps.tenants.createToken(tenant)).text

const findingsOf = async ({ callApi }: TestConsole): Promise<ReadonlyMap<string, FindingGroup>> => {
  const { body } = await callApi('GET', '/api/v1/findings')
  return new Map(body.items.map((item: FindingGroup) => [item.id, item]))
}

t.test('OC-101 OC-144 OC-161 Okta’s requests have findings with remedies for Okta’s console', async t => {
  const test = await buildTestConsole(t, 'aws')
  const okta = clientOf(test, 'okta')
  const anna = await okta.create('Users', aUser('anna@springfield.example'))
  const crew = await okta.create('Groups', aGroup('Crew'))
  for (let at = 0; at < 100; at++) await okta.create('Users', aUser(`user${at}@springfield.example`))

  t.equal((await okta.put(`/Groups/${crew.id}`, aGroup('Crew', [anna.id]))).status, 400)
  const pushed = await okta.patch(`/Groups/${crew.id}`, {
    op: 'replace',
    path: 'members',
    value: [{ value: anna.id, display: 'anna@springfield.example' }],
  })
  t.equal(pushed.status, 400)
  const list = await okta.get('/Users?startIndex=1&count=100')
  t.match(list, { status: 200, body: { totalResults: 100 } })
  await okta.get('/Users?startIndex=1&count=2')

  const found = await findingsOf(test)
  t.match(found.get('okta/wizard-app'), {
    product: 'okta',
    count: 1,
    remedy: /^Applications > Browse App Catalog: add AWS IAM Identity Center/,
    basis: 'inferred',
  })
  t.match(found.get('okta/push-now'), {
    product: 'okta',
    count: 1,
    remedy: /Push Groups: do not use Push now/,
  })
  t.match(found.get('okta/import-cut'), {
    count: 1,
    evidence: [{ detail: 'The response has 100 of 101 users.' }],
  })
  t.match(found.get('aws/no-replacing-members'), { product: 'okta', remedy: /Push Groups/ })
  t.notOk(found.has('aws/list-cut'))

  const { body: requests } = await test.callApi('GET', '/api/v1/exchanges?method=PATCH')
  const explanation = await test.callApi('GET', `/api/v1/exchanges/${requests.items[0].id}/explanation`)
  t.match(
    explanation.body.findings.map(({ id, product }: Finding) => [id, product]),
    [
      ['aws/no-replacing-members', 'okta'],
      ['okta/push-now', 'okta'],
    ],
  )
  t.match(explanation.body.rejection, { rule: 'aws/no-replacing-members', remedy: /Push Groups/ })
  const { body: page } = await test.callApi('GET', `/api/v1/tenants/${test.tenant.id}/session`)
  t.match(decompress(page), /Push Groups: do not use Push now/, 'the session file has the same remedy')
})

t.test('OC-002 the same request of an unknown client has the general remedy', async t => {
  const test = await buildTestConsole(t, 'aws')
  const { client } = test
  const crew = await client.create('Groups', aGroup('Crew'))
  await client.patch(`/Groups/${crew.id}`, { op: 'replace', path: 'members', value: [] })
  const finding = (await findingsOf(test)).get('aws/no-replacing-members')
  t.match(finding, { remedy: 'Send add and remove operations with the members that have changed.' })
  t.equal(finding?.product, undefined)
})

t.test('OC-103 a token without “Bearer” is told apart from a missing one', async t => {
  const test = await buildTestConsole(t, 'aws')
  await test.client.send('GET', '/Users', undefined, {
    authorization: test.token,
    'user-agent': userAgents.okta,
  })
  const found = await findingsOf(test)
  t.match(found.get('client/token-without-scheme'), {
    product: 'okta',
    remedy: /^Okta sends the header of a custom app as it is entered/,
  })
  t.notOk(found.has('client/token-missing'))
  t.notMatch(JSON.stringify([...found.values()]), test.token)
})

t.test('OC-147 a group that Okta pushed without members is reported after 10 minutes', async t => {
  const test = await buildTestConsole(t, 'aws')
  const okta = clientOf(test, 'okta')
  await okta.create('Groups', aGroup('Crew'))
  await okta.create('Users', aUser('anna@springfield.example'))
  t.notOk((await findingsOf(test)).has('okta/empty-after-push'))
  await test.advance(10 * 60_000)
  await okta.get('/Users?filter=userName%20eq%20%22bart%22&startIndex=1&count=100')
  t.match((await findingsOf(test)).get('okta/empty-after-push'), {
    count: 1,
    evidence: [{ subject: 'Crew' }],
  })
})

t.test('OC-302 OC-401 OC-402 updates by JumpCloud, and groups that authentik reads', async t => {
  const test = await buildTestConsole(t, 'aws')
  const jumpcloud = clientOf(test, 'jumpcloud')
  const anna = await jumpcloud.create('Users', aUser('anna@springfield.example'))
  const { displayName: _, ...nameless } = aUser('anna@springfield.example', { emails: null, active: false })
  t.equal((await jumpcloud.put(`/Users/${anna.id}`, nameless)).status, 400)

  const authentik = clientOf(test, 'authentik', await secondToken(test))
  const crew = await authentik.create('Groups', aGroup('Crew'))
  for (let round = 0; round < 2; round++) {
    await authentik.get(`/Groups/${crew.id}`)
    await authentik.patch(`/Groups/${crew.id}`, { op: 'add', path: 'members', value: [{ value: anna.id }] })
  }
  t.equal((await authentik.get('/Users?filter=userName+eq+anna%40springfield.example')).status, 400)

  const found = await findingsOf(test)
  t.match(found.get('jumpcloud/no-display-name'), { count: 1, basis: 'observed' })
  t.notOk(found.has('client/no-display-name'))
  t.notOk(found.has('aws/required-attributes'))
  t.match(found.get('client/reads-members-aws-hides'), { count: 1 })
  t.match(found.get('client/unquoted-filter'), { count: 1 })
})

t.test('OC-440 Pocket ID deletes what another client created', async t => {
  const test = await buildTestConsole(t, 'aws')
  const okta = clientOf(test, 'okta')
  const anna = await okta.create('Users', aUser('anna@springfield.example'))
  const pocketId = clientOf(test, 'pocket-id', await secondToken(test))
  const own = await pocketId.create('Users', aUser('bart@springfield.example'))
  await findingsOf(test)
  await pocketId.delete(`/Users/${anna.id}`)
  await pocketId.delete(`/Users/${own.id}`)
  t.match((await findingsOf(test)).get('client/deletes-strangers'), {
    count: 1,
    evidence: [
      {
        subject: 'anna@springfield.example',
        detail: 'Pocket ID deleted a user that was created by Okta, and that it had never changed.',
      },
    ],
  })
})

t.test('the setup follows the client that the token belongs to, and its steps complete', async t => {
  const test = await buildTestConsole(t, 'aws')
  const okta = clientOf(test, 'okta')
  await okta.get('/Users?startIndex=1&count=2')
  const anna = await okta.create('Users', aUser('anna@springfield.example'))
  const crew = await okta.create('Groups', aGroup('Crew'))
  await okta.patch(`/Groups/${crew.id}`, { op: 'add', path: 'members', value: [{ value: anna.id }] })
  await okta.send('PATCH', `/Users/${anna.id}`, patchOp({ op: 'replace', value: { active: false } }))
  const setup = async (query = '') =>
    (await test.callApi('GET', `/api/v1/tenants/${test.tenant.id}/setup${query}`)).body
  const steps = (await setup()).steps as readonly { readonly id: string; readonly done: boolean }[]
  t.same(
    steps.map(({ id, done }) => [id, done]),
    ['token', 'contact', 'test-connection', 'user', 'group', 'membership', 'disabled'].map(id => [id, true]),
  )
  const { client, urlField, mapping, endpoint } = await setup()
  t.same({ client, urlField, mapping }, { client: 'okta', urlField: 'Base URL', mapping: undefined })
  t.notMatch(endpoint, /\/$/)
  t.match(await setup('?client=keycloak'), { client: 'keycloak', endpoint: /\/scim\/v2\/$/ })
  t.match(await setup('?client=entra'), { client: 'entra', urlField: 'Tenant URL', mapping: { users: [{}] } })
})
