import { type AddressInfo, createServer } from 'node:net'
import t, { type Test } from 'tap'
import {
  type RequestedCredentials,
  tokenRequester,
} from '../../../../src/provisioning/entra/credentials/create-credentials.ts'
import { workloadAppId } from '../../../../src/provisioning/entra/credentials/microsoft.ts'

/** A server that keeps the bytes of each request and returns the given responses, one per connection. */
async function rawServer(t: Test, responses: readonly string[]) {
  const requests: string[] = []
  const left = [...responses]
  const server = createServer(socket => {
    let text = ''
    socket.on('data', part => {
      text += part
      const [head = '', body = ''] = text.split(/\r\n\r\n(.*)/s)
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
      if (!text.includes('\r\n\r\n') || body.length < length) return
      requests.push(text)
      socket.end(left.shift() ?? '')
    })
    socket.on('error', () => {})
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  return { requests, host: `127.0.0.1:${port}`, url: `http://127.0.0.1:${port}` }
}

const http = (status: number, body: string, ...headers: readonly string[]) =>
  [
    `HTTP/1.1 ${status} Status`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    ...headers,
    '',
    body,
  ].join('\r\n')
const tokenResponse = (text: string, more: object = {}) =>
  http(200, JSON.stringify({ access_token: text, token_type: 'Bearer', expires_in: 3600, ...more }))

const secret = 'p+q %:/s€cret'
const clientCredentials = (url: string, more: object = {}): RequestedCredentials => ({
  auth: 'client-credentials',
  tokenEndpoint: `${url}/acme/oauth2/token`,
  clientId: 'client_1',
  clientSecret: secret,
  clientAuth: 'post',
  scope: undefined,
  refreshOn401: true,
  ...more,
})

const wire = (host: string, path: string, body: string, authorization?: string) =>
  [
    `POST ${path} HTTP/1.1`,
    `host: ${host}`,
    'connection: keep-alive',
    'Content-Type: application/x-www-form-urlencoded',
    ...(authorization ? [`Authorization: ${authorization}`] : []),
    'User-Agent: ',
    'Accept: application/json',
    'accept-language: *',
    'sec-fetch-mode: cors',
    'accept-encoding: gzip, deflate',
    `content-length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')

t.test('TS-080 the secret in the body, octet by octet', async t => {
  const { requests, host, url } = await rawServer(t, [tokenResponse('one'), tokenResponse('two')])
  t.same(await tokenRequester(clientCredentials(url), {})(), { kind: 'issued', text: 'one', expiresIn: 3600 })
  await tokenRequester(clientCredentials(url, { scope: 'scim.read scim.write' }), {})()
  const body = 'grant_type=client_credentials&client_id=client_1&client_secret=p%2Bq+%25%3A%2Fs%E2%82%ACcret'
  t.same(requests, [
    wire(host, '/acme/oauth2/token', body),
    wire(host, '/acme/oauth2/token', `${body}&scope=scim.read+scim.write`),
  ])
})

t.test('TS-080 the secret in the header: both halves form-encoded, nothing in the body', async t => {
  const { requests, host, url } = await rawServer(t, [tokenResponse('one')])
  await tokenRequester(clientCredentials(url, { clientAuth: 'basic', clientId: 'a:b' }), {})()
  const credentials = Buffer.from('a%3Ab:p%2Bq+%25%3A%2Fs%E2%82%ACcret').toString('base64')
  t.same(requests, [
    wire(host, '/acme/oauth2/token', 'grant_type=client_credentials', `Basic ${credentials}`),
  ])
})

t.test('TS-080 an own token of Entra for the template of custom applications', async t => {
  const { requests, host, url } = await rawServer(t, [tokenResponse('jwt', { expires_in: '28800' })])
  const request = tokenRequester({ auth: 'entra-token', issuer: `${url}/tid`, refreshOn401: true }, {})
  t.same(await request(), { kind: 'issued', text: 'jwt', expiresIn: 28_800 })
  const body =
    'grant_type=client_credentials&client_id=00000014-0000-0000-c000-000000000000' +
    '&resource=8adf8e6e-67b2-4cf2-a259-e3dc5476c621'
  t.same(requests, [wire(host, '/tid/oauth2/token', body)])
})

t.test('TS-080 federation: an own token of Entra, then the assertion in Microsoft’s order', async t => {
  const { requests, host, url } = await rawServer(t, [
    tokenResponse('ey.assertion.sig'),
    tokenResponse('access'),
  ])
  const request = tokenRequester(
    {
      auth: 'federation',
      tokenEndpoint: `${url}/acme/oauth2/token`,
      clientId: 'client_1',
      issuer: `${url}/tid`,
      scope: 'scim',
      refreshOn401: true,
    },
    {},
  )
  t.same(await request(), { kind: 'issued', text: 'access', expiresIn: 3600 })
  t.same(requests, [
    wire(
      host,
      '/tid/oauth2/v2.0/token',
      `grant_type=client_credentials&client_id=${workloadAppId}&scope=api%3A%2F%2F${workloadAppId}%2F.default`,
    ),
    wire(
      host,
      '/acme/oauth2/token',
      'grant_type=client_credentials&client_id=client_1' +
        '&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer' +
        '&client_assertion=ey.assertion.sig&scope=scim',
    ),
  ])
})

t.test('TS-082 400 and 401 are invalid credentials; anything else leaves them unvalidated', async t => {
  const body = JSON.stringify({ error: 'invalid_client' })
  const { url } = await rawServer(t, [
    http(400, body),
    http(401, body),
    http(403, body),
    http(503, 'Busy'),
    http(302, '', 'Location: http://127.0.0.1:9/elsewhere'),
    http(200, 'no JSON'),
    http(200, '{"token_type":"Bearer"}'),
    http(200, '{"access_token":"two words","token_type":"Bearer"}'),
    http(200, '{"access_token":"hidden-token","token_type":"mac"}'),
    '',
  ])
  const request = tokenRequester(clientCredentials(url), {})
  const endpoint = `The token endpoint ${url}/acme/oauth2/token`
  const invalid =
    'You appear to have entered invalid credentials. Please confirm you are using the correct information for an ' +
    'administrative account. '
  const results: unknown[] = []
  for (let count = 0; count < 10; count++) results.push(await request())
  const none = (reason: string, text: string) => ({ kind: 'none', reason, text })
  t.same(results.slice(0, 9), [
    none('credentials refused', `${invalid}${endpoint} returned 400: ${body}`),
    none('credentials refused', `${invalid}${endpoint} returned 401: ${body}`),
    none('no access token', `${endpoint} returned 403: ${body}`),
    none('no access token', `${endpoint} returned 503: Busy`),
    none('no access token', `${endpoint} returned 302: `),
    none('no access token', `${endpoint} returned a body that is not a JSON object.`),
    none('no access token', `${endpoint} returned no usable access_token.`),
    none('no access token', `${endpoint} returned no usable access_token.`),
    none('no access token', `${endpoint} returned a token_type other than Bearer.`),
  ])
  t.match(results[9], { kind: 'none', reason: 'no access token', text: / sent no response\. / })
})

t.test('TS-082 a token service that refuses does not make the credentials invalid', async t => {
  const { url } = await rawServer(t, [http(400, '{"error":"invalid_tenant"}')])
  const request = tokenRequester({ auth: 'entra-token', issuer: `${url}/tid`, refreshOn401: true }, {})
  t.match(await request(), { kind: 'none', reason: 'no access token', text: /returned 400/ })
})

t.test('a token endpoint that never responds', async t => {
  const silent = createServer(socket => socket.on('error', () => {}))
  await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve))
  t.teardown(() => silent.close())
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
  t.same(await tokenRequester(clientCredentials(url), { timeout: 20 })(), {
    kind: 'none',
    reason: 'no access token',
    text: `The token endpoint ${url}/acme/oauth2/token sent no response. No response within 20 milliseconds.`,
  })
})

t.test('secrets are masked in every form in which a token endpoint repeats them', async t => {
  const form = 'client_secret=p%2Bq+%25%3A%2Fs%E2%82%ACcret'
  const basic = Buffer.from(`client_1:${secret}`).toString('base64')
  const echo = JSON.stringify({ error: 'invalid_client', sent: secret, form, basic })
  const { url } = await rawServer(t, [http(401, echo), http(401, echo), http(401, '{"sent":"short"}')])
  const post = await tokenRequester(clientCredentials(url), {})()
  const header = await tokenRequester(clientCredentials(url, { clientAuth: 'basic' }), {})()
  const shown = JSON.stringify([post, header])
  t.match(shown, /invalid_client/)
  for (const text of [secret, 'p%2Bq+%25%3A%2Fs%E2%82%ACcret', encodeURIComponent(secret), basic])
    t.notOk(shown.includes(text), text)
  const short = await tokenRequester(clientCredentials(url, { clientSecret: 'short' }), {})()
  t.match(short, { text: / returned 401: \(not shown\)$/ }, 'a short secret cannot be found in a text')
})
