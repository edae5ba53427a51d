import { createCipheriv, createDecipheriv, hash, randomBytes } from 'node:crypto'
import type { KeptOrders, ListQuery, ResourceStore } from '../../domain/ports/resources.ts'
import type { CursorPaging } from '../../profiles/profile.ts'
import { errors } from '../../scim/error.ts'
import type { StoredResource } from '../../scim/resource.ts'

type Direction = 'after' | 'before'

type PagePosition = { readonly direction: Direction; readonly position: number; readonly count: number }

type WalkPage = {
  readonly page: readonly StoredResource[]
  readonly next?: number
  readonly previous?: number
}

/** A page of an unsorted list. Its positions are keys, which are assigned in order of creation and never change. */
async function pageByKey(
  store: ResourceStore,
  tenant: number,
  listQuery: ListQuery,
  { direction, position, count }: PagePosition,
  looksBack: boolean,
): Promise<WalkPage> {
  const { page, hasMore } = await store.list(tenant, {
    ...listQuery,
    slice: { by: direction, key: position, count },
    total: false,
  })
  const isAny = async (by: Direction, key: number) =>
    (await store.list(tenant, { ...listQuery, slice: { by, key, count: 1 }, total: false })).page.length > 0
  // An empty page is treated as if it contained the resource at the position, which may have been deleted.
  const first = page[0]?.key ?? (direction === 'after' ? position + 1 : position)
  const last = page.at(-1)?.key ?? (direction === 'after' ? position : position - 1)
  const later = direction === 'after' ? hasMore : await isAny('after', last)
  const mayBeEarlier = looksBack && position > 0
  const earlier = direction === 'before' ? hasMore : mayBeEarlier && (await isAny('before', first))
  return { page, ...(later && { next: last }), ...(earlier && { previous: first }) }
}

type ReadSection = (from: number, to: number) => Promise<Float64Array>

/** A page of a kept order, without deleted resources. Its positions are places between the keys. */
async function pageThroughOrder(
  store: ResourceStore,
  tenant: number,
  readSection: ReadSection,
  { direction, position, count }: PagePosition,
): Promise<WalkPage> {
  const living = (from: number, towards: Direction, most: number) =>
    towards === 'after' ? livingAfter(from, most) : livingBefore(from, most)

  const livingAfter = async (from: number, most: number): Promise<readonly PlacedResource[]> => {
    const found: PlacedResource[] = []
    let at = from
    let isEnd = false
    for (let size = most; found.length < most && !isEnd; size = Math.max(size, lookupBatch)) {
      const keys = await readSection(at, at + size)
      found.push(...(await existing(keys, at)))
      at += size
      isEnd = keys.length < size
    }
    return found.slice(0, most)
  }

  const livingBefore = async (from: number, most: number): Promise<readonly PlacedResource[]> => {
    const found: PlacedResource[] = []
    let at = from
    for (let size = most; found.length < most && at > 0; size = Math.max(size, lookupBatch)) {
      const start = Math.max(0, at - size)
      found.unshift(...(await existing(await readSection(start, at), start)))
      at = start
    }
    return found.slice(-most)
  }

  const existing = async (section: Float64Array, from: number): Promise<readonly PlacedResource[]> => {
    const keys = [...section]
    const found = new Map((await store.findByKeys(tenant, keys)).map(stored => [stored.key, stored]))
    return keys.flatMap((key, at) => {
      const stored = found.get(key)
      return stored ? { stored, place: from + at } : []
    })
  }

  const placed = await living(position, direction, count)
  const start = placed[0]?.place ?? position
  const end = (placed.at(-1)?.place ?? position - 1) + 1
  const [later, earlier] = await Promise.all([living(end, 'after', 1), living(start, 'before', 1)])
  return {
    page: placed.map(({ stored }) => stored),
    ...(later.length > 0 && { next: end }),
    ...(earlier.length > 0 && { previous: start }),
  }
}

