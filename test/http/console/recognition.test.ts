import t from 'tap'
import type { JsonObject } from '../../../src/scim/json.ts'
import type { Product } from '../../../src/scim/recognition/products.ts'
import { type ClientFixture, clientFixtures } from '../../support/client-fixtures.ts'
import { aGroup, aUser, groupUrn, userUrn } from '../../support/samples.ts'
import { patchOp, type ScimClient, type TestResponse } from '../../support/scim.ts'
import { buildTestConsole, wholeList } from './console-app.ts'

/** Sends the request as its client does, with the ids of this tenant. */
const sendFixture = (
  client: ScimClient,
  { method, path, headers, body }: ClientFixture,
  ids: { readonly user: string; readonly group: string },
  userAgent: string,
): Promise<TestResponse> => {
  const id = path.startsWith('/Groups') ? ids.group : ids.user
  return client.send(method, path.replace('ID', id), body, { ...headers, 'user-agent': userAgent })
}

const seed = async (client: ScimClient) => ({
  user: (await client.create('Users', aUser('anna'))).id as string,
  group: (await client.create('Groups', aGroup('Crew'))).id as string,
})

t.test('the journal, the cycles and the tokens show each client with the evidence', async t => {
  const { another, callApi } = await buildTestConsole(t)
  const expected = new Map<string, readonly unknown[]>()
  for (const [product, fixtures] of Map.groupBy(clientFixtures, one => one.product)) {
    const { tenant, client } = await another('rfc')
    const ids = await seed(client)
    for (const fixture of fixtures) await sendFixture(client, fixture, ids, fixture.userAgent)
    const ways = fixtures.map(({ evidence }) => evidence && { product, evidence })
    expected.set(tenant.id, ways)
  }
  await callApi('GET', '/api/v1/cycles')
  for (const [tenant, ways] of expected) {
    const sent = (await wholeList(callApi, `/api/v1/exchanges?tenant=${tenant}`)).slice(0, -2).toReversed()
    t.same(
      sent.map(({ recognized }) => recognized),
      ways,
      tenant,
    )
    const named = ways.find(way => (way as { evidence?: string } | undefined)?.evidence === 'named')
    if (named === undefined) continue
    const { body: tokens } = await callApi('GET', `/api/v1/tenants/${tenant}/tokens`)
    t.match(tokens.items, [{ recognized: named }])
    const { body: cycles } = await callApi('GET', `/api/v1/cycles?tenant=${tenant}`)
    t.match(cycles.items[0], { recognized: named })
    const { body: overview } = await callApi('GET', `/api/v1/tenants/${tenant}/overview`)
    t.match(overview.tokens, [{ recognized: named }])
  }
  const okta = clientFixtures.filter(({ product }) => product === 'okta')
  const found = await wholeList(callApi, '/api/v1/exchanges?q=client:okta')
  t.equal(found.length, okta.length)
  t.same(found[0], (await callApi('GET', `/api/v1/exchanges?q=client:OKTA+method:DELETE`)).body.items[0])
  const { body: detail } = await callApi('GET', `/api/v1/exchanges/${found[0].id}`)
  t.same(detail.recognized, { product: 'okta', evidence: 'named' })
  t.match(await callApi('GET', '/api/v1/exchanges?q=client:octa'), {
    status: 400,
    body: { detail: /did you mean "okta"/ },
  })
})

/** Ids and times differ. */
const withoutChance = ({ status, headers, body }: TestResponse) => ({
  status,
  headers: Object.keys(headers).sort(),
  type: headers['content-type'],
  body: JSON.stringify(body ?? null).replace(
    /[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}|\d{4}-\d\d-\d\d[T ][\d:.]+Z?|\/[a-z\d-]+\/scim\/v2|W\/\\"[^"]*"/gi,
    '…',
  ),
})

t.test('OC-001 a response is the same, whichever client sent the request', async t => {
  const { another, deps } = await buildTestConsole(t)
  deps.analysis.start()
  const responses: unknown[][] = []
  for (const named of [undefined, '', 'Okta SCIM Client 1.0.0', 'x/1']) {
    const { client } = await another('aws')
    const ids = await seed(client)
    const seen: unknown[] = []
    for (const fixture of clientFixtures)
      seen.push(withoutChance(await sendFixture(client, fixture, ids, named ?? fixture.userAgent)))
    await deps.analysis.caughtUp(30_000)
    responses.push(seen)
  }
  const [first, ...others] = responses
  for (const other of others) t.same(other, first)
})

