import { type MaybePromise, whenDone } from '../../domain/event-loop/maybe-promise.ts'
import type { KeptOrders, ListQuery, ResourceStore, TypeQuery } from '../../domain/ports/resources.ts'
import { errors } from '../../scim/error.ts'
import { type BoundFilter, isConstant, matchAll } from '../../scim/filter/bound-filter.ts'
import type { StoredResource } from '../../scim/resource.ts'
import { type ResourceType, relatedTypes } from '../../scim/resource-types.ts'
import type { Sort } from '../../scim/sorting.ts'
import type { Call } from './call.ts'
import { type Cursors, createWalker, shortHash, type WalkRequest } from './cursor-paging.ts'
import { showsGroups } from './representation.ts'

export type ListCall = Omit<Call, 'type'> & { readonly types: readonly ResourceType[] }

/** `offset` counts from 0; `total` says whether every match is to be counted. */
export type PageRequest =
  | { readonly by: 'index'; readonly offset: number; readonly count: number; readonly total: boolean }
  | ({ readonly by: 'cursor' } & WalkRequest)

export type Filters = ReadonlyMap<ResourceType, BoundFilter>

export type ListRequest = {
  readonly filters: Filters
  readonly sort: Sort | undefined
  readonly page: PageRequest
  /** A cursor is valid only for the client that received it. */
  readonly actor: string
  /** A cursor continues only the query as the client wrote it. */
  readonly queryText: { readonly filter: string | undefined; readonly sortBy: string | undefined }
  readonly signal?: () => AbortSignal | undefined
}

export type ListResult = {
  readonly page: readonly StoredResource[]
  readonly total?: number | undefined
  readonly next?: string | undefined
  readonly previous?: string | undefined
  readonly filter: BoundFilter | undefined
}

type ListDeps = { readonly store: ResourceStore; readonly orders: KeptOrders; readonly cursors: Cursors }

/** A query on a resource type's endpoint or on the root (RFC 7644 §3.4.2), a page by index or by cursor. */
export const createList = (deps: ListDeps) => {
  const { store } = deps
  const walk = createWalker(deps)
  const listPage = (
    { tenant, types, now }: ListCall,
    query: ListRequest,
  ): MaybePromise<Omit<ListResult, 'filter'>> => {
    const { page } = query
    const listQuery = toListQuery(types, query)
    const looksForGroups = showsGroups(tenant, 'list')
    if (page.by === 'index') {
      const { typeQueries, order, signal } = listQuery
      const { offset, count, total } = page
      const slice = { by: 'index', offset, count } as const
      return store.list(tenant.key, { typeQueries, order, signal, slice, total, looksForGroups })
    }
    const { cursor, ...paging } = tenant.profile.features.paging
    if (!cursor) throw errors.internal()
    const plan = {
      listQuery,
      hashes: queryHashes(types, query),
      owner: { tenant: tenant.key, actor: query.actor },
      now,
      paging: { ...cursor, defaultCount: paging.defaultCount },
    }
    return walk(plan, page)
  }
  return (call: ListCall, query: ListRequest): MaybePromise<ListResult> => {
    const { filters } = query
    const [type] = call.types
    const filter = type && filters.get(type)
    const isChecked = call.tenant.profile.requests.unknownMemberInFilter === 'not-found'
    return whenDone(isChecked ? requireRelated(store, call, filters) : undefined, () =>
      whenDone(listPage(call, query), ({ page, total, next, previous }) => ({
        page,
        total,
        next,
        previous,
        filter,
      })),
    )
  }
}

function toListQuery(types: readonly ResourceType[], { filters, sort, signal }: ListRequest): ListQuery {
  const typeQueries: TypeQuery[] = []
  for (const type of types) {
    const filter = filters.get(type) ?? matchAll
    const isWhole = isConstant(filter)
    if (isWhole && filter.kind === 'or') continue
    const sortBy = sort?.paths.get(type.name)
    typeQueries.push({ type: type.name, filter: isWhole ? undefined : filter, sortBy })
  }
  return { typeQueries, order: sort?.order, signal }
}

const queryHashes = (types: readonly ResourceType[], { queryText, sort }: ListRequest) => ({
  endpoint: shortHash(types.map(({ name }) => name).join(' ')),
  filter: shortHash(queryText.filter ?? ''),
  sort: shortHash(sort ? `${sort.order} ${queryText.sortBy?.toLowerCase()}` : ''),
})

/** AWS returns 404 if the filter contains an unknown member or group. */
function requireRelated(store: ResourceStore, { tenant }: ListCall, filters: Filters): void | Promise<void> {
  const named: { readonly id: string; readonly types: readonly string[] }[] = []
  for (const [type, filter] of filters) {
    for (const { relation, id } of relatedIn(filter)) named.push({ id, types: relatedTypes(type, relation) })
  }
  return named.length === 0 ? undefined : requireAll(named)

  async function requireAll(resources: typeof named): Promise<void> {
    for (const { id, types } of resources) {
      const found = await store.relatedById(tenant.key, [id])
      const type = found.get(id)?.type
      if (type === undefined || !types.includes(type)) {
        throw errors.noSuchResource(types.join(' or '), id)
      }
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
      return noneRelated
  }
}

const noneRelated: readonly RelatedNode[] = []
