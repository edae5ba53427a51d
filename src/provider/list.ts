import { enforce } from '../profiles/enforce.ts'
import { errors } from '../scim/error.ts'
import type { BoundFilter } from '../scim/filter/bound-filter.ts'
import { parseFilter } from '../scim/filter/parse.ts'
import { readSort } from '../scim/sort.ts'
import type { Found, ResourceStore, Slice } from '../store/resource-store.ts'
import { type Call, typesRelated } from './call.ts'

export type { Slice }

export type ListQuery = {
  readonly parameters: Readonly<Record<string, string>>
  readonly slice: Slice
  /** Whether every match is to be counted. */
  readonly total: boolean
}

export type Listed = { readonly found: Found; readonly filter: BoundFilter | undefined }

/** GET on a resource type's endpoint (RFC 7644 §3.4.2). */
export const createList =
  (store: ResourceStore) =>
  async (call: Call, { parameters, slice, total }: ListQuery): Promise<Listed> => {
    const { type, operation, tenant } = call
    const { rules, reads, limits, offers, unknownMemberInFilter } = tenant.profile
    enforce(rules.operation, { operation, type })
    const text = parameters.filter
    const filter = text === undefined ? undefined : parseFilter(text, type, reads, limits)
    enforce(rules.query, { type, parameters, filter })
    const sort = offers.sort ? readSort([type], parameters.sortBy, parameters.sortOrder, reads) : undefined
    if (filter && unknownMemberInFilter === 'not-found') await demandRelated(store, call, filter)
    const sortBy = sort?.paths.get(type.name)
    const arm = { type: type.name, ...(filter && { filter }), ...(sortBy && { sortBy }) }
    const query = { arms: [arm], ...(sort && { order: sort.order }), slice, total }
    return { found: await store.list(tenant.key, query), filter }
  }

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
