import type { ResourceId } from '../../scim/resource.ts'
import type { Via } from './resources.ts'

/** A member that joins again has another membership. */
export type Membership = {
  /** Rises in order of joining; unique within a group, never reused, and kept by a restore of a snapshot. */
  readonly key: number
  readonly group: ResourceId
  readonly member: ResourceId
  /** When it joined, in milliseconds since 1970, by the tenant's clock. */
  readonly at: number
  readonly via?: Via
}

export type MembershipScope = {
  readonly tenant: number
  readonly groupType: string
  readonly memberType: string
}

export type MembershipPair = { readonly group: string; readonly member: string }

/** Reads memberships one by one or page by page: the costs don't depend on the size of a group. */
export interface Memberships {
  /** Returns the next memberships of a group or a member after a membership, in order of joining. */
  page(
    scope: MembershipScope,
    side: 'group' | 'member',
    resource: number,
    after: number,
    limit: number,
  ): Promise<readonly Membership[]>
  /** In the order of the pairs; undefined where there is none. */
  between(
    scope: MembershipScope,
    pairs: readonly MembershipPair[],
  ): Promise<readonly (Membership | undefined)[]>
  withKey(scope: MembershipScope, groupPrefix: string, key: number): Promise<readonly Membership[]>
}
