import { LRUCache } from 'lru-cache'
import type { ListQuery, ResourceStore } from '../ports/resources.ts'
import type { CursorPaging } from '../profiles/profile.ts'
import { errors } from '../scim/error.ts'
import type { StoredResource } from '../scim/resource.ts'
import type { Cursor, CursorOwner, Cursors, QueryHashes } from './cursor.ts'

export type Direction = 'after' | 'before'

/** Where a page is asked for: the next ones after a position, or the last ones before it. */
type PagePosition = { readonly direction: Direction; readonly position: number; readonly count: number }

/** One page of a walk, and from where the pages beside it go on; absent where there is nothing. */
export type WalkPage = {
  readonly page: readonly StoredResource[]
  readonly next?: number
  readonly previous?: number
}

/** A page of what isn't sorted. Its positions are keys, which are given in order of creation and never change. */
export async function pageByKey(
  store: ResourceStore,
  tenant: number,
  listQuery: ListQuery,
  { direction, position, count }: PagePosition,
  /** Whether it is of interest if there is anything before. */
  looksBack: boolean,
): Promise<WalkPage> {
  const { page, hasMore } = await store.list(tenant, {
    ...listQuery,
    slice: { by: direction, key: position, count },
    total: false,
  })
  const isAny = async (by: Direction, key: number) =>
    (await store.list(tenant, { ...listQuery, slice: { by, key, count: 1 }, total: false })).page.length > 0
  // Of an empty page: as if it held what the position named, which may have gone.
  const first = page[0]?.key ?? (direction === 'after' ? position + 1 : position)
  const last = page.at(-1)?.key ?? (direction === 'after' ? position : position - 1)
  const later = direction === 'after' ? hasMore : await isAny('after', last)
  // Nothing comes before the first page.
  const mayBeEarlier = looksBack && position > 0
  const earlier = direction === 'before' ? hasMore : mayBeEarlier && (await isAny('before', first))
  return { page, ...(later && { next: last }), ...(earlier && { previous: first }) }
}

