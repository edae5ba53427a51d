import type { Cycle } from '../../../contract/cycles.ts'
import type { Exchange } from '../../../contract/exchanges.ts'

/** Exchanges, newest first. Adding newer ones takes constant time for each. */
type ExchangeList = {
  readonly length: number
  readonly at: (index: number) => Exchange | undefined
  readonly has: (id: string) => boolean
  /** Undefined if the list doesn't have the exchange. */
  readonly indexOf: (id: string) => number | undefined
  /** Adds newer exchanges; skips those that the list has. */
  readonly addNewer: (exchanges: readonly Exchange[]) => void
  readonly addOlder: (exchanges: readonly Exchange[]) => void
  /** How many exchanges were added as older ones. */
  readonly olderLength: number
  /** Removes older exchanges beyond this many. */
  readonly dropOlder: (remaining: number) => void
  /** Merges results of the analysis into an exchange. */
  readonly update: (id: string, analysis: Partial<Exchange>) => void
}

export function createExchangeList(): ExchangeList {
  /** Newest last. */
  const newer: Exchange[] = []
  /** Newest first. */
  const older: Exchange[] = []
  /** By id: an index in `newer`, or `-1 - index` in `older`. */
  const positions = new Map<string, number>()

  return {
    get length() {
      return newer.length + older.length
    },
    get olderLength() {
      return older.length
    },
    dropOlder(remaining) {
      for (const { id } of older.splice(remaining)) positions.delete(id)
    },
    at: index => (index < newer.length ? newer[newer.length - 1 - index] : older[index - newer.length]),
    has: id => positions.has(id),
    indexOf(id) {
      const position = positions.get(id)
      if (position === undefined) return undefined
      return position < 0 ? newer.length - position - 1 : newer.length - 1 - position
    },
    addNewer(exchanges) {
      for (const exchange of exchanges) {
        if (positions.has(exchange.id)) continue
        positions.set(exchange.id, newer.push(exchange) - 1)
      }
    },
    addOlder(exchanges) {
      for (const exchange of exchanges) {
        if (positions.has(exchange.id)) continue
        positions.set(exchange.id, -older.push(exchange))
      }
    },
    update(id, analysis) {
      const position = positions.get(id)
      if (position === undefined) return
      const [list, index] = position < 0 ? [older, -position - 1] : [newer, position]
      const exchange = list[index]
      if (exchange) list[index] = { ...exchange, ...analysis }
    },
  }
}

/** A row of the list: the heading of a cycle, or an exchange. */
type ListRow =
  /** `loaded`: how many of its exchanges the list has. */
  | { readonly kind: 'cycle'; readonly cycle: string; readonly loaded: number }
  | { readonly kind: 'exchange'; readonly index: number }

/** Milliseconds: until it is analyzed, a request belongs to the cycle of the client's request before it. */
const guessWindow = 120_000

/** The cycles without rows. */
type Collapsed = {
  readonly ids: ReadonlySet<string>
  /** Those that have a heading even if none of their exchanges is loaded, newest first. */
  readonly headed: readonly Pick<Cycle, 'id' | 'last'>[]
  /** Whether no older exchange is left to load. */
  readonly isComplete: boolean
}

/**
 * The rows of the list. The heading of a cycle is above its newest exchange; exchanges of collapsed cycles are
 * omitted.
 */
export function buildRows(list: ExchangeList, collapsed: Collapsed): readonly ListRow[] {
  const rows: ListRow[] = []
  let nextCollapsed = 0
  const headCollapsed = (until: string) => {
    for (; nextCollapsed < collapsed.headed.length; nextCollapsed++) {
      const cycle = collapsed.headed[nextCollapsed]
      if (!cycle || cycle.last < until) return
      if (headed.has(cycle.id)) continue
      headed.add(cycle.id)
      rows.push({ kind: 'cycle', cycle: cycle.id, loaded: counts.get(cycle.id) ?? 0 })
    }
  }
  const headed = new Set<string>()
  const cycles = listCycles(list)
  const counts = new Map<string, number>()
  for (const cycle of cycles) if (cycle !== undefined) counts.set(cycle, (counts.get(cycle) ?? 0) + 1)
  for (let index = 0; index < list.length; index++) {
    const cycle = cycles[index]
    headCollapsed(list.at(index)?.at ?? '')
    if (cycle !== undefined && !headed.has(cycle)) {
      headed.add(cycle)
      rows.push({ kind: 'cycle', cycle, loaded: counts.get(cycle) ?? 0 })
    }
    if (cycle === undefined || !collapsed.ids.has(cycle)) rows.push({ kind: 'exchange', index })
  }
  if (collapsed.isComplete) headCollapsed('')
  return rows
}

/** The cycle of each exchange; for one that isn't analyzed yet, the cycle of the client's exchange before it. */
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
