import type { Stored } from '../scim/resource.ts'
import type { ResourceStore, Sought } from '../store/resource-store.ts'

export type Direction = 'after' | 'before'

/** Where a page is asked for: the next ones after a position, or the last ones before it. */
type Stand = { readonly direction: Direction; readonly position: number; readonly count: number }

/** One page of a walk, and from where the pages beside it go on; absent where there is nothing. */
export type Step = { readonly page: readonly Stored[]; readonly next?: number; readonly previous?: number }

/** A page of what isn't sorted. Its positions are keys, which are given in order of creation and never change. */
export async function stepByKey(
  store: ResourceStore,
  tenant: number,
  sought: Sought,
  { direction, position, count }: Stand,
  /** Whether it is of interest if there is anything before. */
  looksBack: boolean,
): Promise<Step> {
  const { page, more } = await store.list(tenant, {
    ...sought,
    slice: { by: direction, key: position, count },
    total: false,
  })
  const isAny = async (by: Direction, key: number) =>
    (await store.list(tenant, { ...sought, slice: { by, key, count: 1 }, total: false })).page.length > 0
  // Of an empty page: as if it held what the position named, which may have gone.
  const first = page[0]?.key ?? (direction === 'after' ? position + 1 : position)
  const last = page.at(-1)?.key ?? (direction === 'after' ? position : position - 1)
  const later = direction === 'after' ? more : await isAny('after', last)
  // Nothing comes before the first page.
  const mayBeEarlier = looksBack && position > 0
  const earlier = direction === 'before' ? more : mayBeEarlier && (await isAny('before', first))
  return { page, ...(later && { next: last }), ...(earlier && { previous: first }) }
}

/** A page of an order that was kept, without those that have gone. Its positions are places between the keys. */
export async function stepThrough(
  store: ResourceStore,
  tenant: number,
  order: Float64Array,
  { direction, position, count }: Stand,
): Promise<Step> {
  const living = (from: number, towards: Direction, most: number) =>
    towards === 'after' ? livingAfter(from, most) : livingBefore(from, most)

  const livingAfter = async (from: number, most: number): Promise<readonly Placed[]> => {
    const found: Placed[] = []
    let at = from
    for (let size = most; found.length < most && at < order.length; size = Math.max(size, chunk)) {
      found.push(...(await there(at, Math.min(at + size, order.length))))
      at += size
    }
    return found.slice(0, most)
  }

  const livingBefore = async (from: number, most: number): Promise<readonly Placed[]> => {
    const found: Placed[] = []
    let at = from
    for (let size = most; found.length < most && at > 0; size = Math.max(size, chunk)) {
      found.unshift(...(await there(Math.max(0, at - size), at)))
      at -= size
    }
    return found.slice(-most)
  }

  /** Those of a stretch that are still there, each with its place. */
  const there = async (from: number, to: number): Promise<readonly Placed[]> => {
    const keys = [...order.subarray(from, to)]
    const found = new Map((await store.withKeys(tenant, keys)).map(stored => [stored.key, stored]))
    return keys.flatMap((key, at) => {
      const stored = found.get(key)
      return stored ? { stored, place: from + at } : []
    })
  }

  const placed = await living(position, direction, count)
  const start = placed[0]?.place ?? position
  const end = (placed.at(-1)?.place ?? position - 1) + 1
  const [later, earlier] = [await living(end, 'after', 1), await living(start, 'before', 1)]
  return {
    page: placed.map(({ stored }) => stored),
    ...(later.length > 0 && { next: end }),
    ...(earlier.length > 0 && { previous: start }),
  }
}

type Placed = { readonly stored: Stored; readonly place: number }

/** So many are looked for at once where those that were looked for first have gone. */
const chunk = 100
