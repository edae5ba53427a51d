import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import pino from 'pino'
import t from 'tap'
import { readConfig } from '../../src/server/config.ts'
import { startServer } from '../../src/server/server.ts'
import { run } from '../http/cli/run.ts'

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
      args: ['--data', data, '--port=0', '--console-port=0', '--tenant=acme', '--token=token-of-acme'],
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