/** A page of an order that was kept, without those that have gone. Its positions are places between the keys. */
export async function pageThroughOrder(
  store: ResourceStore,
  tenant: number,
  order: Float64Array,
  { direction, position, count }: PagePosition,
): Promise<WalkPage> {
  const living = (from: number, towards: Direction, most: number) =>
    towards === 'after' ? livingAfter(from, most) : livingBefore(from, most)

  const livingAfter = async (from: number, most: number): Promise<readonly PlacedResource[]> => {
    const found: PlacedResource[] = []
    let at = from
    for (let size = most; found.length < most && at < order.length; size = Math.max(size, lookupBatch)) {
      found.push(...(await there(at, Math.min(at + size, order.length))))
      at += size
    }
    return found.slice(0, most)
  }

  const livingBefore = async (from: number, most: number): Promise<readonly PlacedResource[]> => {
    const found: PlacedResource[] = []
    let at = from
    for (let size = most; found.length < most && at > 0; size = Math.max(size, lookupBatch)) {
      found.unshift(...(await there(Math.max(0, at - size), at)))
      at -= size
    }
    return found.slice(-most)
  }

  /** Those of a stretch that are still there, each with its place. */
  const there = async (from: number, to: number): Promise<readonly PlacedResource[]> => {
    const keys = [...order.subarray(from, to)]
    const found = new Map((await store.findByKeys(tenant, keys)).map(stored => [stored.key, stored]))
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

type PlacedResource = { readonly stored: StoredResource; readonly place: number }

/** So many are looked for at once where those that were looked for first have gone. */
const lookupBatch = 100

export type WalkLimits = {
  readonly walks: number
  /** Of all walks together; the newest walk is kept even if it has more by itself. */
  readonly keys: number
  /** Milliseconds for which nobody goes on. */
  readonly age: number
}

const defaultWalkLimits: WalkLimits = { walks: 100, keys: 5_000_000, age: 60 * 60 * 1000 }

export type Walks = ReturnType<typeof createWalks>

/**
 * The orders of sorted walks that are under way, so that each resource is shown once whatever becomes of the values
 * it is sorted by. Bounded: what was left alone for longest is forgotten first. `machine` is the machine's time.
 */
export function createWalks(
  { walks, keys: mostKeys, age }: WalkLimits = defaultWalkLimits,
  machine = Date.now,
) {
  const kept = new LRUCache<number, Float64Array>({
    max: walks,
    maxSize: mostKeys,
    // A larger order replaces all others.
    sizeCalculation: keys => Math.min(Math.max(keys.length, 1), mostKeys),
    ttl: age,
    ttlResolution: 0,
    updateAgeOnGet: true,
    perf: { now: machine },
  })
  let last = 0

  return {
    /** Keeps the order of a walk and gives it a number. */
    keep: (keys: Float64Array): number => {
      kept.purgeStale()
      kept.set(++last, keys)
      return last
    },
    /** Undefined when it was forgotten. */
    orderOf: (id: number): Float64Array | undefined => kept.get(id),
  }
}

/** Which page of a walk is asked for. An empty `cursor` asks for the first; `count` is absent when left out. */
export type WalkRequest = { readonly cursor: string; readonly count: number | undefined }

export type WalkResult = {
  readonly page: readonly StoredResource[]
  readonly total?: number
  readonly next?: string
  readonly previous?: string
}

/** What a walk is through, for whom, and by whose rules. */
export type WalkPlan = {
  readonly listQuery: ListQuery
  readonly hashes: QueryHashes
  readonly owner: CursorOwner
  readonly now: number
  readonly paging: CursorPaging & { readonly defaultCount: number }
}

type WalkDeps = { readonly store: ResourceStore; readonly cursors: Cursors; readonly walks: Walks }

/**
 * Pages by cursor (RFC 9865). Each resource that outlives the walk is shown once, however others come and go: what
 * isn't sorted is walked by keys, and the order of what is sorted is kept until the walk ends.
 */
export const createWalker = ({ store, cursors, walks }: WalkDeps) => {
  type Place = Pick<Cursor, 'direction' | 'position' | 'walk' | 'count' | 'total'>

  const begin = async (plan: WalkPlan, count: number): Promise<WalkResult> => {
    const { listQuery, owner, paging } = plan
    if (count === 0) return { page: [], ...(paging.total && { total: await totalOf(plan) }) }
    const start = { direction: 'after', position: 0, count } as const
    if (!listQuery.order) {
      return worded(plan, { ...start, ...(paging.total && { total: await totalOf(plan) }) })
    }
    const order = await store.orderedKeys(owner.tenant, listQuery)
    const place = { ...start, ...(paging.total && { total: order.length }) }
    return order.length > count
      ? worded(plan, { ...place, walk: walks.keep(order) })
      : {
          page: await store.findByKeys(owner.tenant, [...order]),
          ...(paging.total && { total: order.length }),
        }
  }

  const totalOf = async ({ listQuery, owner }: WalkPlan): Promise<number> => {
    const nothing = { by: 'index', offset: 0, count: 0 } as const
    const { total = 0 } = await store.list(owner.tenant, { ...listQuery, slice: nothing, total: true })
    return total
  }

  const goOn = async (plan: WalkPlan, { total, ...cursor }: Cursor, count: number): Promise<WalkResult> => {
    const told = total === undefined ? {} : { total }
    return count === 0 ? { page: [], ...told } : worded(plan, { ...cursor, ...told, count })
  }

  const stepFrom = (plan: WalkPlan, place: Place): Promise<WalkPage> => {
    const { listQuery, owner, paging } = plan
    if (place.walk === undefined) return pageByKey(store, owner.tenant, listQuery, place, paging.previous)
    const order = walks.orderOf(place.walk)
    if (!order) throw expired('The order of this walk is kept no longer')
    return pageThroughOrder(store, owner.tenant, order, place)
  }

  const worded = async (plan: WalkPlan, place: Place): Promise<WalkResult> => {
    const { hashes, owner, now } = plan
    const { page, next, previous } = await stepFrom(plan, place)
    const at = (direction: Direction, position: number) =>
      cursors.seal({ ...place, hashes, direction, position, issuedAt: now }, owner)
    return {
      page,
      ...(place.total !== undefined && { total: place.total }),
      ...(next !== undefined && { next: at('after', next) }),
      ...(plan.paging.previous && previous !== undefined && { previous: at('before', previous) }),
    }
  }

  return async (plan: WalkPlan, { cursor: text, count }: WalkRequest): Promise<WalkResult> => {
    const { paging, owner } = plan
    if (text === '') return begin(plan, count ?? paging.defaultCount)
    const cursor = cursors.open(text, owner)
    checkAge(cursor, plan)
    checkHashes(cursor, plan)
    if (!paging.fixedCount) return goOn(plan, cursor, count ?? paging.defaultCount)
    if (count !== undefined && count !== cursor.count) throw changedCount(cursor.count, count)
    return goOn(plan, cursor, cursor.count)
  }
}

const expired = (why: string) => errors.expiredCursor(`${why}. Start again with an empty cursor.`)

function checkAge({ issuedAt }: Cursor, { now, paging: { timeout } }: WalkPlan): void {
  if (timeout === undefined || now - issuedAt <= timeout) return
  throw expired(`The cursor was given out more than ${timeout / 1000} seconds ago`)
}

/** RFC 9865 §2: whatever the query says besides stays as it was from page to page. */
function checkHashes(cursor: Cursor, { hashes }: WalkPlan): void {
  const wrong = (what: string) =>
    errors.invalidCursor(
      `${what} since the cursor was given out. Send the rest of the request as before, or start again with an empty cursor.`,
    )
  if (cursor.hashes.endpoint !== hashes.endpoint) throw wrong('The endpoint has changed')
  if (cursor.hashes.filter !== hashes.filter) throw wrong('The filter has changed')
  if (cursor.hashes.sort !== hashes.sort) throw wrong('"sortBy" or "sortOrder" has changed')
}

const changedCount = (before: number, now: number) =>
  errors.invalidCount(
    `"count" was ${before} when the walk began and is ${now} now. Send the same, leave it out, or start again with an empty cursor.`,
  )
