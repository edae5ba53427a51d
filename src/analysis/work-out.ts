import type { Exchange, ExchangeNotes } from '../journal/exchange.ts'
import type { NumberedExchange } from '../journal/journal.ts'
import type { Cycle } from './cycle.ts'
import { clientOfCycle, type LastCycles, mostClients, type Placed, placed } from './cycle-run.ts'
import { dialectOf } from './dialect.ts'
import type { Finding } from './finding.ts'
import type { AnalysedExchange, Portion } from './keep-analysed.ts'
import { stepsShownBy } from './setup-step.ts'
import type { SetupWatch } from './setup-watch.ts'

/** What is found about an exchange of a tenant. To be asked for each one, in the order of answering. */
export type Diagnose = (exchange: Exchange) => readonly Finding[] | Promise<readonly Finding[]>

/** The newest cycle of each client, by the client. */
export const lastCycles = (newest: readonly Cycle[]): LastCycles =>
  new Map(newest.map(cycle => [clientOfCycle(cycle), cycle]))

/**
 * Works out what exchanges mean, in the order of answering, until there are no more or `isEnough`; one is done at
 * least. `diagnose` must not throw; `isOpen` tells which steps of the set-up are worth looking for.
 */
export async function workOut(
  rows: readonly NumberedExchange[],
  before: LastCycles,
  diagnose: Diagnose,
  isOpen: SetupWatch['isOpen'],
  isEnough: () => boolean,
): Promise<Portion> {
  const after = new Map(before)
  const items: AnalysedExchange[] = []
  const cycles = new Map<string, Cycle>()
  for (const { seq, exchange } of rows) {
    const place = placed(exchange, after)
    if (place.cycle) {
      remember(after, place.cycle)
      cycles.set(place.cycle.id, place.cycle)
    }
    const steps = stepsShownBy(exchange, place.client, step => isOpen(exchange.tenant, step))
    items.push({ seq, steps, ...(await analysed(exchange, place, diagnose)) })
    if (isEnough()) break
  }
  return { items, cycles: [...cycles.values()], last: after }
}

function remember(last: Map<string, Cycle>, cycle: Cycle): void {
  const client = clientOfCycle(cycle)
  last.delete(client)
  last.set(client, cycle)
  const [oldest] = last.keys()
  if (last.size > mostClients && oldest !== undefined) last.delete(oldest)
}

async function analysed(
  exchange: Exchange,
  { client, cycle }: Placed,
  diagnose: Diagnose,
): Promise<Omit<AnalysedExchange, 'seq' | 'steps'>> {
  const dialect = dialectOf(exchange) ?? cycle?.dialect
  const findings = exchange.tenant === undefined ? [] : await diagnose(exchange)
  const notes: ExchangeNotes = {
    client,
    ...(cycle && { cycle: cycle.id }),
    ...(dialect && { dialect }),
    findings: [...new Set(findings.map(({ id }) => id))],
  }
  return { exchange: { ...exchange, notes }, findings }
}
