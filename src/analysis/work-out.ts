import type { Exchange, ExchangeNotes } from '../journal/exchange.ts'
import type { NumberedExchange } from '../journal/journal.ts'
import type { Cycle } from './cycle.ts'
import { clientOf, clientOfCycle, cycleWith } from './cycle-run.ts'
import { dialectOf } from './dialect.ts'
import type { Finding } from './finding.ts'
import type { AnalysedExchange, Portion } from './keep-analysed.ts'

/** What is found about an exchange of a tenant. To be asked for each one, in the order of answering. */
export type Diagnose = (exchange: Exchange) => readonly Finding[] | Promise<readonly Finding[]>

/** The last cycle of each client. */
export type LastCycles = ReadonlyMap<string, Cycle>

/** The newest cycle of each tenant and token, by its client. */
export const lastCycles = (newest: readonly Cycle[]): LastCycles =>
  new Map(newest.map(cycle => [clientOfCycle(cycle), cycle]))

/**
 * Works out what exchanges mean, in the order of answering, until there are no more or `isEnough`; one is done at
 * least. `diagnose` must not throw.
 */
export async function workOut(
  rows: readonly NumberedExchange[],
  before: LastCycles,
  diagnose: Diagnose,
  isEnough: () => boolean,
): Promise<Portion & { readonly after: LastCycles }> {
  const after = new Map(before)
  const items: AnalysedExchange[] = []
  const cycles = new Map<string, Cycle>()
  for (const { seq, exchange } of rows) {
    const client = clientOf(exchange)
    const cycle = client === undefined ? undefined : cycleWith(after.get(client), exchange)
    if (client !== undefined && cycle) after.set(client, cycle)
    if (cycle) cycles.set(cycle.id, cycle)
    items.push({ seq, ...(await analysed(exchange, cycle, diagnose)) })
    if (isEnough()) break
  }
  return { items, cycles: [...cycles.values()], after }
}

async function analysed(
  exchange: Exchange,
  cycle: Cycle | undefined,
  diagnose: Diagnose,
): Promise<Omit<AnalysedExchange, 'seq'>> {
  const dialect = dialectOf(exchange) ?? cycle?.dialect
  const findings = exchange.tenant === undefined ? [] : await diagnose(exchange)
  const notes: ExchangeNotes = {
    ...(cycle && { cycle: cycle.id }),
    ...(dialect && { dialect }),
    findings: [...new Set(findings.map(({ id }) => id))],
  }
  return { exchange: { ...exchange, notes }, findings }
}
