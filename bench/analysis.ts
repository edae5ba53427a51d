import Sqlite from 'better-sqlite3'
import pg from 'pg'
import { findPrograms } from '../test/support/postgres-server.ts'
import { newUser, patchOf, spread, userNameOf } from './data.ts'
import { load, type RequestSpec } from './driver.ts'
import { type BenchOptions, type EngineName, engineNames, type Fixture, type Target } from './fixture.ts'
import type { PartResult } from './part.ts'
import { canPin, type Data, pin, unanalyzedIn, waitUntilAnalyzed } from './servers.ts'
import type { Measured } from './statistics.ts'
import { milliseconds, number, table } from './table.ts'

/** Requests per second with which the analysis has to keep up. */
const requiredRates: Readonly<Record<EngineName, number>> = { SQLite: 1500, PostgreSQL: 1000 }
/** More than most machines can serve. */
const highRate = 5000
/** Seconds; for a shorter time the analysis may lag without being slow. */
const minSeconds = 10
const secondsOfWarmUp = 4
/** One of ten requests creates a user. */
const createShare = 0.1

const lookUp = (userName: string): RequestSpec => ({
  method: 'GET',
  path: `/Users?filter=userName+eq+%22${encodeURIComponent(userName)}%22`,
})

/** What Entra ID sends about users that exist, except for one that it will create. */
function requestOf({ seeded: { users } }: Target, at: number): RequestSpec {
  const path = `/Users/${spread(users, at)}`
  switch (at % 9) {
    case 0:
      return lookUp(`absent-${at}@example.com`)
    case 1:
    case 2:
      return { method: 'GET', path }
    case 3:
    case 4:
      return {
        method: 'PATCH',
        path,
        body: patchOf({ op: 'Replace', path: 'displayName', value: `Name ${at}` }),
      }
    default:
      return lookUp(userNameOf((at * 7919) % users.length))
  }
}

type Loaded = Measured & {
  /** Exchanges per second that were analyzed while the load lasted. */
  readonly analyzed: number
  /** Exchanges that were not, at its end. */
  readonly waiting: number
}

let sent = 0

/** The requests of a cycle of Entra ID at a rate. */
async function loadAt(target: Target, perSecond: number, seconds: number): Promise<Loaded> {
  const limit = { seconds }
  const before = await unanalyzedIn(target.console)
  const [reads, creates] = await Promise.all([
    load({
      name: 'cycle',
      endpoint: target.directory,
      connections: 25,
      limit,
      perSecond: perSecond * (1 - createShare),
      next: () => requestOf(target, sent++),
    }),
    load({
      name: 'creations',
      endpoint: target.newcomers,
      connections: 5,
      limit,
      perSecond: perSecond * createShare,
      next: () => ({ method: 'POST', path: '/Users', body: JSON.stringify(newUser()) }),
    }),
  ])
  const waiting = await unanalyzedIn(target.console)
  const all = reads.perSecond + creates.perSecond
  return {
    perSecond: all,
    analyzed: all - (waiting - before) / seconds,
    waiting,
    median: reads.median,
    p99: Math.max(reads.p99, creates.p99),
    longest: Math.max(reads.longest, creates.longest),
  }
}

/** Makes a stopped server analyze its whole journal again, and returns the number of exchanges. */
async function forgetResults(data: Data): Promise<number> {
  const tables = ['exchange_notes', 'findings', 'cycles', 'token_clients', 'setup_steps']
  if (typeof data === 'string') {
    const db = new Sqlite(`${data}.journal`)
    for (const name of tables) db.exec(`delete from ${name}`)
    const count = db.prepare<[], number>('select count(*) from exchanges').pluck().get()
    db.close()
    return count ?? 0
  }
  const client = new pg.Client({ connectionString: data.url, options: `-c search_path=${data.schema}` })
  await client.connect()
  await client.query(`truncate ${tables.join(', ')}`)
  const { rowCount } = await client.query(
    'insert into unanalyzed_exchanges (tenant, id) select tenant, id from exchanges on conflict do nothing',
  )
  await client.end()
  return rowCount ?? 0
}

/** Measures an engine, with all threads of the server on one core. */
async function measure(fixture: Fixture, engine: EngineName, seconds: number) {
  const directory = await fixture.engineDirectory(engine, 'small')
  const target = await fixture.serveData(directory)
  const required = requiredRates[engine]
  const measureLoad = async (rate: number, seconds: number) => {
    await waitUntilAnalyzed(target.console)
    return loadAt(target, rate, seconds)
  }
  const loads: Loaded[] = []
  try {
    if (canPin) target.pin(0)
    await measureLoad(required, secondsOfWarmUp)
    for (const rate of [required, highRate]) loads.push(await measureLoad(rate, seconds))
  } finally {
    await target.stop()
  }
  const count = await forgetResults(directory.data)
  const again = await fixture.serveData(directory)
  try {
    if (canPin) again.pin(0)
    const [began, cpu] = [performance.now(), again.cpu()]
    await waitUntilAnalyzed(again.console)
    const took = (performance.now() - began) / 1000
    const used = cpu === undefined ? Number.NaN : (again.cpu() ?? Number.NaN) - cpu
    return { loads, idle: { perSecond: count / took, cpu: (used * 1e6) / count } }
  } finally {
    await again.stop()
  }
}

/** How fast the analysis is beside the requests of a cycle of Entra ID, and without any. */
export async function analysis(fixture: Fixture, options: BenchOptions): Promise<PartResult> {
  const seconds = Math.max(options.seconds, minSeconds)
  const rows: string[][] = []
  const figures: Record<string, number> = {}
  const engines = engineNames.filter(engine => engine === 'SQLite' || findPrograms() !== undefined)
  // A server of PostgreSQL that is started by a process on one core stays there.
  for (const engine of engines) await fixture.engineDirectory(engine, 'small')
  if (canPin) pin(process.pid, 1)
  try {
    for (const engine of engines) {
      const { loads, idle } = await measure(fixture, engine, seconds)
      for (const { perSecond, analyzed, waiting, median, p99, longest } of loads) {
        rows.push([
          engine,
          ...[perSecond, analyzed, waiting].map(number),
          ...[median, p99, longest].map(milliseconds),
        ])
      }
      rows.push([
        engine,
        'none',
        number(idle.perSecond),
        '',
        '',
        '',
        `CPU of an exchange: ${number(idle.cpu)} µs`,
      ])
      const [first] = loads
      if (first)
        figures[`analyzed beside ${number(requiredRates[engine])} requests, ${engine}`] = first.analyzed
    }
  } finally {
    if (canPin) pin(process.pid, undefined)
  }
  return {
    text: table([
      ['engine', 'requests', 'analyzed', 'waiting at the end', 'median, ms', 'p99, ms', 'longest, ms'],
      ...rows,
    ]),
    figures,
  }
}
