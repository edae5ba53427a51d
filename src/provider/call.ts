import type { Cause, MemberPolicy, Place } from '../ports/resources.ts'
import type { OperationName } from '../profiles/profile.ts'
import { subAttributesOf } from '../scim/attribute.ts'
import { checkPrecondition, type Precondition } from '../scim/etag.ts'
import type { ResourceId, StoredResource } from '../scim/resource.ts'
import type { ResourceType } from '../scim/resource-types.ts'
import type { Tenant } from '../tenants/tenant.ts'

/** Who asks, of which tenant, about which type, and when. */
export type Call = {
  readonly tenant: Tenant
  readonly type: ResourceType
  readonly operation: OperationName
  /** The tenant's time in milliseconds since 1970. */
  readonly now: number
  /** The id of the exchange. */
  readonly exchange: string
  /** Which versions of the resource the request is for; where versions aren't offered, absent. */
  readonly precondition?: Precondition
  /** Of a POST within a bulk request. */
  readonly reserved?: ReservedIds
}

/** What a bulk request has promised: its POSTs know their ids before they run, so that they can name each other. */
export type ReservedIds = {
  /** The id of this one. */
  readonly id: ResourceId
  /** Whether what ran before it names that id. */
  readonly awaited: boolean
  /** Ids that this one names and that are given later, each with the type. */
  readonly others: ReadonlyMap<string, string>
}

export const placeOf = ({ tenant, type }: Call, id: ResourceId): Place => ({
  tenant: tenant.key,
  type: type.name,
  id,
})

/** To be asked inside the transaction, so that nobody changes the resource in between. */
export function checkVersion({ precondition }: Call, current: StoredResource): void {
  if (precondition) checkPrecondition(precondition, current)
}

export const causeOf = ({ now, exchange }: Call): Cause => ({ now, exchange })

/** The names of the types whose resources may stand in this relation to resources of a type. */
export function relatedTypes({ attributes }: ResourceType, wanted: 'members' | 'groups'): readonly string[] {
  const attribute = attributes.find(({ relation }) => relation === wanted)
  return (attribute && subAttributesOf(attribute).find(({ refersTo }) => refersTo)?.refersTo) ?? []
}

export const memberPolicyOf = ({ type, tenant, reserved }: Call): MemberPolicy => ({
  types: relatedTypes(type, 'members'),
  unknown: tenant.profile.requests.unknownMembers,
  ...(reserved && { promised: reserved.others }),
})
