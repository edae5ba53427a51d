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
  readonly change: (id: string, notes: Partial<Exchange>) => void
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
    change(id, notes) {
      const place = places.get(id)
      if (place === undefined) return
      const [list, at] = place < 0 ? [older, -place - 1] : [newer, place]
      const known = list[at]
      if (known) list[at] = { ...known, ...notes }
    },
  }
}
