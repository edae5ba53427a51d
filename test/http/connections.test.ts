import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { createServer, type TestServer } from '../../src/index.ts'

function connected({ url }: TestServer): Socket {
  const { hostname, port } = new URL(url)
  return connect(Number(port), hostname)
}

const headersFor = ({ token }: TestServer) => `Host: scim.example.org\r\nAuthorization: Bearer ${token}\r\n`

t.test('a request line may have an absolute URL, as sent to a proxy', async t => {
  await using server = await createServer({ profile: 'rfc' })
  const { pathname } = new URL(server.url)
  const socket = connected(server)
  socket.write(
    `GET http://scim.example.org${pathname}/Users?count=1 HTTP/1.1\r\n${headersFor(server)}Connection: close\r\n\r\n`,
  )
  t.match(await text(socket), /^HTTP\/1\.1 200 OK\r\n.*"totalResults":0/s)
})

t.test('an incomplete request does not prevent the server from closing', async t => {
  const server = await createServer({ profile: 'rfc' })
  const { pathname } = new URL(server.url)
  const socket = connected(server)
  const gone = once(socket, 'close')
  socket.on('error', () => undefined)
  socket.write(
    `POST ${pathname}/Users HTTP/1.1\r\n${headersFor(server)}Expect: 100-continue\r\n` +
      'Content-Type: application/scim+json\r\nContent-Length: 100\r\n\r\n',
  )
  await once(socket, 'data')
  await server.close()
  await gone
  t.ok(socket.closed)
})
