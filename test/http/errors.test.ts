import { connect } from 'node:net'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import pino from 'pino'
import t from 'tap'
import { errors } from '../../src/scim/error.ts'
import { openServices } from '../../src/server/compose.ts'
import { buildScimApp } from '../../src/server/listeners.ts'
import { testDatabase } from '../support/database.ts'
import { aUser, errorUrn } from '../support/samples.ts'
import { buildTestApp, createScimClient, patchOp, type TestApp } from '../support/scim.ts'
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

/** The values of RFC 7644 table 9 and of RFC 9865 §2.1. */
const scimTypes = [
  ...['invalidFilter', 'tooMany', 'uniqueness', 'mutability', 'invalidSyntax', 'invalidPath', 'noTarget'],
  ...['invalidValue', 'invalidVers', 'sensitive', 'invalidCursor', 'expiredCursor', 'invalidCount'],
]

type Wire = { readonly status: number; readonly headers: string; readonly body: string }

/** Sends bytes to a listener and returns what it receives until the connection is closed. */
async function onTheWire(port: number, request: string): Promise<Wire> {
  const socket = connect(port, '127.0.0.1')
  // Not ended: Node.js drops the response to a client that has closed its side.
  socket.write(request)
  const response = await text(socket)
  const [, status = '', headers = '', body = ''] =
    /^HTTP\/1\.1 (\d{3}) [^\r]+\r\n(.*?)\r\n\r\n(.*)$/s.exec(response) ?? []
  return { status: Number(status), headers, body }
}

async function listening(app: TestApp['app']): Promise<number> {
  await app.listen({ port: 0, host: '127.0.0.1' })
  const address = app.server.address()
  return typeof address === 'object' && address ? address.port : 0
}

const tooLong = 'x'.repeat(1_048_577)
const stored = JSON.stringify(aUser('kept'))

/** Method, path below the root, headers besides the token, body, and the expected status. */
const rejections: readonly (readonly [string, string, Readonly<Record<string, string>>, string, number])[] = [
  ['POST', 'Users', {}, '{', 400],
  ['GET', 'Users?filter=userName', {}, '', 400],
  ['GET', 'Users/%ff', {}, '', 400],
  ['GET', 'Users', { authorization: 'Bearer wrong' }, '', 401],
  ['GET', 'Schemas?filter=x', {}, '', 403],
  ['GET', nobody.slice(1), {}, '', 404],
  ['GET', 'Printers', {}, '', 404],
  ['GET', 'Users/a/b/c', {}, '', 404],
  ['PATCH', 'Users', {}, '', 405],
  ['PROPFIND', 'Users', {}, '', 405],
  ['POST', 'Users', {}, stored, 409],
  ['PUT', 'Users/{id}', { 'if-match': 'W/"9"' }, stored, 412],
  ['POST', 'Users', {}, tooLong, 413],
  ['POST', 'Users', { 'content-type': 'text/xml' }, '<User/>', 415],
  ['PUT', 'Users/{id}', {}, stored, 428],
  ['GET', 'Users', { 'x-long': 'x'.repeat(20_000) }, '', 431],
  ['GET', 'Me', {}, '', 501],
]

