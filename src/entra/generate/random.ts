/** The same numbers for the same seed, everywhere and always. */
export type Random = {
  /** A whole number from 0 up to, but not including, `end`. */
  readonly below: (end: number) => number
  readonly oneOf: <Items extends readonly [unknown, ...unknown[]]>(items: Items) => Items[number]
  /** `count` different whole numbers below `end`, or all of them; the cost grows with `count` alone. */
  readonly different: (count: number, end: number) => readonly number[]
}

/** SplitMix32: a counter in steps of the golden ratio, its bits mixed. Good for samples, not for secrets. */
export function createRandom(seed: number): Random {
  let state = Math.trunc(seed) | 0
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0
    let mixed = state ^ (state >>> 16)
    mixed = Math.imul(mixed, 0x21f0aaad)
    mixed ^= mixed >>> 15
    mixed = Math.imul(mixed, 0x735a2d97)
    return (mixed ^ (mixed >>> 15)) >>> 0
  }
  const below = (end: number) => Math.floor((next() / 2 ** 32) * end)
  return {
    below,
    oneOf: items => items[below(items.length)],
    // Floyd's sampling: each round takes a number, or the round's last one where that is taken.
    different: (count, end) => {
      const taken = new Set<number>()
      for (let last = Math.max(0, end - count); last < end; last++) {
        const number = below(last + 1)
        taken.add(taken.has(number) ? last : number)
      }
      return [...taken]
    },
  }
}
