import type { Page } from '../../domain/ports/directory.ts'
import type { FoundPage, PageQuery, Slice, TypeQuery } from '../../domain/ports/resources.ts'
import { pathText } from '../../scim/attribute.ts'
import { errors } from '../../scim/error.ts'
import type { BoundFilter } from '../../scim/filter/bound-filter.ts'
import type { StoredResource } from '../../scim/resource.ts'
import type { Rows } from './dialect.ts'

export type FoundRows = readonly StoredResource[]

export const directionOf = ({ slice }: PageQuery) => (slice.by === 'before' ? 'before' : 'after')

export const isExclusive = (filter: BoundFilter): boolean =>
  filter.kind === 'compare' && filter.path.at(-1)?.uniqueness !== 'none'

export const isUnfiltered = ({ filter }: TypeQuery): boolean => !filter

export function inRange(rows: FoundRows, slice: Slice): FoundRows {
  switch (slice.by) {
    case 'index':
      return rows.slice(slice.offset)
    case 'after':
      return rows.filter(({ key }) => key > slice.key)
    case 'before':
      return rows.filter(({ key }) => key < slice.key)
  }
}

export function slicePage(rows: FoundRows, { by, count }: Slice): FoundPage {
  const page = rows.slice(0, count)
  return { page: by === 'before' ? page.toReversed() : page, hasMore: rows.length > count }
}

type Lookup = KeyLookup | { readonly id: string }

/** The look-up that a filter consists of, if it is nothing else: `userName eq "x"`, `id eq "…"`. */
export function findLookup(filter: BoundFilter): Lookup | undefined {
  if (filter.kind !== 'compare' || filter.operator !== 'eq' || typeof filter.value !== 'string')
    return undefined
  const { path, value } = filter
  if (path.length === 1 && path[0]?.name === 'id') return { id: value }
  return path.at(-1)?.lookup ? { attribute: pathText(path), value } : undefined
}

export type KeyLookup = { readonly attribute: string; readonly value: string }

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

/** Parses the cursor of a list in descending order of a number: the page has only numbers below it. */
export function parsePosition(cursor: string | undefined): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER
  const position = Number(cursor)
  if (Number.isSafeInteger(position)) return position
  throw errors.invalidValue('The cursor was not issued by this list.')
}

export function toPage<Row>(
  rows: readonly Row[],
  limit: number,
  positionOf: (row: Row) => number | string,
): Page<Row> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return rows.length > limit && last !== undefined ? { items, next: String(positionOf(last)) } : { items }
}

type Counted = Readonly<Record<string, string>>

const maxCounted = 10_000

/** How many rows there are; undefined above `maxCounted`, so that a page of a long list reads no more than that. */
export async function countUpTo(
  read: (statement: { readonly text: string; readonly params: Counted }) => Rows | Promise<Rows>,
  rows: string,
  params: Counted = {},
): Promise<number | undefined> {
  const text = `select count(*) as count from (select 1 from ${rows} limit ${maxCounted + 1}) as counted`
  const [{ count }] = (await read({ text, params })) as readonly [{ readonly count: number | string }]
  return Number(count) > maxCounted ? undefined : Number(count)
}
