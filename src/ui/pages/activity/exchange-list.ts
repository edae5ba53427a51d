import type { Exchange } from '../../../domain/contract/exchanges.ts'

/** Exchanges, newest first. Adding newer ones takes constant time for each. */
export type ExchangeList = {
  readonly length: number
  readonly at: (index: number) => Exchange | undefined
  readonly has: (id: string) => boolean
  readonly addNewer: (exchanges: readonly Exchange[]) => void
  /** Adds older exchanges: older than those of the same cycle in the list. */
  readonly addOlder: (exchanges: readonly Exchange[]) => void
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
    at: index => (index < newer.length ? newer[newer.length - 1 - index] : older[index - newer.length]),
    has: id => positions.has(id),
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
