import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import t from 'tap'
import { startWith } from '../support/started-server.ts'

const canary = 'a secret of somebody else'
const outside = [
  '../canary.db',
  '..%2fcanary.db',
  '%2e%2e%2fcanary',
  '..%5ccanary',
  '....//canary',
  '%252e%252e%252fcanary',
  '/etc/passwd',
  '%2fetc%2fpasswd',
  '../../../../../../etc/passwd',
  '..%2f..%2f..%2f..%2fetc%2fpasswd',
  'canary%00.db',
  'scimulator.db',
  '.',
  '..',
  'file:%2f%2f%2fetc%2fpasswd',
  '\\..\\canary',
]

/** Sends a path unchanged: `fetch` would resolve dots in it. */
async function rawGet(base: string, method: string, path: string): Promise<string> {
  const { hostname, port, host } = new URL(base)
  const socket = connect(Number(port), hostname)
  let received = ''
  socket.on('data', chunk => {
    received += chunk
  })
  socket.write(
    `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  )
  await once(socket, 'close')
  return received
}

t.test('no id, name or address leads out of its folder', async t => {
  const folder = t.testdir()
  const file = `${folder}/scimulator.db`
  const server = await startWith(t, ['--data', file, '--tenant', 'acme', '--token', 'a-token-for-attackers'])
  writeFileSync(`${folder}/canary.db`, canary)
  writeFileSync(`${folder}/canary`, canary)
  const api = (method: string, path: string, body?: unknown) =>
    fetch(`${server.console}/api/v1${path}`, {
      method,
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    })
  for (const name of [...outside, '../canary', '../../x']) {
    const saved = (await (await api('POST', '/snapshots', { name })).json()) as { id: string; name: string }
    t.equal(saved.name, name, 'a name is data only')
    t.match(saved.id, /^[0-9a-f-]{36}$/)
    t.same(readdirSync(`${file}.snapshots`), [`${saved.id}.db`], 'the file is named by an id')
    await api('DELETE', `/snapshots/${saved.id}`)
  }
  const stored = (await (await api('POST', '/snapshots', { name: 'kept' })).json()) as { id: string }
  const before = readdirSync(folder).sort()
  const received: string[] = []
  for (const path of outside) {
    for (const [method, at] of [
      ['POST', `/api/v1/snapshots/${path}/restore`],
      ['DELETE', `/api/v1/snapshots/${path}`],
      ['DELETE', `/api/v1/snapshots/${stored.id}/../${path}`],
      ['GET', `/api/v1/exchanges/${path}/export?format=har`],
      ['GET', `/api/v1/exchanges/export?format=${path}`],
      ['GET', `/assets/${path}`],
      ['GET', `/api/docs/${path}`],
      ['GET', `/api/docs/static/${path}`],
      ['GET', `/${path}`],
      ['GET', `/tenants/${path}`],
    ] as const)
      received.push(`${method} ${at} ${await rawGet(server.console, method, at.replaceAll(' ', '%20'))}`)
    received.push(`SCIM ${path} ${await rawGet(server.endpoint, 'GET', `/acme/scim/v2/${path}`)}`)
  }
  t.same(
    received.filter(one => one.includes(canary) || /root:|SQLite format/.test(one)),
    [],
    'no response contains a file',
  )
  t.same(
    received.filter(one => / HTTP\/1\.1 5\d\d /.test(one)),
    [],
  )
  t.same(readdirSync(folder).sort(), before, 'no file was created or removed')
  t.equal(readFileSync(`${folder}/canary.db`, 'utf8'), canary)
  t.same(readdirSync(`${file}.snapshots`), [`${stored.id}.db`])
})
