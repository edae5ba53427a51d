import type { Cycle } from '../../../domain/contract/cycles.ts'
import type { Exchange } from '../../../domain/contract/exchanges.ts'
import type { ExchangeList } from './exchange-list.ts'

/** Milliseconds: until it is analyzed, a request belongs to the cycle of the client's request before it. */
const guessWindow = 120_000

export type Sections = {
  readonly ofCycle: ReadonlyMap<string, readonly Exchange[]>
  readonly others: readonly Exchange[]
}

export function toSections(list: ExchangeList): Sections {
  const ofCycle = new Map<string, Exchange[]>()
  const others: Exchange[] = []
  const cycles = listCycles(list)
  for (let index = 0; index < list.length; index++) {
    const exchange = list.at(index)
    const cycle = cycles[index]
    if (!exchange) continue
    if (cycle === undefined) others.push(exchange)
    else {
      const section = ofCycle.get(cycle)
      if (section) section.push(exchange)
      else ofCycle.set(cycle, [exchange])
    }
  }
  return { ofCycle, others }
}

function listCycles(list: ExchangeList): readonly (string | undefined)[] {
  const cycles: (string | undefined)[] = new Array(list.length)
  const last = new Map<string, { readonly cycle: string; readonly at: number }>()
  for (let index = list.length - 1; index >= 0; index--) {
    const exchange = list.at(index)
    if (!exchange) continue
    const client = `${exchange.tenant} ${exchange.token?.id}`
    const cycle = exchange.analyzed ? exchange.cycle : guessCycle(exchange, last.get(client))
    cycles[index] = cycle
    if (cycle !== undefined) last.set(client, { cycle, at: Date.parse(exchange.at) })
  }
  return cycles
}

const guessCycle = (
  { at }: Exchange,
  previous: { readonly cycle: string; readonly at: number } | undefined,
): string | undefined => (previous && Date.parse(at) - previous.at < guessWindow ? previous.cycle : undefined)

export type ListRow =
  | { readonly kind: 'cycle'; readonly cycle: string; readonly loaded: number }
  | { readonly kind: 'exchange'; readonly exchange: Exchange }
  /** `of`: a cycle; absent for exchanges of no cycle, or of any cycle in a search. */
  | { readonly kind: 'more'; readonly of?: string }

type View = {
  readonly headed: readonly Pick<Cycle, 'id' | 'last'>[]
  readonly isOpen: (cycle: string) => boolean
  readonly isIncomplete: (cycle: string, loaded: readonly Exchange[]) => boolean
  /** The time down to which the exchanges of the list are loaded; undefined if all are. */
  readonly loadedDownTo: string | undefined
}

export function buildRows({ ofCycle, others }: Sections, view: View): readonly ListRow[] {
  const rows: ListRow[] = []
  let next = 0
  let { loadedDownTo } = view
  const addOthers = (until: string) => {
    for (; next < others.length; next++) {
      const exchange = others[next]
      if (!exchange || exchange.at < until) break
      rows.push({ kind: 'exchange', exchange })
    }
    if (loadedDownTo === undefined || until >= loadedDownTo) return
    rows.push({ kind: 'more' })
    loadedDownTo = undefined
  }
  for (const { id, last } of orderCycles(ofCycle, view.headed)) {
    addOthers(last)
    const exchanges = ofCycle.get(id) ?? []
    rows.push({ kind: 'cycle', cycle: id, loaded: countRequests(exchanges) })
    if (!view.isOpen(id)) continue
    for (const exchange of exchanges) rows.push({ kind: 'exchange', exchange })
    if (view.isIncomplete(id, exchanges)) rows.push({ kind: 'more', of: id })
  }
  addOthers('')
  return rows
}

function orderCycles(
  ofCycle: Sections['ofCycle'],
  headed: View['headed'],
): readonly Pick<Cycle, 'id' | 'last'>[] {
  const last = new Map(headed.map(cycle => [cycle.id, cycle.last]))
  for (const [id, [newest]] of ofCycle) {
    const at = newest?.at ?? ''
    if (at > (last.get(id) ?? '')) last.set(id, at)
  }
  return [...last]
    .map(([id, last]) => ({ id, last }))
    .sort((one, other) => (one.last < other.last ? 1 : one.last > other.last ? -1 : 0))
}

/** The operations of a bulk request are one request with it. */
const countRequests = (exchanges: readonly Exchange[]): number =>
  exchanges.some(({ parent }) => parent !== undefined)
    ? new Set(exchanges.map(({ id, parent }) => parent ?? id)).size
    : exchanges.length
