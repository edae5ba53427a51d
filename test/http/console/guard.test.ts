import t from 'tap'
import type { TestResponse } from '../../support/scim.ts'
import { buildTestConsole, problem } from './console-app.ts'

const foreignHost = problem(
  'unknown-host',
  'Unknown host name',
  403,
  'This console accepts only localhost and 127.0.0.1 as its host name. To use another name, start it with --console-host.',
)
const foreignOrigin = problem(
  'cross-origin',
  'Cross-origin request',
  403,
  'Pages from other origins cannot use the console. Use the console’s own page, or a client that is not a browser.',
)
const tokenRequired = problem(
  'token-required',
  'Console token required',
  401,
  'Send the console token as "Authorization: Bearer …". It is set or printed when the server starts.',
)

/** The headers of a response that allow another origin to read it. */
const allowing = ({ headers }: TestResponse) =>
  Object.keys(headers).filter(name => name.startsWith('access-control'))

t.test('a console on loopback', async t => {
  const { callApi, deps } = await buildTestConsole(t)
  const host = (name: string) => callApi('GET', '/api/v1/tenants', undefined, { host: name })
  const reset = (headers: Readonly<Record<string, string>>) =>
    callApi('POST', '/api/v1/reset', undefined, { host: 'localhost:8081', ...headers })

  t.test('it accepts each name of this machine', async t => {
    for (const name of [
      'localhost',
      'localhost:8081',
      'LOCALHOST',
      '127.0.0.1:8081',
      '127.9.9.9',
      '[::1]:8081',
      'a.localhost',
    ]) {
      t.equal((await host(name)).status, 200, name)
    }
  })

  t.test('it rejects a foreign host name, as DNS rebinding causes it', async t => {
    for (const name of [
      'evil.example',
      'evil.example:8081',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      '10.0.0.7',
      'localhost/',
      'a@localhost',
    ]) {
      const { status, body } = await host(name)
      t.same({ status, body }, { status: 403, body: foreignHost }, name)
    }
  })

  t.test('it rejects a foreign host name for unknown addresses and the API docs, too', async t => {
    for (const path of ['/nowhere', '/api/docs', '/api/openapi.json', '/']) {
      t.equal((await callApi('GET', path, undefined, { host: 'evil.example' })).status, 403, path)
    }
  })

  t.test('it accepts any host name for health checks', async t => {
    t.equal((await callApi('GET', '/livez', undefined, { host: '10.0.0.7:8081' })).status, 200)
    t.equal((await callApi('GET', '/readyz', undefined, { host: 'pod.example' })).status, 200)
  })

  t.test('it rejects a change by a page of another origin', async t => {
    const foreign: readonly Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'http://localhost:3000' },
      { origin: 'http://127.0.0.1:8081' },
      { origin: 'http://localhost' },
      { origin: 'null' },
      { origin: 'file://' },
      { origin: '' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'cross-site', origin: 'http://localhost:8081' },
    ]
    for (const headers of foreign) {
      const { status, body } = await reset(headers)
      t.same({ status, body }, { status: 403, body: foreignOrigin }, JSON.stringify(headers))
    }
  })

  t.test('it accepts a change by its own page and by clients that are no browsers', async t => {
    const own: readonly Record<string, string>[] = [
      {},
      { origin: 'http://localhost:8081', 'sec-fetch-site': 'same-origin' },
    ]
    for (const headers of own) {
      t.equal((await reset(headers)).status, 200, JSON.stringify(headers))
    }
  })

  t.test('it returns nothing to a page of another origin, whatever the request', async t => {
    const site = (name: string, mode: string, dest: string) => ({
      'sec-fetch-site': name,
      'sec-fetch-mode': mode,
      'sec-fetch-dest': dest,
    })
    const requested: readonly (readonly [way: string, headers: Readonly<Record<string, string>>])[] = [
      ['fetch', { origin: 'https://evil.example' }],
      ['fetch of a neighbour', { origin: 'http://localhost:3000', ...site('same-site', 'cors', 'empty') }],
      ['fetch without cors', site('cross-site', 'no-cors', 'empty')],
      ['fetch with credentials', { ...site('cross-site', 'cors', 'empty'), cookie: 'a=b', origin: 'null' }],
      ['EventSource', { ...site('cross-site', 'cors', 'empty'), accept: 'text/event-stream' }],
      ['<img>', site('cross-site', 'no-cors', 'image')],
      ['<script>', site('same-site', 'no-cors', 'script')],
      ['<iframe>', site('cross-site', 'navigate', 'iframe')],
      ['link', site('cross-site', 'navigate', 'document')],
    ]
    for (const [way, headers] of requested) {
      for (const path of ['/api/v1/tenants', '/api/v1/events', '/api/v1/nowhere', '/nowhere']) {
        const response = await callApi('GET', path, undefined, { host: 'localhost:8081', ...headers })
        t.same(
          { status: response.status, body: response.body },
          { status: 403, body: foreignOrigin },
          `${way} ${path}`,
        )
        t.same(allowing(response), [], `${way} ${path}`)
      }
    }
  })

  t.test('it responds to its own page, the address bar and clients that are no browsers', async t => {
    for (const site of ['same-origin', 'none', undefined]) {
      const headers = { host: 'localhost:8081', ...(site && { 'sec-fetch-site': site }) }
      t.equal((await callApi('GET', '/api/v1/tenants', undefined, headers)).status, 200, `${site}`)
    }
  })

  t.test('it can be opened by links of other sites, but not be framed by them', async t => {
    const get = async (path: string, mode: string, dest: string) => {
      const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': mode, 'sec-fetch-dest': dest }
      return (await callApi('GET', path, undefined, { host: 'localhost:8081', ...headers })).status
    }
    for (const path of ['/api/docs', '/api/openapi.json']) {
      t.equal(await get(path, 'navigate', 'document'), 200, path)
      t.equal(await get(path, 'navigate', 'iframe'), 403, path)
      t.equal(await get(path, 'no-cors', 'script'), 403, path)
      t.equal(await get(path, 'cors', 'empty'), 403, path)
    }
  })

  t.test('it rejects forms of other sites without changes', async t => {
    const { tenants } = deps
    const before = tenants.list().map(({ id }) => id)
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      const { status } = await callApi('POST', '/api/v1/tenants', '{"id":"made-by-a-form"}', {
        'content-type': type,
        host: 'localhost:8081',
        origin: 'https://evil.example',
        'sec-fetch-site': 'cross-site',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
      })
      t.equal(status, 403, type)
    }
    t.same(
      tenants.list().map(({ id }) => id),
      before,
    )
  })

  t.test('it rejects WebSocket connections', async t => {
    for (const path of ['/', '/api/v1/events', '/api/v1/tenants']) {
      const { status } = await callApi('GET', path, undefined, {
        host: 'localhost:8081',
        origin: 'https://evil.example',
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
        'sec-websocket-version': '13',
        'sec-fetch-site': 'cross-site',
        'sec-fetch-mode': 'websocket',
      })
      t.equal(status, 403, path)
    }
  })

  t.test('it never sends headers that allow another origin to read', async t => {
    const requested = { origin: 'https://evil.example', 'access-control-request-method': 'POST' }
    const preflight = await callApi('OPTIONS', '/api/v1/reset', undefined, requested)
    const read = await callApi('GET', '/api/v1/tenants', undefined, { origin: 'https://evil.example' })
    t.equal(preflight.status, 403)
    for (const response of [preflight, read]) t.same(allowing(response), [])
  })

  t.test('it rejects media types that a form can send', async t => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      const { status, body } = await callApi('POST', '/api/v1/reset', '{}', { 'content-type': type })
      t.same(
        { status, body },
        {
          status: 415,
          body: problem(
            'unsupported-media-type',
            'Unsupported media type',
            415,
            'Send the body as JSON, with Content-Type: application/json.',
          ),
        },
        type,
      )
    }
  })

  t.test('it sends headers against sniffing, framing and caching', async t => {
    const { headers } = await callApi('GET', '/api/v1/tenants')
    t.match(headers, {
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    })
    const docs = await callApi('GET', '/api/docs')
    t.match(docs.headers['content-security-policy'], /frame-ancestors 'none'/)
    t.notMatch(docs.headers['content-security-policy'], /https?:/, 'nothing is fetched from elsewhere')
  })
})

