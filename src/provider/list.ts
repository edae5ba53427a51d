import type { ListQuery, ResourceStore, TypeQuery } from '../ports/resources.ts'
import { enforce, type Profile } from '../profiles/profile.ts'
import { errors } from '../scim/error.ts'
import { type BoundFilter, isConstant, matchAll } from '../scim/filter/bound-filter.ts'
import { type FilterLimits, parseFilter, parseFilterForTypes } from '../scim/filter/parse.ts'
import type { RequestPolicy } from '../scim/request-policy.ts'
import type { StoredResource } from '../scim/resource.ts'
import type { ResourceType } from '../scim/resource-types.ts'
import { readSort, type Sort } from '../scim/sorting.ts'
import { type Call, relatedTypes } from './call.ts'
import { type Cursors, shortHash } from './cursor.ts'
import { createWalker, type WalkRequest, type Walks } from './cursor-paging.ts'

/** A list may be of several types. */
export type ListCall = Omit<Call, 'type'> & { readonly types: readonly ResourceType[] }

/** Which page is asked for. `offset` counts from 0; `total` says whether every match is to be counted. */
export type PageRequest =
  | { readonly by: 'index'; readonly offset: number; readonly count: number; readonly total: boolean }
  | ({ readonly by: 'cursor' } & WalkRequest)

export type ListRequest = {
  readonly parameters: Readonly<Record<string, string>>
  readonly page: PageRequest
  /** Who asks: a cursor is worth something only to who was given it. */
  readonly actor: string
}

export type ListResult = {
  readonly page: readonly StoredResource[]
  readonly total?: number
  readonly next?: string
  readonly previous?: string
  /** The filter on the first of the types. */
  readonly filter: BoundFilter | undefined
}

type ListDeps = { readonly store: ResourceStore; readonly cursors: Cursors; readonly walks: Walks }

/** A query on a resource type's endpoint or on the root (RFC 7644 §3.4.2), a page by index or by cursor. */
export const createList = (deps: ListDeps) => {
  const { store } = deps
  const walk = createWalker(deps)
  return async (call: ListCall, query: ListRequest): Promise<ListResult> => {
    const { tenant, types, now } = call
    const filters = await readFilters(store, call, query)
    const sort = readSortOrder(tenant.profile, types, query)
    const listQuery = toListQuery(types, filters, sort)
    const filter = types[0] && filters.get(types[0])
    const { page } = query
    if (page.by === 'cursor') {
      const { cursor, ...paging } = tenant.profile.features.paging
      if (!cursor) throw errors.internal()
      const plan = {
        listQuery,
        hashes: queryHashes(types, query, sort),
        owner: { tenant: tenant.key, actor: query.actor },
        now,
        paging: { ...cursor, defaultCount: paging.defaultCount },
      }
      return { ...(await walk(plan, page)), filter }
    }
    const { offset, count, total } = page
    const { hasMore: _, ...found } = await store.list(tenant.key, {
      ...listQuery,
      slice: { by: 'index', offset, count },
      total,
    })
    return { ...found, filter }
  }
}

type Filters = ReadonlyMap<ResourceType, BoundFilter>

async function readFilters(
  store: ResourceStore,
  call: ListCall,
  { parameters }: ListRequest,
): Promise<Filters> {
  const { types, tenant } = call
  const { rules, requests } = tenant.profile
  const text = parameters.filter
  const filters = text === undefined ? noFilters : parseFilters(text, types, requests, requests.limits)
  for (const type of types) {
    const filter = filters.get(type)
    enforce(rules.query, { type, parameters, filter })
    if (filter && requests.unknownMemberInFilter === 'not-found')
      await requireRelated(store, { ...call, type }, filter)
  }
  return filters
}

const noFilters: Filters = new Map()

function parseFilters(
  text: string,
  types: readonly ResourceType[],
  requests: RequestPolicy,
  limits: FilterLimits,
): Filters {
  const [type, ...others] = types
  return type && others.length === 0
    ? new Map([[type, parseFilter(text, type, requests, limits)]])
    : parseFilterForTypes(text, types, requests, limits)
}

/** Where sorting isn't offered, its parameters are passed over (RFC 7644 §3.4.2.3). */
const readSortOrder = (
  { features, requests }: Profile,
  types: readonly ResourceType[],
  { parameters: { sortBy, sortOrder } }: ListRequest,
): Sort | undefined => (features.sort ? readSort(types, sortBy, sortOrder, requests) : undefined)

function toListQuery(types: readonly ResourceType[], filters: Filters, sort: Sort | undefined): ListQuery {
  const typeQueries = types.flatMap((type): readonly TypeQuery[] => {
    const filter = filters.get(type) ?? matchAll
    if (isConstant(filter) && filter.kind === 'or') return []
    const sortBy = sort?.paths.get(type.name)
    return [{ type: type.name, ...(!isConstant(filter) && { filter }), ...(sortBy && { sortBy }) }]
  })
  return { typeQueries, ...(sort && { order: sort.order }) }
}

const queryHashes = (
  types: readonly ResourceType[],
  { parameters }: ListRequest,
  sort: Sort | undefined,
) => ({
  endpoint: shortHash(types.map(({ name }) => name).join(' ')),
  filter: shortHash(parameters.filter ?? ''),
  sort: shortHash(sort ? `${sort.order} ${parameters.sortBy?.toLowerCase()}` : ''),
})

/** AWS answers 404 when the filter names a member or a group that doesn't exist. */
async function requireRelated(store: ResourceStore, call: Call, filter: BoundFilter): Promise<void> {
  for (const { relation, id } of relatedIn(filter)) {
    const wanted = relatedTypes(call.type, relation)
    const known = await store.relatedById(call.tenant.key, [id])
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
