import { once } from 'node:events'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import pino from 'pino'
import t from 'tap'
import { readConfig } from '../../src/server/config.ts'
import { startServer } from '../../src/server/server.ts'
import { run } from '../http/cli/run.ts'
import { startWith } from '../support/started-server.ts'

// The most permissive umask; child processes inherit it.
process.umask(0)

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)

/** The paths that others than the owner can access. */
const openTo = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .map(entry => `${entry.parentPath}/${entry.name}`)
    .filter(path => !/^[67]00$/.test(modeOf(path)))

const start = (data: string) =>
  startServer(
    readConfig({
      args: [
        '--data',
        data,
        '--port=0',
        '--console-port=0',
        '--aws-port=0',
        '--tenant=acme',
        '--token=token-of-acme',
      ],
      environment: {},
      isTerminal: false,
    }),
    pino({ level: 'silent' }),
  )

t.test('files written by the server and the commands are accessible to their owner only', async t => {
  const folder = t.testdir()
  const server = await start(`${folder}/new/folder/scimulator.db`)
  t.teardown(server.close)
  t.equal((await fetch(`${server.console}/api/v1/snapshots`, { method: 'POST' })).status, 201)
  const job = [
    ...['--url', server.endpoint, '--token', 'token-of-acme', '--directory', 'samples/springfield.json'],
    ...['--state', `${folder}/kept/entra.json`],
  ]
  t.equal((await run(['entra', 'sync', ...job])).code, 0)
  const checked = await run(
    [
      ...[
        'check',
        server.endpoint,
        '--rate',
        '0',
        '--quiet',
        '--only',
        'rfc/discovery',
        '--fail-on',
        'never',
      ],
      ...['--report', `har=${folder}/check.har,html=${folder}/check.html`],
    ],
    { SCIM_TOKEN: 'token-of-acme' },
  )
  t.equal(checked.code, 0, checked.err)
  const exported = ['journal', 'export', '--format', 'har', '--output', `${folder}/journal.har`]
  t.equal((await run(['--console', server.console, ...exported])).code, 0)
  const created = ['entra', 'generate', '--users', '2', '--groups', '1', '--out', `${folder}/made.json`]
  t.equal((await run(created)).code, 0)

  const there = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  for (const name of [
    'new',
    'scimulator.db-wal',
    'scimulator.db.journal',
    'scimulator.db.journal-wal',
    'scimulator.db.lock',
    'snapshots',
    'entra.json',
    'entra.log.ndjson',
    '.har',
    '.html',
  ])
    t.ok(
      there.some(path => path.includes(name)),
      name,
    )
  t.same(openTo(folder), [])
})

t.test('files of an earlier version become private when they are opened', async t => {
  const folder = t.testdir()
  const data = `${folder}/scimulator.db`
  await (await start(data)).close()
  mkdirSync(`${data}.snapshots`, { recursive: true, mode: 0o755 })
  for (const file of [data, `${data}.journal`]) chmodSync(file, 0o644)
  for (const file of [data, `${data}.journal`]) writeFileSync(`${file}-wal`, '', { mode: 0o644 })
  const server = await start(data)
  t.teardown(server.close)
  t.same(openTo(folder), [])
})

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
