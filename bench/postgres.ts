import { findPrograms } from '../test/support/postgres-server.ts'
import { type Case, onHotPaths } from './cases.ts'
import { patchOf, spread } from './data.ts'
import { load } from './driver.ts'
import {
  type BenchOptions,
  type EngineName,
  engineNames,
  type Fixture,
  type Size,
  smallUsers,
  type Target,
} from './fixture.ts'
import type { PartResult } from './part.ts'
import { waitUntilAnalyzed } from './servers.ts'
import { type Measured, median, medianOf } from './statistics.ts'
import {
  loadStore,
  openStore,
  readingOperations,
  type StoreMeasured,
  type StoreTarget,
  writingOperations,
} from './store-loads.ts'
import { latency, number, rate, table } from './table.ts'
import { secondsOfWarmUp } from './turns.ts'

/** Of each engine, one measurement per turn, in alternating turns. */
type OfEngines<Value> = Readonly<Record<EngineName, Value>>
type Turns<One extends Measured = Measured> = OfEngines<readonly One[]>

const ofEngines = async <Value>(
  create: (engine: EngineName) => Promise<Value>,
): Promise<OfEngines<Value>> => ({
  SQLite: await create('SQLite'),
  PostgreSQL: await create('PostgreSQL'),
})

/** The median over the turns of PostgreSQL's figure divided by SQLite's. */
const ratio = <One>(
  { SQLite, PostgreSQL }: OfEngines<readonly One[]>,
  figure: (one: One) => number,
): number => median(PostgreSQL.map((one, turn) => figure(one) / figure(SQLite[turn] ?? one)))

const perSecond = ({ perSecond }: Measured) => perSecond
const cpu = ({ cpu }: StoreMeasured) => cpu
const medianTime = ({ median }: Measured) => median

/** Measures in alternating turns, after one that is not counted. */
async function measureTurns<One extends Measured>(
  turns: number,
  measure: (engine: EngineName, isWarmUp: boolean) => Promise<One>,
): Promise<Turns<One>> {
  const measured: Record<EngineName, One[]> = { SQLite: [], PostgreSQL: [] }
  for (let turn = 0; turn <= turns; turn++) {
    for (const engine of engineNames) {
      const one = await measure(engine, turn === 0)
      if (turn > 0) measured[engine].push(one)
    }
  }
  return measured
}

/** PostgreSQL next to SQLite: in the store, and over HTTP. */
export async function postgres(fixture: Fixture, options: BenchOptions): Promise<PartResult> {
  if (findPrograms() === undefined) return { text: 'Skipped: PostgreSQL was not found.\n' }
  const inStore = await measureStores(fixture, options)
  const overHttp = await measureServers(fixture, options)
  return {
    text: `${inStore.text}\n${overHttp.text}`,
    figures: { ...inStore.figures, ...overHttp.figures },
  }
}

const openStores = (fixture: Fixture, size: Size): Promise<OfEngines<StoreTarget>> =>
  ofEngines(async engine => openStore(await fixture.engineDirectory(engine, size)))

