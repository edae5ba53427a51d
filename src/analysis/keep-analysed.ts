import type { Exchange, ExchangeNotes } from '../journal/exchange.ts'
import type { AnalysisEvent } from './analysis.ts'
import type { Cycle } from './cycle.ts'
import type { LastCycles } from './cycle-run.ts'
import { type Finding, originOf } from './finding.ts'
import type { SetupStepId } from './setup-step.ts'
import type { SetupWatch } from './setup-watch.ts'
import type { AnalysisStore } from './sqlite-analysis.ts'

/** An exchange of the journal with its number there and all that was found about it. */
export type AnalysedExchange = {
  readonly seq: number
  readonly exchange: Exchange & { readonly notes: ExchangeNotes }
  readonly findings: readonly Finding[]
  /** Steps of the set-up that it shows to be done. */
  readonly steps: readonly SetupStepId[]
}

/**
 * What a portion of the journal means: its exchanges, the cycles that they began or went on with, and the newest cycle
 * of each client after it.
 */
export type Portion = {
  readonly items: readonly AnalysedExchange[]
  readonly cycles: readonly Cycle[]
  readonly last: LastCycles
}

/**
 * Keeps what was worked out, and answers what there is to tell. Runs inside a write. Of exchanges that the journal has
 * forgotten meanwhile nothing is kept.
 */
export function keepAnalysed(
  store: AnalysisStore,
  setup: Pick<SetupWatch, 'keep'>,
  { items, cycles, last }: Portion,
): readonly AnalysisEvent[] {
  const kept = items.filter(({ seq }) => store.isKept(seq))
  for (const { seq, exchange } of kept) store.putNotes(seq, exchange.notes)
  for (const cycle of cycles) store.putCycle(cycle)
  return [
    { kind: 'analysed', items: kept.map(({ exchange }) => exchange) },
    ...cycles.map(cycle => ({ kind: 'cycle', cycle }) as const),
    ...kept.flatMap(item => keepFindings(store, item)),
    ...setup.keep({ items: kept, cycles, last }),
  ]
}

function keepFindings(
  store: AnalysisStore,
  { seq, exchange, findings }: AnalysedExchange,
): readonly AnalysisEvent[] {
  const { id, at, tenant } = exchange
  if (tenant === undefined) return []
  const origin = originOf(exchange.notes.client)
  return findings.flatMap(finding => {
    const isNew = !store.knowsFinding(tenant, origin, finding.id)
    store.putFinding(seq, tenant, origin, at, finding)
    return isNew ? [{ kind: 'finding', tenant, exchange: id, at, finding, origin } as const] : []
  })
}

/** The same portion where nothing is found. */
export const withoutFindings = ({ items, ...rest }: Portion): Portion => ({
  ...rest,
  items: items.map(({ exchange, ...item }) => ({
    ...item,
    exchange: { ...exchange, notes: { ...exchange.notes, findings: [] } },
    findings: [],
  })),
})