t.test('a console with a token', async t => {
  const { callApi } = await buildTestConsole(t, 'rfc', { token: 'correct-horse', hosts: 'any' })
  const withToken = (authorization: string) => callApi('GET', '/api/v1/tenants', undefined, { authorization })

  t.test('it returns nothing without the token, not even which addresses exist', async t => {
    for (const path of [
      '/api/v1/tenants',
      '/api/v1/tenants/x',
      '/api/v1/events',
      '/api/v1/nowhere',
      '/nowhere',
    ]) {
      const { status, headers, body } = await callApi('GET', path)
      t.same({ status, body }, { status: 401, body: tokenRequired }, path)
      t.match(headers, {
        'content-type': /^application\/problem\+json/,
        'www-authenticate': 'Bearer realm="scimulator console"',
      })
    }
  })

  t.test(
    'it serves the API description without the token: it has no data and asks for the token',
    async t => {
      for (const path of ['/api/docs', '/api/docs/static/swagger-ui.css', '/api/openapi.json']) {
        t.equal((await callApi('GET', path)).status, 200, path)
      }
      const { body } = await callApi('GET', '/api/docs/static/start.js')
      t.match(body, /"persistAuthorization":false/)
      const { components, security } = (await callApi('GET', '/api/openapi.json')).body
      t.match(components.securitySchemes, { consoleToken: { type: 'http', scheme: 'bearer' } })
      t.same(security, [{}, { consoleToken: [] }, { session: [] }])
    },
  )

  t.test('it rejects another token', async t => {
    for (const authorization of [
      'Bearer wrong-horse',
      'Bearer ',
      'Bearer correct-horse2',
      'Basic correct-horse',
      'correct-horse',
    ]) {
      t.same((await withToken(authorization)).body, tokenRequired, authorization)
    }
  })

  t.test('it accepts the token under any host name', async t => {
    t.equal((await withToken('Bearer correct-horse')).status, 200)
    t.equal((await withToken('bearer correct-horse')).status, 200)
    const elsewhere = { authorization: 'Bearer correct-horse', host: 'console.example' }
    t.equal((await callApi('GET', '/api/v1/tenants', undefined, elsewhere)).status, 200)
  })

  t.test('it still rejects changes by pages of other origins', async t => {
    const headers = { authorization: 'Bearer correct-horse', origin: 'https://evil.example' }
    t.same((await callApi('POST', '/api/v1/reset', undefined, headers)).body, foreignOrigin)
  })

  t.test('it requires no token for health checks', async t => {
    t.same((await callApi('GET', '/livez')).body, { status: 'ok', version: '1.2.3' })
    t.same((await callApi('GET', '/readyz')).body, { status: 'ready' })
  })
})