/** A request of a tool: method, path below the tenant's root, body. `$user` and `$group` stand for ids. */
type Call = readonly [method: ClientFixture['method'], path: string, body?: object]

const filtered = (filter: string) => `filter=${encodeURIComponent(filter).replaceAll('%20', '+')}`
const ines = (more: JsonObject = {}): JsonObject => ({
  schemas: [userUrn],
  userName: 'ines@firm.example',
  name: { familyName: 'Marsh', givenName: 'Ines' },
  displayName: 'Ines Marsh',
  active: true,
  emails: [{ value: 'ines@firm.example', type: 'work', primary: true }],
  ...more,
})
const member = (op: string) => patchOp({ op, path: 'members', value: [{ value: '$user' }] })

type Tool = {
  readonly product: Product
  readonly userAgent: string
  /** With every request, and with those that have a body. */
  readonly headers: Readonly<Record<string, string>>
  readonly bodyHeaders: Readonly<Record<string, string>>
  readonly calls: readonly Call[]
  /** The evidence for each call, and the action in the journal. */
  readonly shows: readonly (readonly [evidence: string | undefined, action: string])[]
  readonly cycle: JsonObject
}

const tools: readonly Tool[] = [
  {
    product: 'ssosync',
    userAgent: 'Go-http-client/1.1',
    headers: { 'accept-encoding': 'gzip', 'content-type': 'application/scim+json' },
    bodyHeaders: {},
    calls: [
      ['GET', `/Users?${filtered('userName eq "ines@firm.example"')}`],
      ['POST', '/Users', ines({ addresses: [{ type: 'work' }] })],
      ['GET', `/Groups?${filtered('displayName eq "ops@firm.example"')}`],
      ['POST', '/Groups', { schemas: [groupUrn], displayName: 'ops@firm.example', members: [] }],
      ['PATCH', '/Groups/$group', member('add')],
      ['PUT', '/Users/$user', ines({ id: '$user', active: false, addresses: [{ type: 'work' }] })],
      ['DELETE', '/Groups/$group'],
    ],
    shows: [
      ['shaped', 'look up user by userName'],
      ['shaped', 'create user'],
      ['shaped', 'look up group by displayName'],
      ['shaped', 'create group'],
      ['shaped', 'add 1 member'],
      ['shaped', 'replace user (disabled)'],
      ['shaped', 'delete group'],
    ],
    cycle: { client: 'service', kind: 'cycle', userAgent: 'Go-http-client', requests: 7 },
  },
  {
    product: 'idp-scim-sync',
    userAgent: 'idp-scim-sync/0.40.1',
    headers: { accept: 'application/json', 'accept-encoding': 'gzip' },
    bodyHeaders: { 'content-type': 'application/scim+json' },
    calls: [
      ['POST', '/Users', ines({ externalId: 'p-1' })],
      ['POST', '/Groups', { id: '', meta: {}, displayName: 'Ops', externalId: 'g-1' }],
      ['PATCH', '/Groups/$group', patchOp({ op: 'replace', value: { id: '$group', externalId: 'g-2' } })],
      ['PATCH', '/Groups/$group', member('add')],
      ['GET', `/Groups?cursor&${filtered('members.value eq "$user"')}`],
      ['DELETE', '/Users/$user'],
    ],
    shows: [
      ['named', 'create user'],
      ['named', 'create group'],
      ['named', 'change externalId of group'],
      ['named', 'add 1 member'],
      ['named', 'look up group by members'],
      ['named', 'delete user'],
    ],
    cycle: { client: 'service', kind: 'cycle', userAgent: 'idp-scim-sync', requests: 6 },
  },
  {
    product: 'terraform',
    userAgent:
      'Terraform/1.9.5 (+https://www.terraform.io) Terraform-Plugin-SDK/2.34.0 terraform-provider-aws-sso-scim/1.4.0',
    headers: { accept: 'application/json', 'accept-encoding': 'gzip' },
    bodyHeaders: { 'content-type': 'application/json' },
    calls: [
      [
        'POST',
        '/Users',
        ines({
          meta: { resourceType: '', created: '0001-01-01T00:00:00Z', lastModified: '0001-01-01T00:00:00Z' },
          id: '',
          schemas: null,
        }),
      ],
      ['POST', '/Groups', { displayName: 'Ops', members: [] }],
      ['PATCH', '/Groups/$group', member('add')],
      ['GET', `/Groups?${filtered('id eq "$group" and members eq "$user"')}`],
      ['DELETE', '/Groups/$group'],
    ],
    shows: [
      ['named', 'create user'],
      ['named', 'create group'],
      ['named', 'add 1 member'],
      ['named', 'look up group by id, members'],
      ['named', 'delete group'],
    ],
    cycle: { client: 'ad-hoc', kind: 'ad-hoc', userAgent: 'Terraform', requests: 5 },
  },
]

