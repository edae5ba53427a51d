import type { OperationName } from '../profiles/profile.ts'
import { subAttributesOf } from '../scim/attribute.ts'
import { checkPrecondition, type Precondition } from '../scim/precondition.ts'
import type { ResourceId, Stored } from '../scim/resource.ts'
import type { ResourceType } from '../scim/resource-types.ts'
import type { Cause, MemberPolicy, Place } from '../store/resource-store.ts'
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
  readonly promised?: Promised
}

/** What a bulk request has promised: its POSTs know their ids before they run, so that they can name each other. */
export type Promised = {
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
export function checkVersion({ precondition }: Call, current: Stored): void {
  if (precondition) checkPrecondition(precondition, current)
}

export const causeOf = ({ now, exchange }: Call): Cause => ({ now, exchange })

/** The names of the types whose resources may stand in this relation to resources of a type. */
export function typesRelated({ attributes }: ResourceType, wanted: 'members' | 'groups'): readonly string[] {
  const attribute = attributes.find(({ relation }) => relation === wanted)
  return (attribute && subAttributesOf(attribute).find(({ refersTo }) => refersTo)?.refersTo) ?? []
}

export const memberPolicyOf = ({ type, tenant, promised }: Call): MemberPolicy => ({
  types: typesRelated(type, 'members'),
  unknown: tenant.profile.unknownMembers,
  ...(promised && { promised: promised.others }),
})
