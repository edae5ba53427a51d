/** Keys per block, as in the migrations: large enough for few blocks, small enough to read one. */
export const keysPerBlock = 4096

export type ListPosition = { readonly from: number; readonly skip: number }

export type CountedBlock = readonly [block: number, n: number]

export function placeInBlocks(offset: number, readBlocks: () => Iterable<CountedBlock>): ListPosition {
  if (offset < keysPerBlock) return { from: 0, skip: offset }
  let skip = offset
  for (const [block, n] of readBlocks()) {
    if (skip < n) return { from: block * keysPerBlock - 1, skip }
    skip -= n
  }
  return { from: Number.MAX_SAFE_INTEGER, skip: 0 }
}
