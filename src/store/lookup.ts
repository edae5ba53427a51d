import { pathText } from '../scim/attribute.ts'
import type { BoundFilter } from '../scim/filter/bound-filter.ts'

/** A value among the keys of the resources that have it. */
export type KeyLookup = { readonly attribute: string; readonly value: string }

/** A question that an index answers. */
export type Lookup = KeyLookup | { readonly id: string }

/** The look-up that a filter consists of, if it is nothing else: `userName eq "x"`, `id eq "…"`. */
export function lookupIn(filter: BoundFilter): Lookup | undefined {
  if (filter.kind !== 'compare' || filter.operator !== 'eq' || typeof filter.value !== 'string')
    return undefined
  const { path, value } = filter
  if (path.length === 1 && path[0]?.name === 'id') return { id: value }
  return path.at(-1)?.lookup ? { attribute: pathText(path), value } : undefined
}
