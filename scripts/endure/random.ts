/** Reproducible pseudo-random numbers: the seed repeats a failure. */
export type Random = {
  /** A whole number from 0 up to, but not including, `end`. */
  below(end: number): number
  chance(share: number): boolean
  of<Item>(items: readonly Item[]): Item
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0
  // mulberry32
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (end: number) => Math.floor(next() * end)
  return {
    below,
    chance: share => next() < share,
    of: <Item>(items: readonly Item[]) => items[below(items.length)] as Item,
  }
}
