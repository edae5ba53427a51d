import { newUser, patchOf, spread, userNameOf } from './data.ts'
import { load, type RequestSpec } from './driver.ts'
import type { BenchOptions, Fixture, Target } from './fixture.ts'
import type { PartResult } from './part.ts'
import { canPin, pin, waitUntilAnalyzed } from './servers.ts'
import { type Measured, median, medianOf } from './statistics.ts'
import { latency, rate, table } from './table.ts'

const serverNames = ['limit', 'aws', 'rfc', 'limit with exchanges', 'aws, small', 'rfc, small'] as const
type ServerName = (typeof serverNames)[number]
type Servers = Readonly<Record<ServerName, Target>>

export type Case = {
  readonly name: string
  /** The tenant that the requests are sent to. */
  readonly endpoint: 'directory' | 'newcomers'
  readonly connections: number
  /** Returns the request with this number. */
  readonly request: (target: Target, at: number) => RequestSpec
}

export const get: Case = {
  name: 'GET',
  endpoint: 'directory',
  connections: 25,
  request: ({ seeded: { users } }, at) => ({ method: 'GET', path: `/Users/${spread(users, at)}` }),
}

export const onHotPaths: readonly Case[] = [
  get,
  {
    ...get,
    name: 'look-up by userName',
    request: ({ seeded: { users } }, at) => ({
      method: 'GET',
      path: `/Users?filter=userName+eq+%22${encodeURIComponent(userNameOf((at * 7919) % users.length))}%22`,
    }),
  },
  {
    ...get,
    name: 'look-up without a hit',
    request: (_target, at) => ({
      method: 'GET',
      path: `/Users?filter=userName+eq+%22absent-${at}%40example.com%22`,
    }),
  },
  { ...get, name: 'page of 100', request: () => ({ method: 'GET', path: '/Users?count=100' }) },
  {
    ...get,
    name: 'create',
    endpoint: 'newcomers',
    request: () => ({ method: 'POST', path: '/Users', body: JSON.stringify(newUser()) }),
  },
  {
    ...get,
    name: 'disable by PATCH',
    // Each pass over the users inverts the previous one, so that every request changes something.
    request: ({ seeded: { users } }, at) => ({
      method: 'PATCH',
      path: `/Users/${spread(users, at)}`,
      body: patchOf({ op: 'replace', path: 'active', value: Math.floor(at / users.length) % 2 === 1 }),
    }),
  },
]

/** One connection, as Entra ID sends members one by one. */
const memberCase = (size: 'small' | 'large'): Case => ({
  name: `add or remove a member, ${size} group`,
  endpoint: 'directory',
  connections: 1,
  request: ({ seeded: { smallGroups, largeGroup, outsiders } }, at) => {
    const pair = at >> 1
    return {
      method: 'PATCH',
      path: `/Groups/${size === 'large' ? largeGroup : spread(smallGroups, pair)}`,
      body: patchOf({
        op: at % 2 === 0 ? 'add' : 'remove',
        path: 'members',
        value: [{ value: spread(outsiders, pair) }],
      }),
    }
  },
})

/** With the microseconds of CPU that the main thread used for a request; undefined on systems without /proc. */
type MeasuredOnServer = Measured & { readonly mainThread: number | undefined }

type Results = Readonly<Record<ServerName, readonly MeasuredOnServer[]>>

/** A process compiles the code of a case during the first seconds, and Scimulator has more of it than the limits. */
export const secondsOfWarmUp = 4

/**
 * Measures a case on all servers in alternating turns, after a longer one that is not counted. The other servers are paused,
 * so that what one of them does after its turn does not slow down the next.
 */
async function measure(
  one: Case,
  servers: Servers,
  { seconds, turns }: BenchOptions,
  names: readonly ServerName[] = serverNames,
): Promise<Results> {
  const counts = new Map<ServerName, number>()
  const results: Record<ServerName, MeasuredOnServer[]> = {
    limit: [],
    aws: [],
    rfc: [],
    'limit with exchanges': [],
    'aws, small': [],
    'rfc, small': [],
  }
  for (let turn = 0; turn <= turns; turn++) {
    for (const name of names) {
      const target = servers[name]
      target.resume()
      const [requestsBefore, cpuBefore] = [counts.get(name) ?? 0, target.mainThreadCpu()]
      const measured = await load({
        name: `${one.name}, ${name}`,
        endpoint: target[one.endpoint],
        connections: one.connections,
        limit: { seconds: turn === 0 ? Math.max(seconds, secondsOfWarmUp) : seconds },
        next: () => {
          const at = counts.get(name) ?? 0
          counts.set(name, at + 1)
          return one.request(target, at)
        },
      })
      const cpu = target.mainThreadCpu()
      target.pause()
      const requests = (counts.get(name) ?? 0) - requestsBefore
      const mainThread =
        cpu === undefined || cpuBefore === undefined ? undefined : ((cpu - cpuBefore) * 1e6) / requests
      if (turn > 0) results[name].push({ ...measured, mainThread })
    }
  }
  const all = Object.values(servers)
  for (const target of all) target.resume()
  await Promise.all(all.map(({ console }) => console && waitUntilAnalyzed(console)))
  for (const target of all) target.pause()
  return results
}

/** The median over the turns of the requests per second, divided by those of another server in the same turn. */
const ratio = (results: Results, one: ServerName, other: ServerName): number =>
  median(results[one].map(({ perSecond }, turn) => perSecond / (results[other][turn]?.perSecond ?? 0)))