async function measureStores(fixture: Fixture, { seconds, turns, users }: BenchOptions) {
  const large = await openStores(fixture, 'large')
  const small = await openStores(fixture, 'small')
  try {
    const rows: string[][] = []
    const single: string[][] = []
    const figures: Record<string, number> = {}
    for (const name of [...writingOperations, ...readingOperations]) {
      const measure = (stores: OfEngines<StoreTarget>, atOnce: number) =>
        measureTurns(turns, engine => loadStore(stores[engine].run[name], atOnce, seconds))
      const many = await measure(large, 25)
      const few = await measure(small, 25)
      const growth = (engine: EngineName) =>
        median(many[engine].map(({ perSecond }, turn) => perSecond / (few[engine][turn]?.perSecond ?? 0)))
      const [ofRate, ofCpu] = [ratio(many, perSecond), ratio(many, cpu)]
      rows.push([
        name,
        ...engineNames.map(engine => rate(medianOf(many[engine]))),
        ofRate.toFixed(2),
        ofCpu.toFixed(2),
        ...engineNames.map(engine => growth(engine).toFixed(2)),
      ])
      figures[`${name} in the store, PostgreSQL`] = ofRate
      figures[`growth of ${name}, PostgreSQL`] = growth('PostgreSQL')
      if (!writingOperations.includes(name)) continue
      const alone = await measure(large, 1)
      const ofTime = ratio(alone, medianTime)
      single.push([name, ...engineNames.map(engine => latency(medianOf(alone[engine]))), ofTime.toFixed(2)])
      figures[`${name} one at a time, PostgreSQL`] = ofTime
    }
    return {
      text: `In the store of this process, 25 operations at once. CPU: the time of this process per operation, without that of
PostgreSQL. Growth: the rate with ${number(users)} users divided by the one with ${number(smallUsers)}.

${table([['', ...engineNames, 'ratio', 'CPU', 'growth SQLite', 'growth PostgreSQL'], ...rows])}
In the store, one operation at a time: median (p99), ms.

${table([['', ...engineNames, 'ratio'], ...single])}`,
      figures,
    }
  } finally {
    for (const stores of [large, small]) for (const engine of engineNames) await stores[engine].close()
  }
}

/** Adds users to groups, and removes them again. */
const join: Case = {
  name: 'join',
  endpoint: 'directory',
  connections: 25,
  request: ({ seeded: { smallGroups, outsiders } }, at) => {
    const pair = Math.floor(at / 50) * 25 + (at % 25)
    return {
      method: 'PATCH',
      path: `/Groups/${spread(smallGroups, pair)}`,
      body: patchOf({
        op: at % 50 < 25 ? 'add' : 'remove',
        path: 'members',
        value: [{ value: spread(outsiders, pair) }],
      }),
    }
  },
}

const overHttp = [...onHotPaths, join]
const writes: readonly string[] = ['create', 'disable by PATCH', 'join']

async function measureServers(fixture: Fixture, { seconds, turns }: BenchOptions) {
  const servers = await ofEngines(async engine =>
    fixture.serveData(await fixture.engineDirectory(engine, 'large')),
  )
  try {
    const counts: Record<EngineName, number> = { SQLite: 0, PostgreSQL: 0 }
    const measure = (one: Case, connections: number) =>
      measureTurns(turns, async (engine, isWarmUp) => {
        const target = servers[engine]
        const measured = await load({
          name: `${one.name}, ${engine}`,
          endpoint: target[one.endpoint],
          connections,
          limit: { seconds: isWarmUp ? Math.max(seconds, secondsOfWarmUp) : seconds },
          next: () => one.request(target, counts[engine]++),
        })
        // An instance that is paused loses its lease, so the analysis has to end instead.
        await waitUntilAnalyzed(target.console)
        return measured
      })
    const rows: string[][] = []
    const single: string[][] = []
    const figures: Record<string, number> = {}
    for (const one of overHttp) {
      const many = await measure(one, one.connections)
      const ofRate = ratio(many, perSecond)
      rows.push([one.name, ...engineNames.map(engine => rate(medianOf(many[engine]))), ofRate.toFixed(2)])
      figures[`${one.name} over HTTP, PostgreSQL`] = ofRate
      if (!writes.includes(one.name)) continue
      const alone = await measure(one, 1)
      const ofTime = ratio(alone, medianTime)
      single.push([
        one.name,
        ...engineNames.map(engine => latency(medianOf(alone[engine]))),
        ofTime.toFixed(2),
      ])
      figures[`${one.name} on one connection, PostgreSQL`] = ofTime
    }
    return {
      text: `Over HTTP, 25 connections, profile rfc.

${table([['', ...engineNames, 'ratio'], ...rows])}
Over HTTP, one connection: median (p99), ms.

${table([['', ...engineNames, 'ratio'], ...single])}`,
      figures,
    }
  } finally {
    for (const target of Object.values<Target>(servers)) await target.stop()
  }
}
