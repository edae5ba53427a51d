import type { FoundPage, PageQuery, Slice, TypeQuery } from '../../domain/ports/resources.ts'
import { pathText } from '../../scim/attribute.ts'
import type { BoundFilter } from '../../scim/filter/bound-filter.ts'
import type { StoredResource } from '../../scim/resource.ts'

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
