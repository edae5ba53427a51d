import type { Cause, MemberPolicy, Place, Via } from '../../domain/ports/resources.ts'
import type { Tenant } from '../../domain/tenants/tenant.ts'
import type { OperationName } from '../../profiles/profile.ts'
import { subAttributesOf } from '../../scim/attribute.ts'
import { checkPrecondition, type Precondition } from '../../scim/etag.ts'
import type { ResourceId, StoredResource } from '../../scim/resource.ts'
import type { ResourceType } from '../../scim/resource-types.ts'

/** The context of an operation: tenant, type, time and request. */
export type Call = {
  readonly tenant: Tenant
  readonly type: ResourceType
  readonly operation: OperationName
  /** The tenant's time in milliseconds since 1970. */
  readonly now: number
  /** The ID of the exchange. */
  readonly exchange: string
  /** The API that requests it, if it is not SCIM. */
  readonly via?: Via
  /** The versions that the request is for; absent if the profile does not support versions. */
  readonly precondition?: Precondition | undefined
  /** For a POST within a bulk request. */
  readonly reserved?: ReservedIds | undefined
  /** The length of the request's body; undefined if it is not known. */
  readonly bodyBytes?: number | undefined
}

/** IDs that a bulk request reserves for its POSTs before they run, so that they can refer to each other. */
export type ReservedIds = {
  /** The ID for this POST. */
  readonly id: ResourceId
  /** Whether an earlier operation refers to this ID. */
  readonly awaited: boolean
  /** The IDs, with their types, that this POST refers to and that later operations create. */
  readonly others: ReadonlyMap<string, string>
}

export const placeOf = ({ tenant, type }: Call, id: ResourceId): Place => ({
  tenant: tenant.key,
  type: type.name,
  id,
})

/** Whether the representation of a resource shows its groups. */
export const showsGroups = ({ profile }: Tenant, operation: OperationName): boolean =>
  profile.responses.relation('groups', operation) === 'rows'

/** Must be called within the transaction, so that the resource cannot change in between. */
export function checkVersion({ precondition }: Call, current: StoredResource): void {
  if (precondition) checkPrecondition(precondition, current)
}

export const causeOf = ({ now, exchange, via }: Call): Cause => ({ now, exchange, ...(via && { via }) })

/** The names of the types that a relation of a type may refer to. */
export function relatedTypes({ attributes }: ResourceType, name: 'members' | 'groups'): readonly string[] {
  const attribute = attributes.find(({ relation }) => relation === name)
  return (attribute && subAttributesOf(attribute).find(({ refersTo }) => refersTo)?.refersTo) ?? []
}

export const memberPolicyOf = ({ type, tenant, reserved }: Call): MemberPolicy => ({
  types: relatedTypes(type, 'members'),
  unknown: tenant.profile.requests.unknownMembers,
  ...(reserved && { promised: reserved.others }),
})
