import fc from 'fast-check'
import t from 'tap'
import { assertProperty } from '../../support/property.ts'
import { aUser } from '../../support/samples.ts'
import { buildTestConsole } from './console-app.ts'

const oddTexts = [
  '',
  '\u0000',
  '\ud800',
  '%',
  '__proto__',
  'constructor',
  'toString',
  '9'.repeat(90),
  "' or 1=1 --",
  '-1',
  'csv',
  'status:4xx -x "',
]
const text = fc.oneof(fc.constantFrom(...oddTexts), fc.string({ unit: 'binary', maxLength: 20 }))

/** Characters that clients which encode their URLs never send. */
const rawTexts = ['%', '%zz', '%ff', '%00', '%2f', '..', '', 'x'.repeat(300), '\\', '~;,:@']

const words = [
  'limit',
  'cursor',
  'status',
  'text',
  'reason',
  'inactiveDays',
  'inactiveCycles',
  'at',
  'buckets',
  'tenant',
  'method',
  'action',
  'resource',
  'from',
  'q',
  'format',
]
const query = fc.dictionary(fc.constantFrom(...words), text, { maxKeys: 3 })

const fields = [
  'id',
  'profile',
  'onDelete',
  'throttle',
  'switches',
  'text',
  'ids',
  'all',
  'now',
  'advance',
  'tenant',
  'preset',
  'effect',
  'match',
  'times',
  'preview',
  'overlap',
  'name',
  'access',
  'assertion',
  'audiences',
  'directory',
  'for',
  'issuer',
  'jwks',
  'kind',
  'lifetime',
  'scope',
  'secret',
  'token',
  'value',
]
const body = fc.option(
  fc.oneof(
    fc.json(),
    fc.dictionary(fc.constantFrom(...fields), fc.jsonValue(), { maxKeys: 3 }).map(one => JSON.stringify(one)),
    text,
  ),
  { nil: undefined },
)

t.test('no request causes an error of the console', async t => {
  const { callApi, client, tenant, deps } = await buildTestConsole(t)
  const user = await client.create('Users', aUser('anna'))
  const { client: known } = await deps.oauthClients.create(tenant, { id: 'known' })
  const credentials = [
    'tenants/:t/clients',
    'tenants/:t/clients/:x',
    `tenants/:t/clients/${known.id}`,
    `tenants/:t/clients/${known.id}/secrets`,
    `tenants/:t/clients/${known.id}/secrets/:x`,
    'tenants/:t/access-tokens',
    'tenants/:t/access-tokens/:x',
    'tenants/:t/issuers',
    'tenants/:t/issuers/:x',
    'tenants/:t/issuers/:x/check',
    'console-tokens',
    'console-tokens/:x',
    'sessions',
    'sessions/:x',
    'audit',
    'audit/export',
    'me',
  ]
  const paths = [
    ...credentials,
    'tenants',
    'tenants/:t',
    'tenants/:t/tokens',
    'tenants/:t/tokens/:x/expire',
    'tenants/:t/tokens/:x/rotate',
    'tenants/:t/users',
    'tenants/:t/users/:x',
    'tenants/:t/users/:x/history',
    'tenants/:t/users/:x/attributes',
    'tenants/:t/timeline',
    'tenants/:t/groups/:x/members',
    'tenants/:t/stale',
    'tenants/:t/stale/purge',
    'tenants/:t/clock',
    'exchanges',
    'exchanges/:x',
    'exchanges/export',
    'exchanges/:x/export',
    'faults',
    'faults/presets',
    'faults/:x',
    'snapshots',
    'snapshots/:x',
    'snapshots/:x/restore',
    'reset',
    'compact',
    ':x',
    'tenants/:t/users/:r',
    'exchanges/:r',
    ':r',
  ]
  const request = fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE'),
    path: fc.constantFrom(...paths),
    // The tenant itself is kept; otherwise all later requests would return 404.
    tenant: fc.constantFrom(tenant.id, tenant.id, 'nobody', '__proto__'),
    id: fc.oneof(fc.constant(user.id), text),
    raw: fc.constantFrom(...rawTexts),
    query,
    body,
  })
  const encoded = (part: string) => encodeURIComponent(part.toWellFormed())

  await assertProperty(
    fc.asyncProperty(request, async ({ method, path, tenant: named, id, raw, query, body }) => {
      if (method === 'DELETE' && path === 'tenants/:t') return
      const address = path.replace(':t', encoded(named)).replace(':x', encoded(id)).replace(':r', raw)
      const parameters = Object.entries(query).map(([name, value]) => `${name}=${encoded(value)}`)
      const {
        status,
        headers,
        body: response,
      } = await callApi(method, `/api/v1/${address}?${parameters.join('&')}`, body)
      if (status >= 500) throw new Error(JSON.stringify(response))
      if (status >= 400 && !/^application\/problem\+json/.test(String(headers['content-type']))) {
        throw new Error(`${status} without a problem document: ${JSON.stringify(response)}`)
      }
    }),
    { numRuns: 900 },
  )
  // Neither is stored by every database.
  for (const path of credentials.filter(path => path.includes(':x'))) {
    for (const id of ['%00', 'x%00']) {
      const address = path.replace(':t', tenant.id).replace(':x', id)
      t.equal(
        (await callApi('DELETE', `/api/v1/${address}`)).status,
        path.endsWith('check') ? 405 : 404,
        path,
      )
    }
  }
  t.equal((await callApi('GET', `/api/v1/tenants/${tenant.id}`)).status, 200)
})
