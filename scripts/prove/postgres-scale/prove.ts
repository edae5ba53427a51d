import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { userOf } from '../../../bench/data.ts'
import { cpuOf, waitUntilAnalyzed } from '../../../bench/servers.ts'
import { startPostgresServer } from '../../../test/support/postgres-server.ts'
import { createClient, runConcurrently } from '../../endure/client.ts'
import { copyUsers, createPatterns } from '../../endure/postgres-users.ts'
import { killServers, type Served, serve } from '../../endure/server.ts'
import { number } from '../../endure/spread.ts'
import { explainRequests } from './explained.ts'
import { createRequests, type Requests } from './requests.ts'

const smallUsers = 1000
/** The costs with many users, divided by those with few. */
const maxRatio = 1.3
const turns = 7
const requestsPerTurn = 200
const scrapesPerTurn = 20

const settings = {
  shared_buffers: '2GB',
  max_wal_size: '8GB',
  maintenance_work_mem: '512MB',
  checkpoint_timeout: '1h',
}

type Report = (line: string) => void

type Database = { readonly url: string; readonly users: number; readonly admin: pg.Client }

/**
 * Compares what requests cost with many users in one tenant and with 1,000, reads the plans of their statements, and looks for
 * creations that wait for others.
 */
export async function provePostgresScale(users: number, print: Report): Promise<boolean> {
  const server = await startPostgresServer({ settings })
  const opened: Database[] = []
  try {
    for (const each of [smallUsers, users]) opened.push(await fill(server.url, each, print))
    const [small, large] = opened as [Database, Database]
    const hasPlans = await provePlans(large, `${server.folder}/server.log`, print)
    const isFree = await proveWaits(large, print)
    const isCheap = await compareCosts(small, large, print)
    return hasPlans && isFree && isCheap
  } finally {
    await killServers()
    for (const { admin } of opened) await admin.end()
    await server.remove()
  }
}

async function fill(server: string, users: number, print: Report): Promise<Database> {
  const url = new URL(server)
  url.pathname = `/users_${users}`
  const creator = new pg.Client({ connectionString: server })
  await creator.connect()
  await creator.query(`create database users_${users} encoding 'UTF8' template template0`)
  await creator.end()
  const first = await serve({ url: url.href, schema: 'public' })
  const client = createClient(first.base)
  await createPatterns(client)
  client.close()
  await first.end()
  const admin = new pg.Client({ connectionString: url.href })
  await admin.connect()
  const began = performance.now()
  await copyUsers(admin, users, line => print(`  ${line}`))
  // One in a hundred is disabled.
  await admin.query('update resources set enabled = false where key % 100 = 0')
  await admin.query('vacuum analyze')
  const [{ megabytes } = {}] = (
    await admin.query('select pg_database_size(current_database()) / 1000000 as megabytes')
  ).rows
  print(`${number(users)} users: ${megabytes} MB, after ${number((performance.now() - began) / 1000)} s`)
  return { url: url.href, users, admin }
}

const noLimit = 1_000_000_000

const start = ({ url }: Pick<Database, 'url'>, limit = noLimit) =>
  serve({ url, schema: 'public' }, { flags: ['--max-resources', String(limit)] })

/** Seconds that the processes have used: the server, and the backends of its database. */
type Cpu = { readonly server: number; readonly backends: number }

