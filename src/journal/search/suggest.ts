import { foldAscii } from './text.ts'

/** The name that was probably meant: one that is a typing mistake or two away. */
export function suggest(written: string, names: readonly string[]): string | undefined {
  const word = foldAscii(written)
  const [nearest] = names
    .map(name => ({ name, distance: editDistance(word, foldAscii(name)) }))
    .filter(({ name, distance }) => distance <= Math.max(1, Math.floor(name.length / 3)))
    .sort((one, other) => one.distance - other.distance)
  return nearest?.name
}

/** Letters to put in, leave out, change, or swap with their neighbour, to make one word of the other. */
function editDistance(one: string, other: string): number {
  // Nobody makes a name twice as long by mistake; and the rest takes time with the product of both lengths.
  if (one.length > 2 * other.length + 2) return one.length - other.length
  let before: readonly number[] = []
  let row: readonly number[] = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (let at = 1; at <= one.length; at++) {
    const next = [at]
    for (let to = 1; to <= other.length; to++) {
      const same = one[at - 1] === other[to - 1]
      const swapped = one[at - 1] === other[to - 2] && one[at - 2] === other[to - 1]
      next[to] = Math.min(
        cost(row, to) + 1,
        cost(next, to - 1) + 1,
        cost(row, to - 1) + (same ? 0 : 1),
        swapped ? cost(before, to - 2) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    before = row
    row = next
  }
  return cost(row, other.length)
}

const cost = (row: readonly number[], at: number): number => row[at] ?? Number.POSITIVE_INFINITY
