import type { Exchange } from '../../answers.ts'
import type { ExchangeList } from './exchange-list.ts'

/** A line of the list: a run of the client, in short, or one exchange. */
export type Entry =
  /** `shown` is how many of its exchanges the list has. */
  | { readonly kind: 'cycle'; readonly cycle: string; readonly shown: number }
  | { readonly kind: 'exchange'; readonly index: number }

/** A request so soon after another of the same client belongs to the same run, until it is known. */
const soon = 120_000

/**
 * The lines of the list: each run stands once, above its newest exchange; the exchanges of those that are closed are
 * left out.
 */
export function entriesOf(list: ExchangeList, closed: ReadonlySet<string>): readonly Entry[] {
  const entries: Entry[] = []
  const told = new Set<string>()
  const cycles = cyclesOf(list)
  const shown = new Map<string, number>()
  for (const cycle of cycles) if (cycle !== undefined) shown.set(cycle, (shown.get(cycle) ?? 0) + 1)
  for (let index = 0; index < list.length; index++) {
    const cycle = cycles[index]
    if (cycle !== undefined && !told.has(cycle)) {
      told.add(cycle)
      entries.push({ kind: 'cycle', cycle, shown: shown.get(cycle) ?? 0 })
    }
    if (cycle === undefined || !closed.has(cycle)) entries.push({ kind: 'exchange', index })
  }
  return entries
}

/** The run of each exchange; of one that isn't analysed yet, that of the one before it. */
function cyclesOf(list: ExchangeList): readonly (string | undefined)[] {
  const cycles: (string | undefined)[] = new Array(list.length)
  const last = new Map<string, { readonly cycle: string; readonly at: number }>()
  for (let index = list.length - 1; index >= 0; index--) {
    const exchange = list.at(index)
    if (!exchange) continue
    const client = `${exchange.tenant} ${exchange.token?.id}`
    const cycle = exchange.analysed ? exchange.cycle : likely(exchange, last.get(client))
    cycles[index] = cycle
    if (cycle !== undefined) last.set(client, { cycle, at: Date.parse(exchange.at) })
  }
  return cycles
}

const likely = (
  { at }: Exchange,
  before: { readonly cycle: string; readonly at: number } | undefined,
): string | undefined => (before && Date.parse(at) - before.at < soon ? before.cycle : undefined)