async function readCpu({ pid }: Served, { admin }: Database): Promise<Cpu> {
  const { rows } = await admin.query<{ readonly pid: number }>(
    'select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  )
  return { server: cpuOf(pid) ?? 0, backends: rows.reduce((sum, { pid }) => sum + (cpuOf(pid) ?? 0), 0) }
}

type Target = Database & {
  readonly served: Served
  readonly requests: Requests
  readonly sent: Map<string, number>
}

/** Microseconds a request, with its analysis. */
async function measureTurn(target: Target, name: string, count: number): Promise<Cpu> {
  const { served, requests, sent } = target
  const send = requests.byName.get(name)
  if (!send) throw new Error(`There are no requests "${name}".`)
  let next = sent.get(name) ?? 0
  const end = next + count
  sent.set(name, end)
  const before = await readCpu(served, target)
  await runConcurrently(8, async () => {
    while (next < end) await send(next++)
  })
  await waitUntilAnalyzed(served.console)
  const after = await readCpu(served, target)
  const each = (of: keyof Cpu) => ((after[of] - before[of]) / count) * 1e6
  return { server: each('server'), backends: each('backends') }
}

async function compareCosts(small: Database, large: Database, print: Report): Promise<boolean> {
  const targets: Target[] = []
  for (const database of [small, large]) {
    const served = await start(database)
    const requests = await createRequests(served, database.admin, database.users)
    targets.push({ ...database, served, requests, sent: new Map() })
  }
  print(`\nCPU time a request in microseconds, server + database: least of ${turns} turns.\n`)
  print(`| request | ${targets.map(({ users }) => `${number(users)} users`).join(' | ')} | ratio |`)
  print('| --- | --- | --- | --- |')
  let isCheap = true
  const least = new Map<string, Cpu[]>()
  const names = [...(targets[0]?.requests.byName.keys() ?? [])]
  for (let turn = 0; turn < turns; turn++) {
    for (const name of names) {
      for (const [at, target] of targets.entries()) {
        const found = await measureTurn(target, name, name === '/metrics' ? scrapesPerTurn : requestsPerTurn)
        const known = least.get(name) ?? []
        const before = known[at]
        if (!before || sum(found) < sum(before)) known[at] = found
        least.set(name, known)
      }
    }
  }
  for (const [name, [few, many]] of least) {
    if (!few || !many) continue
    const ratio = sum(many) / sum(few)
    if (ratio > maxRatio) isCheap = false
    const cells = [few, many].map(cpu => `${cpu.server.toFixed(0)} + ${cpu.backends.toFixed(0)}`)
    print(
      `| ${name} | ${cells.join(' | ')} | ${ratio.toFixed(2)}${ratio > maxRatio ? ` (more than ${maxRatio})` : ''} |`,
    )
  }
  for (const { served, requests } of targets) {
    requests.close()
    await served.end()
  }
  return isCheap
}

const sum = ({ server, backends }: Cpu): number => server + backends

async function provePlans(database: Database, log: string, print: Report): Promise<boolean> {
  print('\nIndexes by which requests find rows, each by the tenant and a key:\n')
  const explained = await explainRequests(database, log, url => start({ url }))
  for (const { name, indexes } of explained) print(`- ${name}: ${indexes.join(', ')}`)
  const others = explained.flatMap(({ name, others }) => others.map(other => `${name}: ${other}`))
  for (const other of others) print(`not by the tenant: ${other}`)
  return others.length === 0
}

type Sample = { readonly type: string; readonly event: string; readonly n: number }

/** Waits for rows that other transactions have changed. */
const rowWaits = ['transactionid', 'tuple']

async function proveWaits(database: Database, print: Report): Promise<boolean> {
  const manyPlaces = await createInParallel(database, undefined, print)
  const fewPlaces = await createInParallel(database, 2000, print)
  return manyPlaces && fewPlaces
}

const clientsOfInstance = 32
const creationsOfClient = 60

/** Whether no creation waited for a row that another one had changed. `places`: how many more users the tenant can have. */
async function createInParallel(
  database: Database,
  places: number | undefined,
  print: Report,
): Promise<boolean> {
  const { rows } = await database.admin.query<{ readonly n: number }>(
    `select sum(n)::int as n from counts where type = 'User'`,
  )
  const limit = places === undefined ? noLimit : (rows[0]?.n ?? 0) + places
  const servers = [await start(database, limit), await start(database, limit)]
  const clients = servers.map(({ base }) => createClient(base, clientsOfInstance))
  const statuses: number[] = []
  let isOver = false
  const sampling = sampleWaits(database.admin, () => isOver)
  let next = 20_000_000 + (rows[0]?.n ?? 0)
  await Promise.all(
    clients.map(client =>
      runConcurrently(clientsOfInstance, async () => {
        for (let at = 0; at < creationsOfClient; at++) {
          statuses.push((await client.callApi('POST', '/Users', userOf(next++))).status)
        }
      }),
    ),
  )
  isOver = true
  const { samples, waits } = await sampling
  for (const client of clients) client.close()
  for (const server of servers) await server.end()
  const created = statuses.filter(status => status === 201).length
  const beyond =
    places === undefined
      ? ''
      : ` There were ${number(places)} places: ${number(Math.max(0, created - places))} users are too many.`
  print(
    `\n${number(created)} of ${number(statuses.length)} parallel creations on two instances succeeded.${beyond}`,
  )
  const found = [...waits].map(([name, n]) => `${name} ${n}`).join(', ')
  print(`Waits in ${number(samples)} samples of active backends: ${found || 'none'}.`)
  return created > 0 && !rowWaits.some(event => waits.has(`Lock:${event}`))
}

async function sampleWaits(admin: pg.Client, isOver: () => boolean) {
  const waits = new Map<string, number>()
  let samples = 0
  while (!isOver()) {
    const { rows } = await admin.query<Sample>(
      `select coalesce(wait_event_type, 'CPU') as type, coalesce(wait_event, '') as event, count(*)::int as n
      from pg_stat_activity where datname = current_database() and state = 'active' and pid <> pg_backend_pid() group by 1, 2`,
    )
    for (const { type, event, n } of rows) {
      samples += n
      if (type !== 'CPU') waits.set(`${type}:${event}`, (waits.get(`${type}:${event}`) ?? 0) + n)
    }
    const { rows: locks } = await admin.query<{ readonly kind: string }>(
      'select locktype as kind from pg_locks where not granted and pid <> pg_backend_pid()',
    )
    for (const { kind } of locks) waits.set(`Lock:${kind}`, (waits.get(`Lock:${kind}`) ?? 0) + 1)
    await pause(5)
  }
  return { samples, waits }
}