/** The least time of the turns: other load only adds to it. */
const mainThreadOf = (results: readonly MeasuredOnServer[]): number =>
  Math.min(...results.map(({ mainThread }) => mainThread ?? Number.NaN))

/** Microseconds of the main thread, and those of Scimulator divided by those of the bare server. */
function mainThreadRow({ name }: Case, results: Results) {
  const limit = mainThreadOf(results.limit)
  const ratios = { aws: mainThreadOf(results.aws) / limit, rfc: mainThreadOf(results.rfc) / limit }
  const row = [name, limit.toFixed(0)]
  for (const profile of ['aws', 'rfc'] as const) {
    row.push(mainThreadOf(results[profile]).toFixed(0), ratios[profile].toFixed(1))
  }
  return { ratios, row }
}

const firstNames = ['limit', 'aws', 'rfc'] as const

/** Rates with all threads of a server on one core and the driver on another. */
async function onOneCore(servers: Servers, options: BenchOptions): Promise<PartResult> {
  if (!canPin) return { text: '' }
  const rows: string[][] = []
  const figures: Record<string, number> = {}
  for (const name of firstNames) servers[name].pin(0)
  pin(process.pid, 1)
  try {
    for (const one of onHotPaths) {
      const results = await measure(one, servers, options, firstNames)
      const ratios = { aws: ratio(results, 'aws', 'limit'), rfc: ratio(results, 'rfc', 'limit') }
      rows.push([
        one.name,
        rate(medianOf(results.limit)),
        rate(medianOf(results.aws)),
        ratios.aws.toFixed(2),
        rate(medianOf(results.rfc)),
        ratios.rfc.toFixed(2),
      ])
      for (const profile of ['aws', 'rfc'] as const)
        figures[`${one.name} on one core, ${profile}`] = ratios[profile]
    }
  } finally {
    pin(process.pid, undefined)
    for (const name of firstNames) servers[name].pin(undefined)
  }
  return {
    text: `
All threads of a server on one core, the driver on another: requests per second.

${table([['', 'limit', 'aws', 'ratio', 'rfc', 'ratio'], ...rows])}`,
    figures,
  }
}

/** The operations of every client, next to a bare server, and with few users. */
export async function hotPaths(fixture: Fixture, options: BenchOptions): Promise<PartResult> {
  const servers: Servers = {
    limit: await fixture.serveLimit('durable'),
    aws: await fixture.serve('aws', 'large'),
    rfc: await fixture.serve('rfc', 'large'),
    'limit with exchanges': await fixture.serveLimit('exchanges'),
    'aws, small': await fixture.serve('aws', 'small'),
    'rfc, small': await fixture.serve('rfc', 'small'),
  }
  for (const target of Object.values(servers)) target.pause()
  try {
    const rows: string[][] = []
    const mainThreadRows: string[][] = []
    const figures: Record<string, number> = {}
    for (const one of onHotPaths) {
      const results = await measure(one, servers, options)
      const mainThread = mainThreadRow(one, results)
      mainThreadRows.push(mainThread.row)
      const ratios = {
        aws: ratio(results, 'aws', 'limit'),
        rfc: ratio(results, 'rfc', 'limit'),
        awsExchanges: ratio(results, 'aws', 'limit with exchanges'),
        awsGrowth: ratio(results, 'aws, small', 'aws'),
        rfcGrowth: ratio(results, 'rfc, small', 'rfc'),
      }
      rows.push([
        one.name,
        rate(medianOf(results.limit)),
        rate(medianOf(results.aws)),
        ratios.aws.toFixed(2),
        rate(medianOf(results.rfc)),
        ratios.rfc.toFixed(2),
        rate(medianOf(results['limit with exchanges'])),
        ratios.awsExchanges.toFixed(2),
        ratios.awsGrowth.toFixed(2),
        ratios.rfcGrowth.toFixed(2),
      ])
      for (const profile of ['aws', 'rfc'] as const) {
        figures[`${one.name}, ${profile}`] = ratios[profile]
        if (Number.isFinite(mainThread.ratios[profile]))
          figures[`CPU of ${one.name}, ${profile}`] = mainThread.ratios[profile]
        figures[`p99 of ${one.name}, ${profile}`] = medianOf(results[profile]).p99
      }
    }
    const members: string[][] = []
    for (const size of ['small', 'large'] as const) {
      const one = memberCase(size)
      const results = await measure(one, servers, options)
      members.push([
        one.name,
        ...(['limit', 'aws', 'rfc'] as const).map(name => latency(medianOf(results[name]))),
      ])
      for (const profile of ['aws', 'rfc'] as const)
        figures[`${one.name}, ${profile}`] = medianOf(results[profile]).median
    }
    const head = [
      'limit',
      'aws',
      'ratio',
      'rfc',
      'ratio',
      'limit with exchanges',
      'aws ratio',
      'aws growth',
      'rfc growth',
    ]
    const oneCore = await onOneCore(servers, options)
    return {
      text: `${table([['', ...head], ...rows])}
CPU of the main thread per request, in microseconds, and divided by that of the limit.

${table([['', 'limit', 'aws', 'ratio', 'rfc', 'ratio'], ...mainThreadRows])}${oneCore.text}
One connection: median (p99), ms.

${table([['', 'limit', 'aws', 'rfc'], ...members])}`,
      figures: { ...figures, ...oneCore.figures },
    }
  } finally {
    for (const target of Object.values(servers)) await target.stop()
  }
}
