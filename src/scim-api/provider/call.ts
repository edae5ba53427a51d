import type { Via } from '../../domain/ports/resources.ts'
import type { Tenant } from '../../domain/tenants/tenant.ts'
import type { OperationName } from '../../profiles/profile.ts'
import type { Precondition, ResourceId } from '../../scim/resource.ts'
import type { ResourceType } from '../../scim/resource-types.ts'

export type Call = {
  readonly tenant: Tenant
  readonly type: ResourceType
  readonly operation: OperationName
  /** The tenant's time in milliseconds since 1970. */
  readonly now: number
  readonly exchange: string
  readonly via?: Via
  /** The versions that the request is for; absent if the profile does not support versions. */
  readonly precondition?: Precondition | undefined
  readonly reserved?: ReservedIds | undefined
  readonly bodyBytes?: number | undefined
}

/** IDs that a bulk request reserves for its POSTs before they run, so that they can refer to each other. */
export type ReservedIds = {
  readonly id: ResourceId
  readonly awaited: boolean
  readonly others: ReadonlyMap<string, string>
}
