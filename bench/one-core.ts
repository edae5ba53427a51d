import { selectedCases } from './cases.ts'
import type { BenchOptions, Fixture } from './fixture.ts'
import type { PartResult } from './part.ts'
import { canPin, pin } from './servers.ts'
import { medianOf } from './statistics.ts'
import { factor, rate, table } from './table.ts'
import {
  driverShareOf,
  limitsInSeconds,
  measureInTurns,
  ratioOfRates,
  type Servers,
  scimulatorsIn,
  waitForAnalyses,
} from './turns.ts'

/** Above 0.95, the limit could serve more than the driver sends, and the ratios to it are too high. */
export const driverOfLimit = 'driver’s core, limit'

/** Rates with all threads of a server on one core and the driver on another. */
export async function onOneCore(
  fixture: Fixture,
  servers: Servers,
  options: BenchOptions,
): Promise<PartResult> {
  if (!canPin) return { text: '' }
  const scimulators = scimulatorsIn(fixture)
  const rows: string[][] = []
  const figures: Record<'base' | 'now', Record<string, number>> = { base: {}, now: {} }
  for (const target of Object.values(servers)) target.pin(0)
  pin(process.pid, 1)
  try {
    for (const one of selectedCases(options)) {
      const results = await measureInTurns(one, servers, limitsInSeconds(options))
      await waitForAnalyses(servers)
      const dividedBy = (other: string) =>
        scimulators.map(({ name }) => factor(ratioOfRates(results, name, other)))
      rows.push([
        one.name,
        ...Object.keys(servers).map(name => (results[name] ? rate(medianOf(results[name])) : '')),
        factor(driverShareOf(results, 'limit')),
        ...dividedBy('limit'),
        ...dividedBy('SCIMMY'),
      ])
      for (const { name, version, profile } of scimulators) {
        figures[version][`${one.name} on one core, ${profile}`] = ratioOfRates(results, name, 'limit')
        const toPeer = ratioOfRates(results, name, 'SCIMMY')
        if (Number.isFinite(toPeer)) figures[version][`${one.name} ÷ SCIMMY, ${profile}`] = toPeer
      }
    }
  } finally {
    pin(process.pid, undefined)
    for (const target of Object.values(servers)) target.pin(undefined)
  }
  const ratiosTo = (other: string) => scimulators.map(({ name }) => `${name} ÷ ${other}`)
  return {
    text: `All threads of a server on one core, the driver on another: requests per second (p99, ms).

${table([['', ...Object.keys(servers), driverOfLimit, ...ratiosTo('limit'), ...ratiosTo('SCIMMY')], ...rows])}`,
    figures: figures.now,
    base: figures.base,
  }
}
