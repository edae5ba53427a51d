import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, watch } from 'node:fs'
import pino from 'pino'
import t from 'tap'
import { openServices } from '../../src/server/compose.ts'
import { linesOf } from '../http/cli/run.ts'

const token = 'a-token-that-no-diagnostic-file-shows'
const requests = 200

t.test('a diagnostic report under load and a heap snapshot after it contain no token', async t => {
  const folder = t.testdir({ files: {} })
  const data = `${folder}/x.db`
  await createTenant(data)
  const { child, endpoint } = await startDiagnosed(data, `${folder}/files`)
  t.teardown(() => child.kill('SIGKILL'))
  /** Sends a signal, and reads the file that the server writes. It answers no request meanwhile. */
  const write = async (signal: NodeJS.Signals) => {
    const watcher = watch(`${folder}/files`)
    child.kill(signal)
    const [, name] = (await once(watcher, 'change')) as [string, string]
    watcher.close()
    await fetch(`${endpoint}/ServiceProviderConfig`)
    return readFileSync(`${folder}/files/${name}`, 'utf8')
  }

  const load = sendRequests(`${endpoint}/Users`)
  const report = await write('SIGWINCH')
  t.same(await load, [200])
  const snapshot = await write('SIGUSR2')
  t.match(report, '"javascriptHeap"')
  t.match(snapshot, 'redactRecorded')
  t.notOk(report.includes(token) || snapshot.includes(token))
})

async function createTenant(data: string): Promise<void> {
  const services = await openServices({ path: data, profile: 'rfc' }, pino({ level: 'silent' }))
  const tenant = await services.tenants.create({ profile: 'rfc' }, 'acme')
  await services.tenants.createToken(tenant, { text: token })
  await services.close()
}

/** Starts a server that writes a report on SIGWINCH and a heap snapshot on SIGUSR2. */
async function startDiagnosed(data: string, files: string) {
  const diagnostics = [
    ...['--report-on-signal', '--report-signal=SIGWINCH', `--report-directory=${files}`],
    ...['--heapsnapshot-signal=SIGUSR2', `--diagnostic-dir=${files}`],
  ]
  const ports = ['--port=0', '--console-port=0', '--aws-port=0']
  const { NODE_OPTIONS: _, ...env } = process.env
  const child = spawn(
    process.execPath,
    [...diagnostics, 'src/server/cli/scimulator.ts', '--data', data, ...ports, '--log-format=json'],
    { env, stdio: ['ignore', 'pipe', 'ignore'] },
  )
  for await (const line of linesOf(child.stdout)) {
    const { endpoint } = JSON.parse(line)
    if (endpoint) return { child, endpoint: String(endpoint) }
  }
  throw new Error('The server ended before it listened.')
}

/** Sends requests with the token, some at a time, over connections that end with them. Returns the different statuses. */
async function sendRequests(url: string): Promise<readonly number[]> {
  const headers = { authorization: `Bearer ${token}`, connection: 'close' }
  const statuses = new Set<number>()
  let sent = 0
  const send = async () => {
    while (sent++ < requests) statuses.add((await fetch(url, { headers })).status)
  }
  await Promise.all([send(), send(), send(), send()])
  return [...statuses]
}
