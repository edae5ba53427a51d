import { enforce } from '../profiles/enforce.ts'
import type { Profile } from '../profiles/profile.ts'
import { errors } from '../scim/error.ts'
import { always, type BoundFilter, isConstant } from '../scim/filter/bound-filter.ts'
import { type FilterLimits, parseFilter, parseFilterAmong } from '../scim/filter/parse.ts'
import type { Reads } from '../scim/reads.ts'
import type { Stored } from '../scim/resource.ts'
import type { ResourceType } from '../scim/resource-types.ts'
import { readSort, type Sort } from '../scim/sort.ts'
import type { Arm, ResourceStore, Sought } from '../store/resource-store.ts'
import { type Call, typesRelated } from './call.ts'
import { type Cursors, markOf } from './cursor.ts'
import { createWalker, type WalkRequest } from './walk.ts'
import type { Walks } from './walks.ts'

/** A list may be of several types. */
export type ListCall = Omit<Call, 'type'> & { readonly types: readonly ResourceType[] }

/** Which page is asked for. `offset` counts from 0; `total` says whether every match is to be counted. */
export type PageRequest =
  | { readonly by: 'index'; readonly offset: number; readonly count: number; readonly total: boolean }
  | ({ readonly by: 'cursor' } & WalkRequest)

export type ListQuery = {
  readonly parameters: Readonly<Record<string, string>>
  readonly page: PageRequest
  /** Who asks: a cursor is worth something only to who was given it. */
  readonly actor: string
}

export type Listed = {
  readonly page: readonly Stored[]
  readonly total?: number
  readonly next?: string
  readonly previous?: string
  /** The filter on the first of the types. */
  readonly filter: BoundFilter | undefined
}

type Parts = { readonly store: ResourceStore; readonly cursors: Cursors; readonly walks: Walks }

/** A query on a resource type's endpoint or on the root (RFC 7644 §3.4.2), a page by index or by cursor. */
export const createList = (parts: Parts) => {
  const { store } = parts
  const walk = createWalker(parts)
  return async (call: ListCall, query: ListQuery): Promise<Listed> => {
    const { tenant, types, now } = call
    const filters = await filtersOf(store, call, query)
    const sort = sortOf(tenant.profile, types, query)
    const sought = soughtOf(types, filters, sort)
    const filter = types[0] && filters.get(types[0])
    const { page } = query
    if (page.by === 'cursor') {
      const { cursor, ...paging } = tenant.profile.paging
      if (!cursor) throw errors.internal()
      const plan = {
        sought,
        marks: marksOf(types, query, sort),
        holder: { tenant: tenant.key, actor: query.actor },
        now,
        paging: { ...cursor, defaultCount: paging.defaultCount },
      }
      return { ...(await walk(plan, page)), filter }
    }
    const { offset, count, total } = page
    const { more: _, ...found } = await store.list(tenant.key, {
      ...sought,
      slice: { by: 'index', offset, count },
      total,
    })
    return { ...found, filter }
  }
}

type Filters = ReadonlyMap<ResourceType, BoundFilter>

async function filtersOf(store: ResourceStore, call: ListCall, { parameters }: ListQuery): Promise<Filters> {
  const { types, tenant } = call
  const { rules, reads, limits, unknownMemberInFilter } = tenant.profile
  const text = parameters.filter
  const filters = text === undefined ? noFilters : parsed(text, types, reads, limits)
  for (const type of types) {
    const filter = filters.get(type)
    enforce(rules.query, { type, parameters, filter })
    if (filter && unknownMemberInFilter === 'not-found') await demandRelated(store, { ...call, type }, filter)
  }
  return filters
}

const noFilters: Filters = new Map()

function parsed(text: string, types: readonly ResourceType[], reads: Reads, limits: FilterLimits): Filters {
  const [type, ...others] = types
  return type && others.length === 0
    ? new Map([[type, parseFilter(text, type, reads, limits)]])
    : parseFilterAmong(text, types, reads, limits)
}

/** Where sorting isn't offered, its parameters are passed over (RFC 7644 §3.4.2.3). */
const sortOf = (
  { offers, reads }: Profile,
  types: readonly ResourceType[],
  { parameters: { sortBy, sortOrder } }: ListQuery,
): Sort | undefined => (offers.sort ? readSort(types, sortBy, sortOrder, reads) : undefined)

function soughtOf(types: readonly ResourceType[], filters: Filters, sort: Sort | undefined): Sought {
  const arms = types.flatMap((type): readonly Arm[] => {
    const filter = filters.get(type) ?? always
    if (isConstant(filter) && filter.kind === 'or') return []
    const sortBy = sort?.paths.get(type.name)
    return [{ type: type.name, ...(!isConstant(filter) && { filter }), ...(sortBy && { sortBy }) }]
  })
  return { arms, ...(sort && { order: sort.order }) }
}

const marksOf = (types: readonly ResourceType[], { parameters }: ListQuery, sort: Sort | undefined) => ({
  endpoint: markOf(types.map(({ name }) => name).join(' ')),
  filter: markOf(parameters.filter ?? ''),
  sort: markOf(sort ? `${sort.order} ${parameters.sortBy?.toLowerCase()}` : ''),
})

/** AWS answers 404 when the filter names a member or a group that doesn't exist. */
async function demandRelated(store: ResourceStore, call: Call, filter: BoundFilter): Promise<void> {
  for (const { relation, id } of relatedIn(filter)) {
    const wanted = typesRelated(call.type, relation)
    const known = await store.named(call.tenant.key, [id])
    const itsType = known.get(id)?.type
    if (itsType === undefined || !wanted.includes(itsType)) {
      throw errors.noSuchResource(wanted.join(' or '), id)
    }
  }
}

type RelatedNode = Extract<BoundFilter, { kind: 'related' }>

function relatedIn(filter: BoundFilter): readonly RelatedNode[] {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.operands.flatMap(relatedIn)
    case 'not':
      return relatedIn(filter.operand)
    case 'related':
      return [filter]
    default:
      return []
  }
}
