import type { CursorPaging } from '../profiles/profile.ts'
import { errors } from '../scim/error.ts'
import type { Stored } from '../scim/resource.ts'
import type { ResourceStore, Sought } from '../store/resource-store.ts'
import type { Cursor, Cursors, Holder, Marks } from './cursor.ts'
import { type Direction, type Step, stepByKey, stepThrough } from './steps.ts'
import type { Walks } from './walks.ts'

/** Which page of a walk is asked for. An empty `cursor` asks for the first; `count` is absent when left out. */
export type WalkRequest = { readonly cursor: string; readonly count: number | undefined }

export type Walked = {
  readonly page: readonly Stored[]
  readonly total?: number
  readonly next?: string
  readonly previous?: string
}

/** What a walk is through, for whom, and by whose rules. */
export type WalkPlan = {
  readonly sought: Sought
  readonly marks: Marks
  readonly holder: Holder
  readonly now: number
  readonly paging: CursorPaging & { readonly defaultCount: number }
}

type Parts = { readonly store: ResourceStore; readonly cursors: Cursors; readonly walks: Walks }

/**
 * Pages by cursor (RFC 9865). Each resource that outlives the walk is shown once, however others come and go: what
 * isn't sorted is walked by keys, and the order of what is sorted is kept until the walk ends.
 */
export const createWalker = ({ store, cursors, walks }: Parts) => {
  type Place = Pick<Cursor, 'direction' | 'position' | 'walk' | 'count' | 'total'>

  const begin = async (plan: WalkPlan, count: number): Promise<Walked> => {
    const { sought, holder, paging } = plan
    if (count === 0) return { page: [], ...(paging.total && { total: await totalOf(plan) }) }
    const start = { direction: 'after', position: 0, count } as const
    if (!sought.order) {
      return worded(plan, { ...start, ...(paging.total && { total: await totalOf(plan) }) })
    }
    const order = await store.order(holder.tenant, sought)
    const place = { ...start, ...(paging.total && { total: order.length }) }
    return order.length > count
      ? worded(plan, { ...place, walk: walks.keep(order) })
      : {
          page: await store.withKeys(holder.tenant, [...order]),
          ...(paging.total && { total: order.length }),
        }
  }

  const totalOf = async ({ sought, holder }: WalkPlan): Promise<number> => {
    const nothing = { by: 'index', offset: 0, count: 0 } as const
    const { total = 0 } = await store.list(holder.tenant, { ...sought, slice: nothing, total: true })
    return total
  }

  const goOn = async (plan: WalkPlan, { total, ...cursor }: Cursor, count: number): Promise<Walked> => {
    const told = total === undefined ? {} : { total }
    return count === 0 ? { page: [], ...told } : worded(plan, { ...cursor, ...told, count })
  }

  const stepFrom = (plan: WalkPlan, place: Place): Promise<Step> => {
    const { sought, holder, paging } = plan
    if (place.walk === undefined) return stepByKey(store, holder.tenant, sought, place, paging.previous)
    const order = walks.orderOf(place.walk)
    if (!order) throw expired('The order of this walk is kept no longer')
    return stepThrough(store, holder.tenant, order, place)
  }

  const worded = async (plan: WalkPlan, place: Place): Promise<Walked> => {
    const { marks, holder, now } = plan
    const { page, next, previous } = await stepFrom(plan, place)
    const at = (direction: Direction, position: number) =>
      cursors.seal({ ...place, marks, direction, position, issued: now }, holder)
    return {
      page,
      ...(place.total !== undefined && { total: place.total }),
      ...(next !== undefined && { next: at('after', next) }),
      ...(plan.paging.previous && previous !== undefined && { previous: at('before', previous) }),
    }
  }

  return async (plan: WalkPlan, { cursor: text, count }: WalkRequest): Promise<Walked> => {
    const { paging, holder } = plan
    if (text === '') return begin(plan, count ?? paging.defaultCount)
    const cursor = cursors.open(text, holder)
    checkAge(cursor, plan)
    checkMarks(cursor, plan)
    if (!paging.sameCount) return goOn(plan, cursor, count ?? paging.defaultCount)
    if (count !== undefined && count !== cursor.count) throw changedCount(cursor.count, count)
    return goOn(plan, cursor, cursor.count)
  }
}

const expired = (why: string) => errors.expiredCursor(`${why}. Start again with an empty cursor.`)

function checkAge({ issued }: Cursor, { now, paging: { timeout } }: WalkPlan): void {
  if (timeout === undefined || now - issued <= timeout) return
  throw expired(`The cursor was given out more than ${timeout / 1000} seconds ago`)
}

/** RFC 9865 §2: whatever the query says besides stays as it was from page to page. */
function checkMarks(cursor: Cursor, { marks }: WalkPlan): void {
  const wrong = (what: string) =>
    errors.invalidCursor(
      `${what} since the cursor was given out. Send the rest of the request as before, or start again with an empty cursor.`,
    )
  if (cursor.marks.endpoint !== marks.endpoint) throw wrong('The endpoint has changed')
  if (cursor.marks.filter !== marks.filter) throw wrong('The filter has changed')
  if (cursor.marks.sort !== marks.sort) throw wrong('"sortBy" or "sortOrder" has changed')
}

const changedCount = (before: number, now: number) =>
  errors.invalidCount(
    `"count" was ${before} when the walk began and is ${now} now. Send the same, leave it out, or start again with an empty cursor.`,
  )