t.test('what ssosync, idp-scim-sync and Terraform send to AWS is recognized', async t => {
  const { another, callApi } = await buildTestConsole(t)
  for (const { product, userAgent, headers, bodyHeaders, calls, shows, cycle } of tools) {
    const { tenant, client } = await another('aws')
    const ids = { $user: '', $group: '' }
    const filled = (text: string) =>
      Object.entries(ids).reduce(
        (sum, [name, id]) => sum.replaceAll(name, id).replaceAll(encodeURIComponent(name), id),
        text,
      )
    for (const [method, path, body] of calls) {
      const text = body === undefined ? undefined : filled(JSON.stringify(body))
      const all = { ...headers, ...(text !== undefined && bodyHeaders), 'user-agent': userAgent }
      const response = await client.send(method, filled(path), text, all)
      t.ok(response.status < 300, `${product}: ${method} ${path}: ${response.status}`)
      if (response.status === 201) ids[path === '/Users' ? '$user' : '$group'] = response.body.id
    }
    const { body: cycles } = await callApi('GET', `/api/v1/cycles?tenant=${tenant.id}`)
    const evidence = shows[0]?.[0]
    t.match(cycles.items, [{ ...cycle, recognized: { product, evidence } }])
    t.equal(cycles.items.length, 1, product)
    const sent = (await wholeList(callApi, `/api/v1/exchanges?tenant=${tenant.id}`)).toReversed()
    t.same(
      sent.map(({ recognized, action }) => [
        recognized?.product === product ? recognized.evidence : undefined,
        action,
      ]),
      shows,
      product,
    )
    const { body: tokens } = await callApi('GET', `/api/v1/tenants/${tenant.id}/tokens`)
    t.match(tokens.items, [{ recognized: { product, evidence } }])
  }
})

t.test('OC-006 the action omits what a client only repeats', async t => {
  const { client, callApi } = await buildTestConsole(t)
  const { group } = await seed(client)
  const values: readonly (readonly [JsonObject, string])[] = [
    [{ id: group, displayName: 'Ops' }, 'rename group'],
    [{ id: group, externalId: 'g-2' }, 'change externalId of group'],
    [
      { id: group, schemas: [groupUrn], meta: { resourceType: 'Group' }, displayName: 'Ops2' },
      'rename group',
    ],
  ]
  for (const [value] of values) await client.patch(`/Groups/${group}`, { op: 'replace', value })
  const sent = (await wholeList(callApi, '/api/v1/exchanges?q=method:PATCH')).toReversed()
  t.same(
    sent.map(({ action }) => action),
    values.map(([, action]) => action),
  )
})

t.test('OC-003 two clients with one token are a finding', async t => {
  const { client, tenant, callApi } = await buildTestConsole(t, 'aws')
  const send = (userAgent: string) => client.send('GET', '/Users', undefined, { 'user-agent': userAgent })
  const okta = 'Okta SCIM Client 1.0.0'
  for (const userAgent of [okta, 'curl/8.5.0', 'Google-Auto-Provisioning', okta]) await send(userAgent)
  const { body } = await callApi('GET', `/api/v1/findings?tenant=${tenant.id}`)
  t.match(
    body.items.filter(({ id }: { id: string }) => id === 'client/shared-token'),
    [
      {
        count: 1,
        severity: 'warning',
        evidence: [{ detail: 'The token was used by Okta before; this request is from Google Workspace' }],
      },
    ],
  )
  const { body: cycles } = await callApi('GET', '/api/v1/cycles')
  t.same(
    cycles.items
      .map(({ recognized, requests }: JsonObject) => [(recognized as JsonObject).product, requests])
      .sort(),
    [
      ['curl', 1],
      ['google', 1],
      ['okta', 2],
    ],
  )
})