t.test('R-016 R-017 R-018 every error is an Error message without additional keys', async t => {
  const { app, tenant, token, client } = await buildTestApp(t, 'rfc', {
    switches: { ifMatch: 'required', discoveryFilter: 'refuse' },
  })
  const { id } = await client.create('Users', aUser('kept'))
  const port = await listening(app)
  const isError = (label: string, status: number, response: Wire) => {
    const { schemas, scimType, detail, ...more } = JSON.parse(response.body)
    t.same(
      { status: response.status, schemas, more },
      { status, schemas: [errorUrn], more: { status: String(status) } },
      label,
    )
    t.ok(scimType === undefined || scimTypes.includes(scimType), `${label}: ${scimType}`)
    t.ok(typeof detail === 'string' && detail.length > 10, `${label}: ${detail}`)
    t.match(response.headers, /^content-type: application\/scim\+json$/im, label)
  }
  for (const [method, path, headers, body, status] of rejections) {
    const sent: Readonly<Record<string, string>> = {
      host: 'scim.example.org',
      authorization: `Bearer ${token}`,
      'content-type': 'application/scim+json',
      'content-length': String(Buffer.byteLength(body)),
      connection: 'close',
      ...headers,
    }
    const lines = Object.entries(sent).map(([name, value]) => `${name}: ${value}\r\n`)
    const target = `/${tenant.id}/scim/v2/${path.replace('{id}', id)}`
    const request = `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
    isError(`${method} ${path}`, status, await onTheWire(port, request))
  }
  isError('not HTTP', 400, await onTheWire(port, '\x16\x03\x01\x02\x00\x01\x00\r\n\r\n'))
  const outside = `GET /favicon.ico HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\nconnection: close\r\n\r\n`
  isError('outside of every tenant', 404, await onTheWire(port, outside))
  t.equal((await client.get('/Users')).body.totalResults, 1, 'and nothing came of any of them')
})

t.test('R-016 R-023 too many requests and server errors are Error messages, too', async t => {
  const { client, deps } = await buildTestApp(t, 'rfc', { throttle: 'aws' })
  const responses = await Promise.all(Array.from({ length: 60 }, () => client.get('/Users')))
  const throttled = responses.find(({ status }) => status === 429)
  const healthy = deps.scim.provider.patch
  t.teardown(() => Object.assign(deps.scim.provider, { patch: healthy }))
  Object.assign(deps.scim.provider, { patch: () => Promise.reject(new Error('disk full at /secret')) })
  const failed = await client.send('PATCH', `/${nobody.slice(1)}`, patchOp({ op: 'add', value: {} }))
  for (const [status, response] of [
    [429, throttled],
    [500, failed],
  ] as const) {
    t.same(Object.keys(response?.body ?? {}), ['schemas', 'status', 'detail'])
    t.match(response, { status, body: { schemas: [errorUrn], status: String(status), detail: /\S/ } })
  }
  t.notMatch(failed.body.detail, /disk|secret/)
})

t.test('HEAD of an invalid request has the status of GET and no body', async t => {
  const { app, tenant, token } = await buildTestApp(t, 'rfc')
  const root = `/${tenant.id}/scim/v2`
  for (const [path, status] of [
    [`/${nobody.slice(1)}`, 404],
    ['/Printers', 404],
    ['/Users?filter=x', 400],
    ['/Me', 501],
  ] as const) {
    const response = await app.inject({
      method: 'HEAD',
      url: `${root}${path}`,
      headers: { authorization: `Bearer ${token}` },
    })
    t.same([response.statusCode, response.body], [status, ''], path)
  }
})

t.test('the log contains errors of the server, not of its clients', async t => {
  const lines: {
    readonly level: number
    readonly msg: string
    readonly err?: { readonly message: string }
  }[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)))
      done()
    },
  })
  const logger = pino({ level: 'info' }, stream)
  const deps = await openServices({ profile: 'entra', ...(await testDatabase(t)) }, logger)
  const app = buildScimApp(deps.scim, logger)
  t.teardown(async () => {
    await app.close()
    await deps.close()
  })
  const tenant = await deps.tenants.create({ profile: 'rfc' })
  const { text } = await deps.tenants.createToken(tenant)
  const client = createScimClient(app, `/${tenant.id}/scim/v2`, text)
  t.equal((await client.get('/Me')).status, 501)
  t.equal((await client.get('/Users/nobody')).status, 404)
  t.equal((await client.send('POST', '/Users', '{')).status, 400)
  t.strictSame(lines, [])
  for (const failure of [new Error('disk full'), errors.internal()]) {
    Object.assign(deps.scim.provider, { find: () => Promise.reject(failure) })
    t.equal((await client.get('/Users/nobody')).status, 500)
    t.match(lines.splice(0), [{ level: 50, msg: 'a request failed', err: { message: failure.message } }])
  }
})

t.test('a response to an error that can’t be formatted is recorded', async t => {
  const logger = pino({ level: 'silent' })
  const services = await openServices({ profile: 'rfc', ...(await testDatabase(t)) }, logger)
  const { responses, ...profile } = services.scim.fallbackProfile
  const error = () => {
    throw new Error('no format')
  }
  const fallbackProfile = { ...profile, responses: { ...responses, error } }
  const app = buildScimApp({ ...services.scim, fallbackProfile }, logger)
  t.teardown(async () => {
    await app.close()
    await services.close()
  })
  t.equal((await createScimClient(app, '/nobody/scim/v2', 'no token').get('/Users')).status, 500)
  const { items } = await services.journal.page({ limit: 10 })
  t.match(items, [{ status: 500, operation: 'rejected', refusal: 'unknown' }])
})
