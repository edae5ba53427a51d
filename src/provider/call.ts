import type { OperationName } from '../profiles/profile.ts'
import { subAttributesOf } from '../scim/attribute.ts'
import type { ResourceId } from '../scim/resource.ts'
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
}

export const placeOf = ({ tenant, type }: Call, id: ResourceId): Place => ({
  tenant: tenant.key,
  type: type.name,
  id,
})

export const causeOf = ({ now, exchange }: Call): Cause => ({ now, exchange })

/** Who may be a member of this type's resources: what the `value` of its members refers to. */
export function memberPolicyOf({ type, tenant }: Call): MemberPolicy {
  const members = type.attributes.find(({ relation }) => relation === 'members')
  const types = members && subAttributesOf(members).find(({ refersTo }) => refersTo)?.refersTo
  return { types: types ?? [], unknown: tenant.profile.unknownMembers }
}