t.test('a console that other machines can reach does not start without a token', async t => {
  await t.rejects(buildTestConsole(t, 'rfc', { hosts: 'any' }), {
    message: 'A console that other machines can reach requires a token.',
  })
})

t.test('a client that guesses the console token has to wait before each guess; others don’t', async t => {
  const waits: number[] = []
  const { console } = await buildTestConsole(t, 'rfc', {
    token: 'the-token-of-the-console',
    guessLimit: { pause: async milliseconds => waits.push(milliseconds) },
  })
  const statusOf = async (remoteAddress: string, headers: Readonly<Record<string, string>>) =>
    (
      await console.inject({
        url: '/api/v1/tenants',
        remoteAddress,
        headers: { host: 'localhost', ...headers },
      })
    ).statusCode
  const wrong = { authorization: 'Bearer a-guess-of-somebody' }
  const right = { authorization: 'Bearer the-token-of-the-console' }
  for (let guess = 0; guess < 6; guess += 1)
    t.equal(await statusOf('10.0.0.1', {}), 401, 'no token is no guess')
  for (let guess = 0; guess < 5; guess += 1) t.equal(await statusOf('10.0.0.1', wrong), 401)
  t.same(waits, [])
  t.equal(await statusOf('10.0.0.1', wrong), 401)
  t.equal(await statusOf('10.0.0.1', right), 200)
  t.same(waits, [250, 250])
  t.equal(await statusOf('10.0.0.2', right), 200)
  t.same(waits, [250, 250])
})
