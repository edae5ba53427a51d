import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { aUser, errorUrn } from '../support/samples.ts'
import { buildTestApp, patchOp, type TestApp } from '../support/scim.ts'

/** The values of RFC 7644 table 9 and of RFC 9865 §2.1. */
const scimTypes = [
  ...['invalidFilter', 'tooMany', 'uniqueness', 'mutability', 'invalidSyntax', 'invalidPath', 'noTarget'],
  ...['invalidValue', 'invalidVers', 'sensitive', 'invalidCursor', 'expiredCursor', 'invalidCount'],
]

type Wire = { readonly status: number; readonly headers: string; readonly body: string }

/** Sends bytes to a listener and returns what it receives until the connection is closed. */
async function onTheWire(port: number, request: string): Promise<Wire> {
  const socket = connect(port, '127.0.0.1')
  socket.end(request)
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

const nobody = 'Users/3f3a0b0e-0000-4000-8000-000000000000'
const tooLong = 'x'.repeat(1_048_577)
const stored = JSON.stringify(aUser('kept'))

/** Method, path below the root, headers besides the token, body, and the expected status. */
const rows: readonly (readonly [string, string, Readonly<Record<string, string>>, string, number])[] = [
  ['POST', 'Users', {}, '{', 400],
  ['GET', 'Users?filter=userName', {}, '', 400],
  ['GET', 'Users/%ff', {}, '', 400],
  ['GET', 'Users', { authorization: 'Bearer wrong' }, '', 401],
  ['GET', 'Schemas?filter=x', {}, '', 403],
  ['GET', nobody, {}, '', 404],
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
  for (const [method, path, headers, body, status] of rows) {
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
  const failed = await client.send('PATCH', `/${nobody}`, patchOp({ op: 'add', value: {} }))
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
    [`/${nobody}`, 404],
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
