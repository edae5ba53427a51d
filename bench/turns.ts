import type { Case } from './cases.ts'
import { type Limit, load } from './driver.ts'
import type { BenchOptions, Fixture, Profile, Target } from './fixture.ts'
import { waitUntilAnalyzed } from './servers.ts'
import { type Measured, median } from './statistics.ts'

/**
 * The servers of a run by their names, which head the columns of the tables: `limit`, `aws`, `rfc`, `base aws`, `base rfc`, `SCIMMY` and so
 * on. Those of the base are absent if no base was given.
 */
export type Servers = Readonly<Record<string, Target>>

/** One turn on one server. What a request cost there is undefined on systems without /proc. */
export type Turn = Measured & {
  readonly requests: number
  /** The share of a core that the driver used. Near 1, the rate is that of the driver. */
  readonly driver: number
  /** CPU of a request on the main thread, and of all threads, in microseconds. */
  readonly mainThread: number | undefined
  readonly process: number | undefined
  /** The bytes that were written to disk. */
  readonly written: number | undefined
}

export type Results = Readonly<Record<string, readonly Turn[]>>

/** A process compiles the code of a case during the first seconds, and Scimulator has more of it than the limits. */
export const secondsOfWarmUp = 4

export type Scimulator = {
  readonly name: string
  readonly version: 'base' | 'now'
  readonly profile: Profile
}

/** The servers of Scimulator, each next to that of the base. */
export const scimulatorsIn = ({ base }: Fixture): readonly Scimulator[] =>
  (['aws', 'rfc'] as const).flatMap(profile => [
    ...(base ? [{ name: `base ${profile}`, version: 'base' as const, profile }] : []),
    { name: profile, version: 'now' as const, profile },
  ])

/** Starts Scimulator with all users, also of the base, and pauses each server. */
export async function serveScimulators(fixture: Fixture): Promise<Servers> {
  const servers: Record<string, Target> = {}
  for (const { name, version, profile } of scimulatorsIn(fixture)) {
    const { serve } = (version === 'base' && fixture.base) || fixture
    servers[name] = await serve(profile, 'large')
    servers[name].pause()
  }
  return servers
}

export async function stopAll(servers: Servers): Promise<void> {
  for (const target of Object.values(servers)) await target.stop()
}

/** The limits of the turns of a server, and of the longer one before them, which is not counted. */
export type TurnLimits = { readonly turns: number; readonly warmUp: Limit; readonly turn: Limit }

export const limitsInSeconds = ({ seconds, turns }: BenchOptions): TurnLimits => ({
  turns,
  warmUp: { seconds: Math.max(seconds, secondsOfWarmUp) },
  turn: { seconds },
})

/**
 * Measures a case on all servers in alternating turns. The other servers are paused, so that what one of them does after its turn
 * does not slow down the next.
 */
export async function measureInTurns(
  one: Case,
  servers: Servers,
  { turns, warmUp, turn }: TurnLimits,
): Promise<Results> {
  const counts = new Map<string, number>()
  const results: Record<string, Turn[]> = {}
  for (let number = 0; number <= turns; number++) {
    for (const [name, target] of Object.entries(servers)) {
      if (one.without?.includes(name)) continue
      const measured = await measureTurn(one, name, target, {
        from: counts.get(name) ?? 0,
        limit: number === 0 ? warmUp : turn,
      })
      counts.set(name, (counts.get(name) ?? 0) + measured.requests)
      if (number > 0) results[name] = [...(results[name] ?? []), measured]
    }
  }
  return results
}

async function measureTurn(
  one: Case,
  name: string,
  target: Target,
  { from, limit }: { readonly from: number; readonly limit: Limit },
): Promise<Turn> {
  let at = from
  target.resume()
  const before = usedBy(target)
  const [began, cpu] = [performance.now(), process.cpuUsage()]
  const measured = await load({
    name: `${one.name}, ${name}`,
    endpoint: target[one.endpoint],
    connections: one.connections,
    limit,
    next: () => one.request(target, at++),
  })
  const after = usedBy(target)
  const { user, system } = process.cpuUsage(cpu)
  const driver = (user + system) / 1000 / (performance.now() - began)
  target.pause()
  const requests = at - from
  const difference = (of: 'mainThread' | 'process' | 'written'): number | undefined => {
    const [first, last] = [before[of], after[of]]
    return first === undefined || last === undefined ? undefined : last - first
  }
  const microseconds = (seconds: number | undefined) => seconds && (seconds * 1e6) / requests
  return {
    ...measured,
    requests,
    driver,
    mainThread: microseconds(difference('mainThread')),
    process: microseconds(difference('process')),
    written: difference('written'),
  }
}

const usedBy = (target: Target) => ({
  mainThread: target.mainThreadCpu(),
  process: target.cpu(),
  written: target.written(),
})

/** Lets all servers analyze their journals, so that this does not slow down the next case. */
export async function waitForAnalyses(servers: Servers): Promise<void> {
  const all = Object.values(servers)
  for (const target of all) target.resume()
  await Promise.all(all.map(({ console }) => console && waitUntilAnalyzed(console)))
  for (const target of all) target.pause()
}

export const driverShareOf = (results: Results, name: string): number =>
  median((results[name] ?? []).map(({ driver }) => driver))

/** The median over the turns of the requests per second, divided by those of another server in the same turn. */
export const ratioOfRates = (results: Results, one: string, other: string): number =>
  median(
    (results[one] ?? []).map(({ perSecond }, turn) => perSecond / (results[other]?.[turn]?.perSecond ?? 0)),
  )
