import type { Exchange } from '../../answers.ts'

/** Exchanges, newest first. What comes live is put before them at no cost, however many they are. */
export type ExchangeList = {
  readonly length: number
  readonly at: (index: number) => Exchange | undefined
  readonly has: (id: string) => boolean
  /** Notes newer ones; those that are here already are passed over. */
  readonly addNewer: (exchanges: readonly Exchange[]) => void
  readonly addOlder: (exchanges: readonly Exchange[]) => void
  /** How many of the older ones there are. */
  readonly olderLength: number
  /** Drops older ones so that so many are left. */
  readonly dropOlder: (left: number) => void
  /** Puts in what was found out about one. */
  readonly update: (id: string, notes: Partial<Exchange>) => void
}

export function createExchangeList(): ExchangeList {
  /** The newest is the last one. */
  const newer: Exchange[] = []
  /** The newest is the first one. */
  const older: Exchange[] = []
  /** Of `newer` the place from its beginning, of `older` the place from its beginning, less one and negative. */
  const places = new Map<string, number>()

  return {
    get length() {
      return newer.length + older.length
    },
    get olderLength() {
      return older.length
    },
    dropOlder(left) {
      for (const { id } of older.splice(left)) places.delete(id)
    },
    at: index => (index < newer.length ? newer[newer.length - 1 - index] : older[index - newer.length]),
    has: id => places.has(id),
    addNewer(exchanges) {
      for (const exchange of exchanges) {
        if (places.has(exchange.id)) continue
        places.set(exchange.id, newer.push(exchange) - 1)
      }
    },
    addOlder(exchanges) {
      for (const exchange of exchanges) {
        if (places.has(exchange.id)) continue
        places.set(exchange.id, -older.push(exchange))
      }
    },
    update(id, notes) {
      const place = places.get(id)
      if (place === undefined) return
      const [list, at] = place < 0 ? [older, -place - 1] : [newer, place]
      const known = list[at]
      if (known) list[at] = { ...known, ...notes }
    },
  }
}

/** A line of the list: a run of the client, in short, or one exchange. */
export type ListRow =
  /** `shown` is how many of its exchanges the list has. */
  | { readonly kind: 'cycle'; readonly cycle: string; readonly shown: number }
  | { readonly kind: 'exchange'; readonly index: number }

/** A request so soon after another of the same client belongs to the same run, until it is known. */
const guessWindow = 120_000

/**
 * The lines of the list: each run stands once, above its newest exchange; the exchanges of those that are closed are
 * left out.
 */
export function buildRows(list: ExchangeList, closed: ReadonlySet<string>): readonly ListRow[] {
  const entries: ListRow[] = []
  const told = new Set<string>()
  const cycles = listCycles(list)
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
  before: { readonly cycle: string; readonly at: number } | undefined,
): string | undefined => (before && Date.parse(at) - before.at < guessWindow ? before.cycle : undefined)
