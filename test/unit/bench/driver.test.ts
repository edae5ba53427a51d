import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { load, openConnection } from '../../../bench/driver.ts'

async function serve(t: Test, respond: RequestListener): Promise<string> {
  const server = createServer(respond).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/scim/v2`
}

t.test('a connection reads responses with a length, in chunks and without a body', async t => {
  const received: unknown[] = []
  const base = await serve(t, async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    const { method, url, headers } = request
    received.push([method, url, headers.authorization, headers['content-type'], body])
    if (method === 'DELETE') response.writeHead(204).end()
    else if (method === 'POST') response.writeHead(201, { 'content-length': 3 }).end('€')
    else {
      // Looks like the end of the chunks, and the head of a response.
      response.write('0\r\n\r\nHTTP/1.1 500\r\n')
      setImmediate(() => response.end('\r\n'.repeat(50_000)))
    }
  })
  const connection = await openConnection({ base, headers: { authorization: 'Bearer t' } })
  t.teardown(connection.close)
  t.same(
    [
      await connection.send({ method: 'GET', path: '/Users?count=1' }),
      await connection.send({ method: 'POST', path: '/Users', body: '{"displayName":"€"}' }),
      await connection.send({ method: 'DELETE', path: '/Users/1' }),
      await connection.send({ method: 'GET', path: '/Users/2' }),
    ],
    [200, 201, 204, 200],
  )
  t.same(received, [
    ['GET', '/scim/v2/Users?count=1', 'Bearer t', undefined, ''],
    ['POST', '/scim/v2/Users', 'Bearer t', 'application/scim+json', '{"displayName":"€"}'],
    ['DELETE', '/scim/v2/Users/1', 'Bearer t', undefined, ''],
    ['GET', '/scim/v2/Users/2', 'Bearer t', undefined, ''],
  ])
})

t.test('a load sends the given number of requests, and fails on a response that is an error', async t => {
  let count = 0
  const base = await serve(t, (_request, response) => {
    count++
    response.writeHead(count > 100 ? 503 : 200, { 'content-length': 2 }).end('{}')
  })
  const options = {
    name: 'reads',
    endpoint: { base, headers: {} },
    connections: 10,
    limit: { requests: 100 },
    next: () => ({ method: 'GET', path: '/Users' }) as const,
  }
  await load(options)
  t.equal(count, 100)
  await t.rejects(load(options), { message: 'reads: status 503' })
})
