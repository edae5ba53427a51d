import { memberCase, selectedCases } from './cases.ts'
import type { BenchOptions, Fixture } from './fixture.ts'
import { driverOfLimit, onOneCore } from './one-core.ts'
import type { PartResult } from './part.ts'
import { medianOf } from './statistics.ts'
import { factor, latency, rate, table } from './table.ts'
import {
  driverShareOf,
  limitsInSeconds,
  measureInTurns,
  ratioOfRates,
  type Servers,
  scimulatorsIn,
  serveScimulators,
  stopAll,
  waitForAnalyses,
} from './turns.ts'

/** The operations of every client, next to a bare server and a peer, and with few users. */
export async function hotPaths(fixture: Fixture, options: BenchOptions): Promise<PartResult> {
  const scimulators = scimulatorsIn(fixture)
  const main: Servers = {
    limit: await fixture.serveLimit('durable'),
    ...(await serveScimulators(fixture)),
    SCIMMY: await fixture.serveScimmy(),
  }
  const servers: Servers = {
    ...main,
    'limit with exchanges': await fixture.serveLimit('exchanges'),
    'aws, small': await fixture.serve('aws', 'small'),
    'rfc, small': await fixture.serve('rfc', 'small'),
  }
  for (const target of Object.values(servers)) target.pause()
  try {
    const shown = [...Object.keys(main), 'limit with exchanges']
    const rates: string[][] = []
    const ratios: string[][] = []
    const figures: Record<'base' | 'now', Record<string, number>> = { base: {}, now: {} }
    for (const one of selectedCases(options)) {
      const results = await measureInTurns(one, servers, limitsInSeconds(options))
      await waitForAnalyses(servers)
      rates.push([
        one.name,
        ...shown.map(name => (results[name] ? rate(medianOf(results[name])) : '')),
        factor(driverShareOf(results, 'limit')),
      ])
      const dividedBy = (other: string) =>
        scimulators.map(({ name }) => factor(ratioOfRates(results, name, other)))
      ratios.push([
        one.name,
        ...dividedBy('limit'),
        factor(ratioOfRates(results, 'aws', 'limit with exchanges')),
        ...dividedBy('SCIMMY'),
        ...['aws', 'rfc'].map(profile => factor(ratioOfRates(results, `${profile}, small`, profile))),
      ])
      for (const { name, version, profile } of scimulators) {
        figures[version][`${one.name}, ${profile}`] = ratioOfRates(results, name, 'limit')
        figures[version][`p99 of ${one.name}, ${profile}`] = medianOf(results[name] ?? []).p99
      }
    }
    const members: string[][] = []
    for (const size of ['small', 'large'] as const) {
      const one = memberCase(size)
      const results = await measureInTurns(one, servers, limitsInSeconds(options))
      await waitForAnalyses(servers)
      const median = (name: string) => medianOf(results[name] ?? [])
      members.push([
        one.name,
        latency(median('limit')),
        ...scimulators.map(({ name }) => latency(median(name))),
      ])
      for (const { name, version, profile } of scimulators)
        figures[version][`${one.name}, ${profile}`] = median(name).median
    }
    const oneCore = await onOneCore(fixture, main, options)
    const names = scimulators.map(({ name }) => name)
    const headOfRatios = [
      ...['', ...names, 'aws ÷ limit with exchanges'],
      ...[...names.map(name => `${name} ÷ SCIMMY`), 'aws growth', 'rfc growth'],
    ]
    return {
      text: `${table([['', ...shown, driverOfLimit], ...rates])}
Divided by the limit, or as stated.

${table([headOfRatios, ...ratios])}
${oneCore.text}
One connection: median (p99), ms.

${table([['', 'limit', ...names], ...members])}`,
      figures: { ...figures.now, ...oneCore.figures },
      base: { ...figures.base, ...oneCore.base },
    }
  } finally {
    await stopAll(servers)
  }
}
