import type { Via } from '../../domain/ports/resources.ts'
import type { Tenant } from '../../domain/tenants/tenant.ts'
import type { OperationName } from '../../profiles/profile.ts'
import type { Precondition } from '../../scim/etag.ts'
import type { ResourceId } from '../../scim/resource.ts'
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
