import t from 'tap'
import { aUser } from '../support/samples.ts'
import { buildTestApp, patchOp } from '../support/scim.ts'
import { type Expected, isScimError } from '../support/scim-error.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'
type Row = readonly [label: string, method: Method, path: string, body: unknown, expected: Expected]

const nobody = '/Users/3f3a0b0e-0000-4000-8000-000000000000'
const rename = patchOp({ op: 'replace', path: 'userName', value: 'x' })

const rows: readonly Row[] = [
  [
    'R-020 broken JSON',
    'POST',
    '/Users',
    '{"userName":',
    { status: 400, scimType: 'invalidSyntax', detail: /JSON/ },
  ],
  [
    'R-020 an array',
    'POST',
    '/Users',
    '[]',
    { status: 400, scimType: 'invalidSyntax', detail: /object.*User/ },
  ],
  ['R-020 a text', 'POST', '/Users', '"x"', { status: 400, scimType: 'invalidSyntax' }],
  [
    'R-020 no body',
    'POST',
    '/Groups',
    undefined,
    { status: 400, scimType: 'invalidSyntax', detail: /object.*Group/ },
  ],
  ['R-021 reading an unknown id', 'GET', nobody, undefined, { status: 404, detail: /3f3a0b0e/ }],
  ['R-021 replacing an unknown id', 'PUT', nobody, aUser('x'), { status: 404, detail: /3f3a0b0e/ }],
  ['R-021 patching an unknown id', 'PATCH', nobody, rename, { status: 404, detail: /3f3a0b0e/ }],
  ['R-021 deleting an unknown id', 'DELETE', nobody, undefined, { status: 404, detail: /3f3a0b0e/ }],
  ['R-021 an unknown endpoint', 'GET', '/Printers', undefined, { status: 404, detail: /Printers.*\/Users/ }],
  ['R-021 an endpoint in the wrong case', 'GET', '/users', undefined, { status: 404 }],
  ['R-021 a path below a resource', 'GET', `${nobody}/emails`, undefined, { status: 404 }],
  ['R-021 an unknown schema', 'GET', '/Schemas/urn:x:y', undefined, { status: 404, detail: /urn:x:y/ }],
  ['R-022 /Me', 'GET', '/Me', undefined, { status: 501, detail: /Me/ }],
  ['R-145 an invalid search', 'POST', '/.search', {}, { status: 400, scimType: 'invalidSyntax' }],
  [
    'R-018 an invalid filter',
    'GET',
    '/Users?filter=userName',
    undefined,
    { status: 400, scimType: 'invalidFilter' },
  ],
  [
    'R-018 an invalid count',
    'GET',
    '/Users?count=ten',
    undefined,
    { status: 400, scimType: 'invalidValue', detail: /count/ },
  ],
  [
    'R-019 a value of the wrong type',
    'POST',
    '/Users',
    aUser('x', { active: 'yes' }),
    { status: 400, scimType: 'invalidValue', detail: /active/ },
  ],
  [
    'a duplicate parameter',
    'GET',
    '/Users?count=1&count=2',
    undefined,
    { status: 400, scimType: 'invalidValue', detail: /count/ },
  ],
  [
    'a URL that is not UTF-8',
    'GET',
    '/Users/%ff',
    undefined,
    { status: 400, scimType: 'invalidSyntax', detail: /%ff/ },
  ],
]

t.test('R-016 R-017 R-018 R-019 R-020 R-021 R-022 every error has the body of a SCIM error', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  for (const [label, method, path, body, expected] of rows) {
    isScimError(t, await client.send(method, path, body), expected, label)
  }
  t.equal((await client.get('/Users')).body.totalResults, 0, 'nothing came of any of them')
})

t.test(
  'R-024 an unsupported method of a known path returns 405, and Allow lists the supported ones',
  async t => {
    const { client } = await buildTestApp(t, 'rfc')
    const rows: readonly [Method, string, string][] = [
      ['PATCH', '/Users', 'GET, HEAD, POST'],
      ['PUT', '/Groups', 'GET, HEAD, POST'],
      ['DELETE', '/Users', 'GET, HEAD, POST'],
      ['POST', nobody, 'GET, HEAD, PUT, PATCH, DELETE'],
      ['OPTIONS', nobody, 'GET, HEAD, PUT, PATCH, DELETE'],
      ['POST', '/Schemas', 'GET, HEAD'],
      ['PUT', '/ResourceTypes/User', 'GET, HEAD'],
      ['DELETE', '/ServiceProviderConfig', 'GET, HEAD'],
    ]
    for (const [method, path, allow] of rows) {
      const response = await client.send(method, path)
      isScimError(t, response, { status: 405, detail: new RegExp(method) }, `${method} ${path}`)
      t.equal(response.headers.allow, allow, `${method} ${path}`)
    }
  },
)

t.test('R-016 a body above the limit returns 413 with the limit', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const response = await client.post('/Users', aUser('x', { title: 'x'.repeat(1_048_576) }))
  isScimError(t, response, { status: 413, detail: /1048576/ }, 'a MiB and a bit')
})

t.test('R-016 requests above the rate limit return 429, separately for reads and writes', async t => {
  const { client } = await buildTestApp(t, 'rfc', { throttle: 'aws' })
  const reads = await Promise.all(Array.from({ length: 60 }, () => client.get('/Users')))
  const slowed = reads.filter(({ status }) => status === 429)
  t.ok(slowed.length > 0 && slowed.length <= 20, '40 parallel reads are accepted', { slowed: slowed.length })
  for (const response of slowed.slice(0, 1))
    isScimError(t, response, { status: 429, detail: /40 read/ }, 'the 41st')
  t.equal((await client.post('/Users', aUser('marge'))).status, 201, 'writes have a quota of their own')
})

t.test('R-016 without throttling, no request is rejected', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const reads = await Promise.all(Array.from({ length: 100 }, () => client.get('/Users')))
  t.same([...new Set(reads.map(({ status }) => status))], [200])
})

t.test('R-023 a server error returns 500 with a reference to the log and without internals', async t => {
  const { app, deps, tenant, token, client } = await buildTestApp(t, 'rfc')
  const healthy = deps.scim.provider.find
  t.teardown(() => Object.assign(deps.scim.provider, { find: healthy }))
  Object.assign(deps.scim.provider, {
    find: () => Promise.reject(new TypeError("Cannot read properties of undefined (reading 'secretColumn')")),
  })

  const response = await client.get(nobody)

  isScimError(t, response, { status: 500, detail: /log.*request ID/ }, 'a bug')
  t.notMatch(JSON.stringify(response), /secretColumn|TypeError|\.ts|at /)
  t.match(response.headers['request-id'], /^[0-9a-f-]{36}$/, 'the id to look for')
  Object.assign(deps.scim.provider, { find: healthy })
  t.equal((await client.get(nobody)).status, 404, 'the server still responds')
  const elsewhere = await app.inject({ url: '/', headers: { authorization: `Bearer ${token}` } })
  t.equal(elsewhere.statusCode, 404, `and so does ${tenant.id}`)
})
