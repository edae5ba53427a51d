import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import type { TestServer } from '../../src/index.ts'
import { aUser } from '../support/samples.ts'
import { createServer } from '../support/test-server.ts'

/** Sends bytes unchanged, and returns all that is received until the connection ends. */
async function say({ url }: TestServer, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let received = ''
  socket.on('error', () => undefined)
  socket.on('data', chunk => {
    received += chunk
  })
  socket.write(Buffer.from(bytes, 'latin1'))
  await once(socket, 'close')
  return received
}

const inner = (server: TestServer): string => {
  const body = JSON.stringify(aUser('smuggled'))
  return `POST ${new URL(server.url).pathname}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.token}\r\nContent-Type: application/scim+json\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

type Shape = readonly [what: string, bytes: (start: string, inner: string) => string]

/** Requests whose end a proxy and this server could place differently. */
const shapes: readonly Shape[] = [
  [
    'a length and chunks',
    (start, next) => `${start}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${next}`,
  ],
  [
    'chunks and a length',
    (start, next) =>
      `${start}Transfer-Encoding: chunked\r\nContent-Length: ${next.length}\r\n\r\n0\r\n\r\n${next}`,
  ],
  [
    'two lengths',
    (start, next) => `${start}Content-Length: 0\r\nContent-Length: ${next.length}\r\n\r\n${next}`,
  ],
  ['two lengths in one line', (start, next) => `${start}Content-Length: 0, ${next.length}\r\n\r\n${next}`],
  ['a length with a sign', (start, next) => `${start}Content-Length: +0\r\n\r\n${next}`],
  ['a negative length', (start, next) => `${start}Content-Length: -1\r\n\r\n${next}`],
  ['a length in hexadecimal', (start, next) => `${start}Content-Length: 0x0\r\n\r\n${next}`],
  [
    'a length beyond the range of numbers',
    (start, next) => `${start}Content-Length: 99999999999999999999\r\n\r\n${next}`,
  ],
  ['an empty length', (start, next) => `${start}Content-Length:\r\n\r\n${next}`],
  ['a blank before the colon of a length', (start, next) => `${start}Content-Length : 0\r\n\r\n${next}`],
  [
    'a blank before the colon of chunks',
    (start, next) => `${start}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${next}`,
  ],
  ['an unknown encoding', (start, next) => `${start}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${next}`],
  [
    'chunked, but not last',
    (start, next) => `${start}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${next}`,
  ],
  [
    'chunks twice',
    (start, next) =>
      `${start}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${next}`,
  ],
  [
    'a control character before chunks',
    (start, next) => `${start}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n${next}`,
  ],
  ['a folded header', (start, next) => `${start}X: y\r\n Content-Length: 0\r\n\r\n${next}`],
  [
    'a folded Transfer-Encoding',
    (start, next) => `${start}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n${next}`,
  ],
  [
    'lines that end with LF only',
    (start, next) => `${start.replaceAll('\r\n', '\n')}Content-Length: 0\n\n${next}`,
  ],
  ['a header that ends with LF only', (start, next) => `${start}X: y\nContent-Length: 0\r\n\r\n${next}`],
  ['a header that ends with CR only', (start, next) => `${start}X: y\rContent-Length: 0\r\n\r\n${next}`],
  ['a NUL in a header', (start, next) => `${start}X: a\0b\r\nContent-Length: 0\r\n\r\n${next}`],
  [
    'a chunk with a negative length',
    (start, next) => `${start}Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n${next}`,
  ],
  ['a chunk in 0x', (start, next) => `${start}Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n${next}`],
  [
    'a chunk length beyond the range of numbers',
    (start, next) => `${start}Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n\r\n${next}`,
  ],
  [
    'a chunk that ends with LF only',
    (start, next) => `${start}Transfer-Encoding: chunked\r\n\r\n0\n\n${next}`,
  ],
  [
    'a chunk longer than its length',
    (start, next) => `${start}Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n${next}`,
  ],
  [
    'an extension of a chunk with LF',
    (start, next) => `${start}Transfer-Encoding: chunked\r\n\r\n0;a\nb\r\n\r\n${next}`,
  ],
  ['a header without a name', (start, next) => `${start}: x\r\nContent-Length: 0\r\n\r\n${next}`],
  [
    'two hosts',
    (start, next) =>
      `${start}Host: y\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n${next}`,
  ],
]

t.test('no malformed request hides a second one', async t => {
  await using server = await createServer({ profile: 'rfc' })
  const { pathname } = new URL(server.url)
  const start = `POST ${pathname}/Users HTTP/1.1\r\nHost: scim.example.org\r\nContent-Type: application/scim+json\r\nAuthorization: Bearer ${server.token}\r\n`
  for (const [what, bytes] of shapes) {
    const received = await say(server, bytes(start, inner(server)))
    t.same(received.match(/HTTP\/1\.1 \d{3}/g), ['HTTP/1.1 400'], `${what}: one response, an error`)
    t.match(received, /connection: close/i, `${what}: the connection is closed`)
    t.match(received, /urn:ietf:params:scim:api:messages:2\.0:Error/, `${what}: in SCIM’s words`)
  }
  const response = await fetch(`${server.url}/Users`, {
    headers: { authorization: `Bearer ${server.token}` },
  })
  t.match(await response.json(), { totalResults: 0 }, 'no user was created')
})

t.test('a valid request works by itself and after a complete one', async t => {
  await using server = await createServer({ profile: 'rfc' })
  const { pathname } = new URL(server.url)
  const first = `GET ${pathname}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.token}\r\n\r\n`
  t.same((await say(server, first + inner(server))).match(/HTTP\/1\.1 \d{3}/g), [
    'HTTP/1.1 200',
    'HTTP/1.1 201',
  ])
})
