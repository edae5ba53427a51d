import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import https from 'node:https'
import { type AddressInfo, createConnection } from 'node:net'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { createProxy, type ProxyOptions } from '../../../../src/traffic/proxy/proxy.ts'
import { openRecording } from '../../../../src/traffic/proxy/record.ts'
import { checkUpstream, createUpstream } from '../../../../src/traffic/proxy/upstream.ts'
import { readRecordingSource } from '../../../../src/traffic/recordings/read.ts'
import type { Captured } from '../../../../src/traffic/recordings/read-captured.ts'
import { reviewRecording } from '../../../../src/traffic/recordings/recording.ts'
import { sampleOf } from '../../../support/property.ts'
import {
  chunked,
  exchangeBytes,
  listen,
  printHead,
  type RawMessage,
  readMessage,
} from '../../../support/raw-http.ts'
import { selfSigned } from '../../../support/self-signed.ts'

type Proxied = {
  readonly port: number
  readonly exchanges: Captured[]
  readonly notices: string[]
  readonly upstream: ReturnType<typeof createUpstream>
}

/** A proxy in front of this URL until the test ends. */
async function proxyTo(t: Test, url: string, options: Partial<ProxyOptions> = {}): Promise<Proxied> {
  const exchanges: Captured[] = []
  const notices: string[] = []
  const upstream = createUpstream(url, true)
  const server = createProxy({
    upstream,
    onExchange: exchange => exchanges.push(exchange),
    onNotice: text => notices.push(text),
    ...options,
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(async () => {
    upstream.close()
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  })
  return { port: (server.address() as AddressInfo).port, exchanges, notices, upstream }
}

/** An upstream over http until the test ends: the URL of its SCIM endpoint. */
async function upstreamFor(t: Test, listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/acme/scim/v2`
}

const ask = (port: number, path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') =>
  fetch(`http://127.0.0.1:${port}${path}`, { method, headers, redirect: 'manual' })

const hopByHop = /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|host|x-hop)$/i
const endToEnd = ({ headers }: RawMessage) => headers.filter(([name]) => !hopByHop.test(name))

const name = fc.constantFrom(
  'Accept',
  'accept',
  'X-Trace',
  'x-TRACE',
  'If-None-Match',
  'USER-AGENT',
  'Cookie',
  'Expires',
)
const text = fc
  .string({ unit: fc.constantFrom(...'aZ09 ;,="*/é\xff\t'), maxLength: 30 })
  .map(one => one.trim())
const headers = fc.array(fc.tuple(name, text), { maxLength: 8 })
const path = fc
  .array(fc.constantFrom('Users', '?', 'filter=', '%20', '%2F', '"', '+', '&', '//', '~', '[', '|', ':'), {
    maxLength: 8,
  })
  .map(parts => `/Users${parts.join('')}`)
const bytes = fc.oneof(
  { weight: 9, arbitrary: fc.string({ unit: fc.constantFrom(...'{}"\n\r0\x00é\xff'), maxLength: 300 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 40_000 }).map(size => 'é\r\n'.repeat(size)) },
)

t.test('300 random exchanges pass byte for byte, in both directions', async t => {
  const received: RawMessage[] = []
  let reply = ''
  let endsWithConnection = false
  const port = await listen(t, socket => {
    let read = ''
    socket.on('data', part => {
      read += part.toString('latin1')
      const hasBody = /\r\n(content-length|transfer-encoding):/i.test(read)
      const message = readMessage(read, false, hasBody)
      if (!message) return
      read = ''
      received.push(message)
      socket.write(reply, 'latin1')
      if (endsWithConnection) socket.end()
    })
  })
  const {
    port: own,
    notices,
    exchanges,
    upstream,
  } = await proxyTo(t, `http://127.0.0.1:${port}/acme/scim/v2`)
  const framings = ['length', 'chunked', 'end', 'none'] as const
  const cases = sampleOf(
    fc.record({
      path,
      base: fc.constantFrom('/scim/v2', '/acme/scim/v2'),
      sent: headers,
      sentBody: fc.option(bytes),
      sentFraming: fc.constantFrom('length', 'chunked'),
      returned: headers,
      body: bytes,
      framing: fc.constantFrom(...framings),
      start: fc.constantFrom(
        'HTTP/1.1 200 OK',
        'HTTP/1.1 200 ',
        'HTTP/1.1 404 Nicht da',
        'HTTP/1.1 429 Slow',
        'HTTP/1.1 500 x',
      ),
    }),
    300,
  )
  for (const [at, one] of cases.entries()) {
    const length = (body: string) => ['content-LENGTH', String(body.length)] as const
    const framingOf = (framing: string, body: string) =>
      framing === 'length'
        ? [length(body)]
        : framing === 'chunked'
          ? [['Transfer-Encoding', 'chunked'] as const]
          : []
    const start = one.framing === 'none' ? 'HTTP/1.1 304 Not Modified' : one.start
    const returned = [
      ...one.returned,
      ['X-Hop', 'a'],
      ['Connection', 'x-hop'],
      ...framingOf(one.framing, one.body),
    ] as const
    const bodies = { length: one.body, end: one.body, chunked: chunked(one.body), none: '' }
    endsWithConnection = one.framing === 'end'
    reply = printHead({ start, headers: returned }) + bodies[one.framing]
    const sentBody = one.sentBody ?? ''
    const framing = one.sentBody === null ? [] : framingOf(one.sentFraming, sentBody)
    const sent = {
      start: `GET ${one.base}${one.path} HTTP/1.1`,
      headers: [
        ['hOST', 'proxy.example'],
        ...one.sent,
        ['Connection', 'close, X-Hop'],
        ['X-HOP', 'b'],
        ...framing,
      ] as const,
      body: sentBody,
    }
    const bodyOfRequest =
      one.sentBody === null ? '' : one.sentFraming === 'chunked' ? chunked(sentBody) : sentBody
    const raw = await exchangeBytes(own, printHead(sent) + bodyOfRequest)
    const answer = readMessage(raw, true, one.framing !== 'none')
    const seen = received.at(-1)
    if (!seen || !answer) throw new Error(`Exchange ${at} is incomplete: ${raw}`)
    t.strictSame(
      {
        request: [seen.start, endToEnd(seen), seen.body],
        response: [answer.start, endToEnd(answer), answer.body],
      },
      {
        request: [`GET /acme/scim/v2${one.path} HTTP/1.1`, endToEnd(sent), sentBody],
        response: [
          start,
          endToEnd({ start, headers: returned, body: '' }),
          one.framing === 'none' ? '' : one.body,
        ],
      },
      `exchange ${at}`,
    )
    t.strictSame(
      seen.headers.filter(([name]) => /^host$/i.test(name)),
      [['Host', `127.0.0.1:${port}`]],
    )
  }
  t.equal(received.length, 300)
  t.strictSame(notices, [])
  const recording = openRecording(join(t.testdir(), 'random.jsonl'), upstream)
  for (const exchange of exchanges) recording.add(exchange)
  t.equal(await recording.finish(), 300, 'whatever was sent, the recording can be read')
})

const json = { 'content-type': 'application/scim+json' }
const homer = (secret: string) => ({
  userName: 'homer@springfield.internal',
  name: { familyName: 'Simpson' },
  note: `You sent ${secret}.`,
})

t.test('requests are recorded as a recording, without tokens and without personal data', async t => {
  const tokens = Array.from({ length: 4 }, () => randomBytes(32).toString('hex'))
  const [bearer = '', plain = '', inUrl = '', cookie = ''] = tokens
  const url = await upstreamFor(t, (request, response) => {
    const secret = request.headers.authorization ?? ''
    const body = JSON.stringify(homer(secret.replace('Bearer ', '')))
    const encoding = /br/.test(request.url ?? '') ? 'br' : /gzip/.test(request.url ?? '') ? 'gzip' : undefined
    response.writeHead(200, {
      ...json,
      'Set-Cookie': `session=${cookie}`,
      Location: `${url}/Users/1?access_token=${inUrl}`,
      'X-Echo': secret,
      ...(encoding && { 'Content-Encoding': encoding }),
    })
    response.end(encoding === 'br' ? brotliCompressSync(body) : encoding ? gzipSync(body) : body)
  })
  const folder = t.testdir()
  const file = join(folder, 'requests.jsonl')
  let recording: ReturnType<typeof openRecording> | undefined
  const { port, upstream } = await proxyTo(t, url, { onExchange: exchange => recording?.add(exchange) })
  recording = openRecording(file, upstream)
  const paths = ['/Users?gzip', '/Users?br', `/Users?access_token=${inUrl}`, '/Users/1']
  for (const path of paths) {
    const authorization = path.endsWith('1') ? plain : `Bearer ${bearer}`
    const response = await ask(port, `/scim/v2${path}`, { authorization, cookie: `session=${cookie}` })
    t.match(await response.json(), { userName: 'homer@springfield.internal' })
  }
  const filesHave = (text: string) =>
    readdirSync(folder).filter(name => readFileSync(join(folder, name), 'utf8').includes(text))
  t.strictSame(filesHave('homer'), ['requests.jsonl.part'])
  t.equal(readRecordingSource(readFileSync(`${file}.part`, 'utf8')).requests.length, 4)
  t.strictSame(tokens.flatMap(filesHave), [])
  t.equal(await recording.finish(), 4)
  t.strictSame(readdirSync(folder), ['requests.jsonl'])
  t.strictSame([...tokens, 'homer', 'Simpson', '127.0.0.1', 'acme'].flatMap(filesHave), [])
  const { provenance, requests } = readRecordingSource(readFileSync(file, 'utf8'))
  t.match(provenance, { capture: { how: 'proxy' }, certainty: 'captured', personalData: 'replaced' })
  t.strictSame(
    requests.map(({ path, response }) => [path, response?.status, response?.body]),
    ['/Users?gzip', '/Users?br', '/Users?access_token=***', '/Users/1'].map(path => [
      path,
      200,
      {
        userName: 'user1@example.com',
        name: { familyName: 'Family1' },
        note: 'Text 1',
      },
    ]),
  )
})

t.test('the recording names the region of AWS, not the tenant', async t => {
  const upstream = createUpstream('https://scim.eu-central-1.amazonaws.com/kX2-tenant/scim/v2')
  const file = join(t.testdir(), 'aws.jsonl')
  const recording = openRecording(file, upstream)
  recording.add({
    at: '2026-11-30T06:00:00.000Z',
    method: 'GET',
    url: `${upstream.url}/Groups?count=1`,
    request: { headers: { 'User-Agent': 'ssosync' }, isCut: false },
    response: {
      status: 200,
      headers: { Location: `${upstream.url}/Groups/1` },
      body: '{"totalResults":0}',
      isCut: false,
    },
  })
  await recording.finish(true)
  const { provenance, requests } = readRecordingSource(readFileSync(file, 'utf8'))
  t.match(provenance, { capture: { server: 'AWS IAM Identity Center, eu-central-1' }, personalData: 'kept' })
  t.strictSame(requests[0]?.path, '/Groups?count=1')
  t.notMatch(readFileSync(file, 'utf8'), /kX2/)
  if (provenance) t.strictSame(reviewRecording({ provenance, requests }).lacks.length, 2)
})

t.test('nothing is overwritten, and nothing is left of a recording without requests', async t => {
  const folder = t.testdir({ 'old.jsonl': 'old', 'killed.jsonl.part': 'old' })
  const upstream = createUpstream('https://scim.example.com/scim/v2')
  t.throws(() => openRecording(join(folder, 'old.jsonl'), upstream), { message: /old\.jsonl exists$/ })
  t.throws(() => openRecording(join(folder, 'killed.jsonl'), upstream), { code: 'EEXIST' })
  t.equal(await openRecording(join(folder, 'new.jsonl'), upstream).finish(), 0)
  t.notOk(existsSync(join(folder, 'new.jsonl')))
})

t.test(
  'a recording that fails does not stop forwarding, and a body that is too large is marked as missing',
  async t => {
    const large = 'x'.repeat(700 * 1024)
    const url = await upstreamFor(t, (request, response) =>
      response.writeHead(200, json).end(request.url?.endsWith('large') ? large : '\xff{}'),
    )
    const bothRecorded = Promise.withResolvers<void>()
    const { port, notices, exchanges } = await proxyTo(t, url, {
      onExchange: exchange => {
        exchanges.push(exchange)
        if (exchanges.length === 2) bothRecorded.resolve()
        if (exchange.url.endsWith('/1')) throw new Error('ENOSPC')
      },
    })
    for (const path of ['/Users/1', '/Users/large']) t.equal((await ask(port, `/scim/v2${path}`)).status, 200)
    await bothRecorded.promise
    t.strictSame(notices, ['RECORDING FAILED: ENOSPC. Requests are still forwarded.'])
    t.strictSame(
      exchanges.map(({ response }) => response.isCut),
      [false, true],
    )
  },
)

t.test('only GET below the base path is forwarded', async t => {
  let forwarded = 0
  const url = await upstreamFor(t, (_, response) => {
    forwarded++
    response.end('{}')
  })
  const { port, notices } = await proxyTo(t, url)
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    const response = await ask(port, '/scim/v2/Users', {}, method)
    t.equal(response.status, 501)
    t.strictSame(await response.json(), {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: '501',
      detail: `Scimulator: The proxy is read-only: this ${method} request was not forwarded.`,
    })
  }
  t.equal((await ask(port, '/scim/v2/Users', {}, 'HEAD')).status, 501)
  for (const target of [
    '/',
    '/other/scim/v2/Users',
    '/scim/v2',
    '/scim/v2/../../b/scim/v2/Users',
    '/scim/v2/%2e%2e/x',
  ])
    t.match(
      await exchangeBytes(port, `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`),
      /^HTTP\/1.1 404 /,
    )
  t.match(
    await exchangeBytes(
      port,
      'GET http://127.0.0.1/scim/v2/Users HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    ),
    /^HTTP\/1.1 404 /,
  )
  t.equal(await exchangeBytes(port, 'CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: a\r\n\r\n'), '')
  t.equal(forwarded, 0)
  t.equal(notices[0], 'A POST request was not forwarded.')
})

t.test('the path of the proxy serves upstreams with any path', async t => {
  for (const path of ['', '/scim', '/scim/v2/acme']) {
    const asked: unknown[] = []
    const url = await upstreamFor(t, ({ url }, response) => {
      asked.push(url)
      response.end('{}')
    })
    const { port } = await proxyTo(t, new URL(url).origin + path)
    await ask(port, '/scim/v2/Users')
    await ask(port, `${path}/Groups`)
    t.same(asked, [`${path}/Users`, `${path}/Groups`])
  }
})

t.test('with a hash, only the token that has it is forwarded', async t => {
  const url = await upstreamFor(t, (_, response) => response.end('{}'))
  const tokenSha256 = createHash('sha256').update('right').digest('hex')
  const { port, exchanges } = await proxyTo(t, url, { tokenSha256 })
  const statuses = []
  for (const authorization of ['Bearer right', 'Bearer wrong', 'right', ''])
    statuses.push((await ask(port, '/scim/v2/Users', { authorization })).status)
  t.strictSame(statuses, [200, 401, 200, 401])
  t.equal(exchanges.length, 2)
})

t.test('redirects and pages pass unchanged; at the start they are refused', async t => {
  const url = await upstreamFor(t, (request, response) =>
    request.url?.includes('page')
      ? response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<p>Sign in</p>')
      : response.writeHead(302, { location: 'https://example.com/' }).end(),
  )
  const { port, notices } = await proxyTo(t, url)
  t.equal((await ask(port, '/scim/v2/page')).status, 200)
  t.equal((await ask(port, '/scim/v2/Users')).headers.get('location'), 'https://example.com/')
  t.strictSame(notices, [])
  await t.rejects(checkUpstream(createUpstream(url, true)), { message: /^it redirects/ })
  await t.rejects(checkUpstream(createUpstream(`${url}/page`, true)), {
    message: 'it returns a page (text/html)',
  })
})

t.test('a reset is an error of the proxy, and no request is sent twice', async t => {
  let connections = 0
  let bytes = 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{'
  const port = await listen(t, socket => {
    connections++
    socket.once('data', () => socket.write(bytes, () => socket.resetAndDestroy()))
  })
  const { port: own, notices } = await proxyTo(t, `http://127.0.0.1:${port}/scim/v2`)
  const cut = await ask(own, '/scim/v2/Users')
    .then(response => response.text())
    .catch(error => error)
  t.ok(cut instanceof Error, 'a response that was cut ends with an error')
  bytes = ''
  const response = await ask(own, '/scim/v2/Users')
  t.equal(response.status, 502)
  t.match(await response.json(), {
    status: '502',
    detail: /^Scimulator: The proxy got no response from 127\.0\.0\.1:\d+: /,
  })
  t.equal(connections, 2)
  t.equal(notices.length, 2)
})

t.test('a certificate that is not trusted gets no token', async t => {
  let requests = 0
  const server = https.createServer(selfSigned, (_, response) => {
    requests++
    response.end('{}')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const url = `https://localhost:${(server.address() as AddressInfo).port}/scim/v2`
  await t.rejects(checkUpstream(createUpstream(url, true)), {
    message: /^self-signed certificate/,
  })
  const { port } = await proxyTo(t, url)
  const response = await ask(port, '/scim/v2/Users', { authorization: 'Bearer x' })
  t.equal(response.status, 502)
  t.match(await response.json(), { detail: /: self-signed certificate/ })
  t.equal(requests, 0)
})

t.test('upstreams without https and on local addresses need permission', async t => {
  const reasonOf = async (url: string) => {
    const error = await Promise.resolve()
      .then(() => checkUpstream(createUpstream(url)))
      .catch((error: Error) => error)
    return error?.message
  }
  t.match(await reasonOf('http://scim.example.com/scim/v2'), /over http/)
  for (const url of [
    'https://127.0.0.1/scim/v2',
    'https://[::1]/scim/v2',
    'https://169.254.169.254/',
    'https://localhost/scim/v2',
  ])
    t.match(await reasonOf(url), /this machine or its network/, url)
  for (const url of [
    'scim.example.com',
    'ftp://scim.example.com/',
    'https://a:b@scim.example.com/',
    'https://scim.example.com/scim/v2?a=b',
    'https://scim.example.com/#a',
  ])
    t.match(await reasonOf(url), /not a base URL/, url)
})

t.test('a client that hangs up ends the request to the upstream', async t => {
  let hungUp: () => void = () => {}
  const ended = new Promise<void>(resolve => {
    hungUp = resolve
  })
  const url = await upstreamFor(t, (_, response) => {
    response.write('{')
    response.once('close', hungUp)
  })
  const { port, notices, exchanges } = await proxyTo(t, url)
  const socket = createConnection(port, '127.0.0.1')
  socket.write('GET /scim/v2/Users HTTP/1.1\r\nHost: a\r\n\r\n')
  socket.once('data', () => socket.destroy())
  await ended
  t.strictSame([notices, exchanges], [[], []])
})
