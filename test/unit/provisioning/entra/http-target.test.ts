import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { durationSchema } from '../../../../src/domain/contract/operation.ts'
import { formatClockLead, readDuration } from '../../../../src/domain/duration.ts'
import { dialectOf, httpTarget, withRateLimit } from '../../../../src/provisioning/kit/http-target.ts'
import type { TargetResponse } from '../../../../src/provisioning/kit/target.ts'

type Seen = { method?: string; url?: string; headers: IncomingMessage['headers']; body: string }

async function startServer(
  t: { teardown(done: () => void): void },
  reply: (response: ServerResponse, request: IncomingMessage) => void,
) {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', part => {
      body += part
    })
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      seen.push({ method, url, headers, body })
      reply(response, request)
    })
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { seen, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/scim/` }
}

t.test('requests are sent relative to the tenant URL, without its flag', async t => {
  const { seen, url } = await startServer(t, response =>
    response.setHeader('Content-Type', 'application/scim+json; charset=utf-8').end('{"a":1}'),
  )
  const target = httpTarget({ tenantUrl: `${url}?aadOptscim062020`, token: 'secret' })
  t.same(await target({ method: 'GET', path: '/Users?filter=userName+eq+%22m%40x%22' }), {
    kind: 'response',
    status: 200,
    body: { a: 1 },
    text: '{"a":1}',
    mediaType: 'application/scim+json',
  })
  await target({ method: 'POST', path: '/Users', body: { userName: 'm' } })
  t.match(seen[0], {
    method: 'GET',
    url: '/scim/Users?filter=userName+eq+%22m%40x%22',
    headers: { authorization: 'Bearer secret', 'content-type': undefined, 'user-agent': '' },
    body: '',
  })
  t.match(seen[1], {
    method: 'POST',
    url: '/scim/Users',
    headers: { 'content-type': 'application/scim+json; charset=utf-8' },
    body: '{"userName":"m"}',
  })
})

t.test('the flag, a User-Agent and an Accept header are sent if configured', async t => {
  const { seen, url } = await startServer(t, response => response.writeHead(204).end())
  const target = httpTarget({
    tenantUrl: `${url}?aadOptscim062020`,
    token: 'x',
    keepFlagInQuery: true,
    userAgent: 'Azure',
    accept: 'application/scim+json',
  })
  t.match(await target({ method: 'GET', path: '/Users/1' }), { status: 204, body: undefined, text: '' })
  await target({ method: 'GET', path: '/Groups?filter=x' })
  t.match(seen, [
    {
      url: '/scim/Users/1?aadOptscim062020',
      headers: { 'user-agent': 'Azure', accept: 'application/scim+json' },
    },
    { url: '/scim/Groups?filter=x&aadOptscim062020' },
  ])
})

t.test('a missing response is returned as a value', async t => {
  const { url } = await startServer(t, (response, request) => {
    if (request.url?.endsWith('/cut')) response.socket?.destroy()
  })
  const target = httpTarget({ tenantUrl: url, token: 'x', timeout: 100 })
  t.match(await target({ method: 'GET', path: '/late' }), {
    kind: 'none',
    reason: 'timeout',
    text: 'No response within 100 milliseconds.',
  })
  t.match(await target({ method: 'GET', path: '/cut' }), {
    kind: 'none',
    reason: 'connection',
    text: /^fetch failed: /,
  })
  const closedPort = httpTarget({ tenantUrl: 'http://127.0.0.1:1/scim', token: 'x' })
  t.match(await closedPort({ method: 'GET', path: '/Users' }), { kind: 'none', reason: 'connection' })
})

t.test('an incomplete body counts as no response; redirects are not followed', async t => {
  const { url, seen } = await startServer(t, (response, request) => {
    if (request.url?.endsWith('/half')) {
      response.writeHead(200, { 'content-length': '100' }).write('{"id":')
      response.socket?.end()
    } else response.writeHead(302, { location: '/elsewhere' }).end()
  })
  const target = httpTarget({ tenantUrl: url, token: 'x', timeout: 2000 })
  t.match(await target({ method: 'GET', path: '/half' }), { kind: 'none', reason: 'connection' })
  t.match(await target({ method: 'GET', path: '/moved' }), { kind: 'response', status: 302 })
  t.equal(seen.length, 2)
})

t.test('a response that is too large is not read completely, and the connection is closed', async t => {
  const closed: string[] = []
  const { url } = await startServer(t, (response, request) => {
    const path = request.url ?? ''
    response.on('close', () => closed.push(path))
    if (path.endsWith('/endless')) {
      const chunk = Buffer.alloc(1024 * 1024, '-')
      const send = () => {
        while (!response.destroyed && response.write(chunk));
      }
      response.on('drain', send)
      send()
    } else if (path.endsWith('/bomb')) {
      response.writeHead(200, { 'content-encoding': 'gzip' }).write(gzipSync(Buffer.alloc(32 * 1024 * 1024)))
    } else response.end('-'.repeat(16 * 1024 * 1024))
  })
  const target = httpTarget({ tenantUrl: url, token: 'x' })
  const tooLarge = {
    kind: 'none',
    reason: 'too large',
    text: 'The response exceeds 16 MiB; reading stopped.',
  }
  t.same(await target({ method: 'GET', path: '/endless' }), tooLarge)
  t.same(await target({ method: 'GET', path: '/bomb' }), tooLarge)
  t.match(await target({ method: 'GET', path: '/just' }), { kind: 'response', status: 200 })
  while (closed.length < 3) await nextTurn()
  t.same(closed.sort(), ['/scim/bomb', '/scim/endless', '/scim/just'])
})

t.test('a token that the target repeats is masked', async t => {
  const { url } = await startServer(t, (response, request) =>
    response
      .writeHead(401, { 'content-type': 'application/scim+json', 'retry-after': '9' })
      .end(`{"detail":"${request.headers.authorization} is wrong"}`),
  )
  const response = await httpTarget({ tenantUrl: url, token: 'top-secret' })({
    method: 'GET',
    path: '/Users',
  })
  t.match(response, { status: 401, retryAfter: 9, text: '{"detail":"Bearer *** is wrong"}' })
  t.notMatch(JSON.stringify(response), 'top-secret')
})

t.test('ids and values of successful responses are not masked', async t => {
  const body = { id: 'xC8UTd5-top-secret', userName: 'admin', groups: ['T', 'top-secret'] }
  const { url } = await startServer(t, response =>
    response.setHeader('Content-Type', 'application/scim+json').end(JSON.stringify(body)),
  )
  for (const token of ['T', 'admin', 'top-secret'])
    t.match(await httpTarget({ tenantUrl: url, token })({ method: 'GET', path: '/Users/1' }), { body })
})

t.test('a short token is masked only as part of the whole header', async t => {
  const { url } = await startServer(t, (response, request) =>
    response
      .writeHead(400, { 'content-type': 'application/scim+json' })
      .end(`{"detail":"Token ${request.headers.authorization}"}`),
  )
  t.match(await httpTarget({ tenantUrl: url, token: 'T' })({ method: 'GET', path: '/Users' }), {
    text: '{"detail":"Token Bearer ***"}',
  })
})

t.test('the dialect is read from the tenant URL', async t => {
  t.equal(dialectOf('https://x/scim'), 'default')
  t.equal(dialectOf('https://x/scim?aadOptscim062020'), 'aadOptscim062020')
  t.equal(dialectOf('https://x/scim/?a=1&AADOPTSCIM062020'), 'aadOptscim062020')
  t.throws(() => dialectOf('x/scim'), TypeError)
})

const response = (status: number, retryAfter?: number): TargetResponse => ({
  kind: 'response',
  status,
  body: undefined,
  text: '',
  mediaType: '',
  ...(retryAfter !== undefined && { retryAfter }),
})
const request = { method: 'GET', path: '/Users' } as const

/** A clock that `sleep` advances. */
function clock() {
  let at = 0
  return {
    now: () => at,
    sleep: async (milliseconds: number) => {
      const until = at + milliseconds
      await Promise.resolve()
      at = Math.max(at, until)
    },
  }
}

t.test('requests per second are limited', async t => {
  const time = clock()
  const at: number[] = []
  const target = withRateLimit(
    async () => {
      at.push(time.now())
      return response(200)
    },
    { maxRps: 25, honorRetryAfter: false, ...time },
  )
  for (let sent = 0; sent < 4; sent++) await target(request)
  t.same(at, [0, 40, 80, 120])
})

t.test('without a limit there is no wait', async t => {
  const target = withRateLimit(async () => response(200), {
    maxRps: Number.POSITIVE_INFINITY,
    honorRetryAfter: false,
    sleep: () => t.fail('It slept.') as never,
  })
  t.match(await Promise.all([target(request), target(request)]), [{ status: 200 }, { status: 200 }])
})

t.test('Retry-After is honored only if enabled', async t => {
  const time = clock()
  let attempts = 0
  const throttled = async () => response(++attempts < 3 ? 429 : 200, 7)
  t.match(await withRateLimit(throttled, { maxRps: 1000, honorRetryAfter: false, ...time })(request), {
    status: 429,
  })
  attempts = 0
  t.match(await withRateLimit(throttled, { maxRps: 1000, honorRetryAfter: true, ...time })(request), {
    status: 200,
  })
  t.equal(attempts, 3)
  t.ok(time.now() >= 14_000)
})

t.test('retries stop after five attempts', async t => {
  let attempts = 0
  const target = withRateLimit(
    async () => {
      attempts++
      return response(503, 1)
    },
    { maxRps: 1000, honorRetryAfter: true, ...clock() },
  )
  t.match(await target(request), { status: 503 })
  t.equal(attempts, 5)
})

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

t.test('a clock lead is formatted in its two largest units', async t => {
  for (const [milliseconds, text] of [
    [0, ''],
    [999, ''],
    [1000, '+1 s'],
    [40 * minute, '+40 min'],
    [6 * hour + 40 * minute + 3000, '+6 h 40 min'],
    [hour - 1, '+1 h'],
    [366 * day + 5 * hour + minute, '+366 d 5 h'],
    [-90_000, '−1 min 30 s'],
  ] as const) {
    t.equal(formatClockLead(milliseconds), text, String(milliseconds))
  }
})

t.test('the API accepts exactly the durations that can be read', async t => {
  const schema = durationSchema('Invalid.')
  for (const text of ['30s', '1h30m', '1w2d3h4m5s', '0s', '', '30', '30m1h', '1.5h', '-1h', '1h ', '100ms']) {
    t.equal(schema.safeParse(text).success, readDuration(text) !== undefined, text)
  }
  t.equal(readDuration('1h30m'), 90 * minute)
})
