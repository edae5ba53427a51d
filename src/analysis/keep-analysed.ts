import type { Exchange, ExchangeNotes } from '../journal/exchange.ts'
import type { AnalysisEvent } from './analysis.ts'
import type { Cycle } from './cycle.ts'
import type { Finding } from './finding.ts'
import type { AnalysisStore } from './sqlite-analysis.ts'

/** An exchange of the journal with its number there and all that was found about it. */
export type AnalysedExchange = {
  readonly seq: number
  readonly exchange: Exchange & { readonly notes: ExchangeNotes }
  readonly findings: readonly Finding[]
}

/** What a portion of the journal means: its exchanges, and the cycles that they began or went on with. */
export type Portion = { readonly items: readonly AnalysedExchange[]; readonly cycles: readonly Cycle[] }

/**
 * Keeps what was worked out, and answers what there is to tell. Runs inside a write. Of exchanges that the journal has
 * forgotten meanwhile nothing is kept.
 */
export function keepAnalysed(store: AnalysisStore, { items, cycles }: Portion): readonly AnalysisEvent[] {
  const kept = items.filter(({ seq }) => store.isKept(seq))
  for (const { seq, exchange } of kept) store.putNotes(seq, exchange.notes)
  for (const cycle of cycles) store.putCycle(cycle)
  return [
    { kind: 'analysed', items: kept.map(({ exchange }) => exchange) },
    ...cycles.map(cycle => ({ kind: 'cycle', cycle }) as const),
    ...kept.flatMap(item => keepFindings(store, item)),
  ]
}

function keepFindings(
  store: AnalysisStore,
  { seq, exchange: { id, at, tenant }, findings }: AnalysedExchange,
): readonly AnalysisEvent[] {
  if (tenant === undefined) return []
  return findings.flatMap(finding => {
    const isNew = !store.knowsFinding(tenant, finding.id)
    store.putFinding(seq, tenant, at, finding)
    return isNew ? [{ kind: 'finding', tenant, exchange: id, at, finding } as const] : []
  })
}

/** The same portion where nothing is found. */
export const withoutFindings = ({ items, cycles }: Portion): Portion => ({
  items: items.map(({ seq, exchange }) => ({
    seq,
    exchange: { ...exchange, notes: { ...exchange.notes, findings: [] } },
    findings: [],
  })),
  cycles,
})