type PlacedResource = { readonly stored: StoredResource; readonly place: number }

const lookupBatch = 100

/** An empty `cursor` requests the first page. */
export type WalkRequest = { readonly cursor: string; readonly count: number | undefined }

type WalkResult = {
  readonly page: readonly StoredResource[]
  readonly total?: number
  readonly next?: string
  readonly previous?: string
}

type WalkPlan = {
  readonly listQuery: ListQuery
  readonly hashes: QueryHashes
  readonly owner: CursorOwner
  readonly now: number
  readonly paging: CursorPaging & { readonly defaultCount: number }
}

type WalkDeps = { readonly store: ResourceStore; readonly orders: KeptOrders; readonly cursors: Cursors }

/**
 * Pages by cursor (RFC 9865). Each resource that exists during the whole walk is returned once, regardless of created and
 * deleted resources: unsorted lists are walked by key, and the order of sorted lists is kept until the walk ends.
 */
export const createWalker = ({ store, orders, cursors }: WalkDeps) => {
  type Place = Pick<Cursor, 'direction' | 'position' | 'walk' | 'count' | 'total'>

  const begin = async (plan: WalkPlan, count: number): Promise<WalkResult> => {
    const { listQuery, owner, paging } = plan
    if (count === 0) return { page: [], ...(paging.total && { total: await totalOf(plan) }) }
    const start = { direction: 'after', position: 0, count } as const
    if (!listQuery.order) {
      return worded(plan, { ...start, ...(paging.total && { total: await totalOf(plan) }) })
    }
    const { length, first, id } = await orders.keep(owner.tenant, listQuery, count)
    const total = paging.total && { total: length }
    return id === undefined
      ? { page: await store.findByKeys(owner.tenant, [...first]), ...total }
      : worded(plan, { ...start, ...total, walk: id })
  }

  const totalOf = async ({ listQuery, owner }: WalkPlan): Promise<number> => {
    const nothing = { by: 'index', offset: 0, count: 0 } as const
    const { total = 0 } = await store.list(owner.tenant, { ...listQuery, slice: nothing, total: true })
    return total
  }

  const goOn = async (plan: WalkPlan, { total, ...cursor }: Cursor, count: number): Promise<WalkResult> => {
    const totalMember = total === undefined ? {} : { total }
    return count === 0 ? { page: [], ...totalMember } : worded(plan, { ...cursor, ...totalMember, count })
  }

  const stepFrom = (plan: WalkPlan, place: Place): Promise<WalkPage> => {
    const { listQuery, owner, paging } = plan
    const { walk } = place
    if (walk === undefined) return pageByKey(store, owner.tenant, listQuery, place, paging.previous)
    const readSection: ReadSection = async (from, to) => {
      const section = await orders.section(walk, from, to)
      if (!section) throw expired('The order of this list is no longer kept')
      return section
    }
    return pageThroughOrder(store, owner.tenant, readSection, place)
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

const expired = (reason: string) => errors.expiredCursor(`${reason}. Start again with an empty cursor.`)

function checkAge({ issuedAt }: Cursor, { now, paging: { timeout } }: WalkPlan): void {
  if (timeout === undefined || now - issuedAt <= timeout) return
  throw expired(`The cursor is older than ${timeout / 1000} seconds`)
}

/** RFC 9865 §2: the rest of the query must be the same for every page. */
function checkHashes(cursor: Cursor, { hashes }: WalkPlan): void {
  const changed = (part: string) =>
    errors.invalidCursor(
      `${part} has changed since the cursor was issued. Send the same request with the new cursor, or start again with an empty cursor.`,
    )
  if (cursor.hashes.endpoint !== hashes.endpoint) throw changed('The endpoint')
  if (cursor.hashes.filter !== hashes.filter) throw changed('The filter')
  if (cursor.hashes.sort !== hashes.sort) throw changed('"sortBy" or "sortOrder"')
}

const changedCount = (before: number, now: number) =>
  errors.invalidCount(
    `"count" was ${before} for the first page and is now ${now}. Send the same count, omit it, or start again with an empty cursor.`,
  )

/** The state of a walk through a list (RFC 9865 §2). */
type Cursor = {
  readonly hashes: QueryHashes
  readonly count: number
  readonly direction: 'after' | 'before'
  /** A resource's key; with `walk`, a place in its order. */
  readonly position: number
  readonly walk?: number
  /** The number of matches when the walk began; absent if the profile does not return it. */
  readonly total?: number
  /** When the cursor was issued, in the tenant's time in milliseconds since 1970. */
  readonly issuedAt: number
}

/** Short hashes that detect changes of the query. Encryption protects them from forgery. */
type QueryHashes = { readonly endpoint: string; readonly filter: string; readonly sort: string }

export const shortHash = (text: string): string => shorten(hash('sha256', text, 'base64url'))

export const shorten = (digest: string): string => digest.slice(0, 8)

/** The owner of a cursor. For other clients the cursor is invalid (RFC 9865 §5.2). */
type CursorOwner = { readonly tenant: number; readonly actor: string }

export type Cursors = {
  /** Returns lower-case hexadecimal digits, which need no encoding in URLs (RFC 3986) and match AWS's pattern. */
  seal(cursor: Cursor, owner: CursorOwner): string
  /** Throws `invalidCursor` unless the cursor was sealed with the present key for this owner. */
  open(text: string, owner: CursorOwner): Cursor
}

const algorithm = 'aes-256-gcm'
const ivLength = 12
const tagLength = 16
const longest = 1000

/** Cursors are encrypted and authenticated, so they need not be stored. `key` returns the present key, of 32 bytes. */
export function createCursors(key: () => Buffer): Cursors {
  const boundTo = ({ tenant, actor }: CursorOwner) => Buffer.from(`${tenant} ${actor}`)
  return {
    seal: (cursor, owner) => {
      const iv = randomBytes(ivLength)
      const cipher = createCipheriv(algorithm, key(), iv, { authTagLength: tagLength })
      cipher.setAAD(boundTo(owner))
      const sealed = [cipher.update(textOf(cursor)), cipher.final()]
      return Buffer.concat([iv, ...sealed, cipher.getAuthTag()]).toString('hex')
    },
    open: (text, owner) => {
      if (!/^([0-9a-f]{2})+$/.test(text) || text.length > longest) throw unknownCursor()
      const bytes = Buffer.from(text, 'hex')
      if (bytes.length <= ivLength + tagLength) throw unknownCursor()
      const decipher = createDecipheriv(algorithm, key(), bytes.subarray(0, ivLength), {
        authTagLength: tagLength,
      })
      decipher.setAAD(boundTo(owner))
      decipher.setAuthTag(bytes.subarray(-tagLength))
      try {
        const opened = [decipher.update(bytes.subarray(ivLength, -tagLength)), decipher.final()]
        return cursorIn(Buffer.concat(opened).toString())
      } catch {
        throw unknownCursor()
      }
    },
  }
}

const unknownCursor = () =>
  errors.invalidCursor(
    'The cursor was not issued by this server for this token. Start again with an empty cursor.',
  )

const textOf = ({ hashes, count, direction, position, walk, total, issuedAt }: Cursor) =>
  JSON.stringify([
    ...[hashes.endpoint, hashes.filter, hashes.sort],
    ...[count, Number(direction === 'before'), position, walk ?? null, total ?? null, issuedAt],
  ])

function cursorIn(text: string): Cursor {
  const [endpoint, filter, sort, count, isBefore, position, walk, total, issuedAt] = JSON.parse(text)
  return {
    hashes: { endpoint, filter, sort },
    count,
    direction: isBefore ? 'before' : 'after',
    position,
    ...(walk !== null && { walk }),
    ...(total !== null && { total }),
    issuedAt,
  }
}
