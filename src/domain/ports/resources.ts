import type { AttributePath } from '../../scim/attribute.ts'
import type { BoundFilter } from '../../scim/filter/bound-filter.ts'
import type { MembershipEdit } from '../../scim/patch/elements.ts'
import type {
  PreparedResource,
  RelatedResource,
  ResourceId,
  StoredResource,
  StoredWithSecrets,
} from '../../scim/resource.ts'
import type { SortOrder } from '../../scim/sorting.ts'
import type { MaybePromise } from '../event-loop/maybe-promise.ts'

export type Place = { readonly tenant: number; readonly type: string; readonly id: ResourceId }

/** What requested a change, if it was neither SCIM nor the console. */
export type Via =
  | { readonly api: 'identity-store'; readonly accessKey: string }
  | {
      readonly api: 'import'
      readonly file?: string
      /** `CreatedBy` and `UpdatedBy` of AWS; absent if they were not exported. */
      readonly created?: string
      readonly updated?: string
      /** The `MembershipId` of AWS. */
      readonly membership?: string
    }

export type Cause = {
  /** The tenant's time, in milliseconds since 1970. */
  readonly now: number
  /** Absent for changes by the console. */
  readonly exchange?: string
  readonly via?: Via
}

export type MemberPolicy = {
  readonly types: readonly string[]
  readonly unknown: 'refuse' | 'keep'
  readonly promised?: ReadonlyMap<string, string>
}

/** Removes the membership with this key, but not a later one of the same member. */
export type MembershipRemoval = {
  readonly kind: 'remove-membership'
  readonly member: string
  readonly key: number
}

export type Draft = {
  readonly next: PreparedResource
  readonly memberships: readonly (MembershipEdit | MembershipRemoval)[]
  readonly members: MemberPolicy
  /** The id was reserved, so earlier resources of the request may already have it as a member. */
  readonly awaited?: boolean
}

/**
 * Pure and synchronous: runs inside the transaction, and again if the transaction has to start again. If it throws, only
 * this change is rolled back.
 */
export type Change = (current: StoredWithSecrets) => Draft

export type Written = StoredResource & {
  /** False if nothing differed: no new version, and `lastModified` is unchanged. */
  readonly changed: boolean
  readonly added: number
  readonly removed: number
}

export type TypeQuery = {
  readonly type: string
  readonly filter?: BoundFilter | undefined
  readonly sortBy?: AttributePath | undefined
}

/** Lists each resource once; in order of creation unless `order` is given. */
export type ListQuery = {
  readonly typeQueries: readonly TypeQuery[]
  readonly order?: SortOrder | undefined
  /** Returns what ends the search, which rejects with the signal's reason. Only long searches need it. */
  readonly signal?: (() => AbortSignal | undefined) | undefined
  readonly looksForGroups?: boolean
}

export type Slice =
  /** `offset` counts from 0. */
  | { readonly by: 'index'; readonly offset: number; readonly count: number }
  /** The next matches with greater keys, or the last ones with smaller keys; not for sorted lists. */
  | { readonly by: 'after' | 'before'; readonly key: number; readonly count: number }

export type PageQuery = ListQuery & {
  readonly slice: Slice
  /** Whether to count all matches, which reads each of them; request it only if it is shown. */
  readonly total: boolean
}

export type FoundPage = {
  readonly page: readonly StoredResource[]
  readonly total?: number | undefined
  /** Whether there are more matches beyond the page, in the direction of the slice. */
  readonly hasMore: boolean
}

export type Removal = {
  /** Runs inside the transaction; if it throws, the resource stays. */
  readonly check?: (current: StoredResource) => void
  /** `retain` keeps a disabled record that can be viewed and purged; `remove` keeps only history. */
  readonly onDelete: 'retain' | 'remove'
  /** Account assignments are kept by default. */
  readonly assignments?: 'keep' | 'delete'
  /** Removes the deleted id from a resource that refers to it; absent if references stay. */
  readonly removeReference?: (referrer: StoredWithSecrets, id: ResourceId) => PreparedResource
  readonly references: readonly string[]
}

/**
 * Stores and finds users, groups and other resources; the rules of SCIM are applied above it. Each change
 * writes its version and membership events in the same transaction, and is acknowledged once it is on disk. Reads return
 * their result at once, or throw, if they need not wait.
 * Every adapter passes test/contract/resources.ts.
 */
export interface ResourceStore {
  /**
   * Throws `uniqueness` if another resource of the type has one of the exclusive keys, `quotaExceeded` if the
   * tenant already has `limit` resources of it, and `noSuchMember` for an unacceptable member.
   */
  insert(place: Place, cause: Cause, draft: Draft, limit: number): Promise<Written>
  find(place: Place, looksForGroups?: boolean): MaybePromise<StoredResource | undefined>
  secrets(place: Place): Promise<string | undefined>
  /** The page is in the order of the list, whatever the slice. Throws `BusyError` if too many searches wait. */
  list(tenant: number, query: PageQuery): MaybePromise<FoundPage>
  /** The keys of all matches, in order. Throws `BusyError` as `list` does. */
  orderedKeys(tenant: number, query: ListQuery): Promise<Float64Array>
  /** The resources with these keys, in the same order; those that don't exist are left out. */
  findByKeys(tenant: number, keys: readonly number[]): MaybePromise<readonly StoredResource[]>
  /**
   * Runs `change` on the stored resource inside one transaction; if it throws, nothing is written and the
   * error is passed on. Version and `lastModified` change only if document, secrets or memberships do (RFC
   * 7644 §3.5.2.1). Returns undefined if there is no such resource.
   */
  update(place: Place, cause: Cause, change: Change): Promise<Written | undefined>
  /** False if there is no such resource. Its memberships are removed in both directions. */
  remove(place: Place, cause: Cause, removal: Removal): Promise<boolean>
  /**
   * The members of groups, or the groups of members: one list per key, in order of joining. With the reach
   * `nested`, a member's groups end with up to 100 that contain it through other groups, nearest first. Many
   * members are read in portions, and other requests are served in between.
   */
  related(
    tenant: number,
    relation: 'members' | 'groups',
    keys: readonly number[],
    reach?: 'direct' | 'nested',
  ): MaybePromise<ReadonlyMap<number, readonly RelatedResource[]>>
  relatedOf(
    tenant: number,
    relation: 'members' | 'groups',
    key: number,
    reach?: 'direct' | 'nested',
  ): MaybePromise<readonly RelatedResource[]>
  hasMoreMembers(tenant: number, group: number, count: number): MaybePromise<boolean>
  relatedById(tenant: number, ids: readonly string[]): MaybePromise<ReadonlyMap<string, RelatedResource>>
}

export type KeptOrder = {
  readonly length: number
  readonly first: Float64Array
  readonly id?: number
}

/**
 * Keeps the orders of sorted lists, so that each resource is returned once even if the values that it is sorted by change
 * between two pages. Their number is limited: the least recently used order is dropped first.
 */
export interface KeptOrders {
  /** Keeps the order if there are more matches than `count`. Throws `BusyError` as `list` does. */
  keep(tenant: number, query: ListQuery, count: number): Promise<KeptOrder>
  /** The keys from one place to another, fewer at the end; undefined if the order was dropped. */
  section(id: number, from: number, to: number): Promise<Float64Array | undefined>
}
