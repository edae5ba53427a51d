import type { AttributePath } from '../scim/attribute.ts'
import type { BoundFilter } from '../scim/filter/bound-filter.ts'
import type { MembershipEdit } from '../scim/patch/operation.ts'
import type {
  PreparedResource,
  RelatedResource,
  ResourceId,
  StoredResource,
  StoredWithSecrets,
} from '../scim/resource.ts'
import type { SortOrder } from '../scim/sorting.ts'

export type Place = { readonly tenant: number; readonly type: string; readonly id: ResourceId }

/** When and by what something changes; both go into the history. */
export type Cause = {
  /** The tenant's time, in milliseconds since 1970. */
  readonly now: number
  /** The id of the exchange that asked for it; absent for the console's own changes. */
  readonly exchange?: string
}

/** Who may be a member, and what becomes of a member id that names nobody. */
export type MemberPolicy = {
  readonly types: readonly string[]
  readonly unknown: 'refuse' | 'keep'
  /** Ids that nobody has yet and that are promised, each to a resource of this type. */
  readonly promised?: ReadonlyMap<string, string>
}

export type Draft = {
  readonly next: PreparedResource
  readonly memberships: readonly MembershipEdit[]
  readonly members: MemberPolicy
  /** Its id was promised, so that it may be a member already of what came before it. */
  readonly awaited?: boolean
}

/** Pure and synchronous: it runs inside the transaction. What it throws rolls back this change alone. */
export type Change = (current: StoredWithSecrets) => Draft

export type Written = StoredResource & {
  /** False when nothing differed: no new version, `lastModified` as it was. */
  readonly changed: boolean
  /** Memberships that came and that went. */
  readonly added: number
  readonly removed: number
}

/** A query for the resources of one type. */
export type TypeQuery = {
  readonly type: string
  readonly filter?: BoundFilter
  /** Of what the list is sorted by; absent where the type lacks that attribute. */
  readonly sortBy?: AttributePath
}

/** Which resources, each type once, and in which order; without one it is the order of creation. */
export type ListQuery = { readonly typeQueries: readonly TypeQuery[]; readonly order?: SortOrder }

export type Slice =
  /** `offset` counts from 0. */
  | { readonly by: 'index'; readonly offset: number; readonly count: number }
  /** The next ones whose key is greater, or the last ones whose key is less; of what isn't sorted. */
  | { readonly by: 'after' | 'before'; readonly key: number; readonly count: number }

export type PageQuery = ListQuery & {
  readonly slice: Slice
  /** Counting every match costs a look at every match; ask only when it is shown. */
  readonly total: boolean
}

export type FoundPage = {
  readonly page: readonly StoredResource[]
  /** Every match, not only the page's; absent when it wasn't asked for. */
  readonly total?: number
  /** Whether there are others beyond the page, in the direction of the slice. */
  readonly hasMore: boolean
}

export type Removal = {
  /** Runs inside the transaction; what it throws keeps the resource. */
  readonly check?: (current: StoredResource) => void
  /** `retain` keeps a disabled record for people to see and purge; `remove` keeps nothing but history. */
  readonly onDelete: 'retain' | 'remove'
  /** Takes the deleted id out of a resource that refers to it; absent where such references stay. */
  readonly removeReference?: (referrer: StoredWithSecrets, id: ResourceId) => PreparedResource
  /** The keys' attributes under which resources refer to others (`urn:…:User:manager.value`). */
  readonly references: readonly string[]
}

/**
 * Where users and groups live. It stores and finds; it decides nothing about SCIM. Every change writes its
 * version and its membership events in the same transaction, and is acknowledged once it is on disk.
 * Every adapter passes test/contract/resource-store.ts.
 */
export interface ResourceStore {
  /**
   * Throws `uniqueness` when one of the exclusive keys is held by another resource of the type,
   * `quotaExceeded` when the tenant has `limit` resources of it, `noSuchMember` for a member that may not be.
   */
  insert(place: Place, cause: Cause, draft: Draft, limit: number): Promise<Written>
  find(place: Place): Promise<StoredResource | undefined>
  /** The hashes of a resource's secrets, as in `Prepared`; undefined when it has none. */
  secrets(place: Place): Promise<string | undefined>
  /** A page is in the order of the list, from wherever it was sliced. */
  list(tenant: number, query: PageQuery): Promise<FoundPage>
  /** The keys of all matches, in order. */
  orderedKeys(tenant: number, query: ListQuery): Promise<Float64Array>
  /** The resources with these keys, in the same order; those that don't exist are missing. */
  findByKeys(tenant: number, keys: readonly number[]): Promise<readonly StoredResource[]>
  /**
   * Runs `change` on the stored resource inside one transaction; if it throws, nothing is written and the error
   * passes through. Version and `lastModified` move only if document or secrets differ or a membership comes or goes
   * (RFC 7644 §3.5.2.1). Answers undefined when there is no such resource.
   */
  update(place: Place, cause: Cause, change: Change): Promise<Written | undefined>
  /** False when there is no such resource. Its memberships go with it, in both directions. */
  remove(place: Place, cause: Cause, removal: Removal): Promise<boolean>
  /**
   * The members of groups, or the groups of members: one list for each key asked about, in order of joining. With the
   * reach `nested`, the groups of a member end with up to 100 that it is in through other groups, the nearest first.
   */
  related(
    relation: 'members' | 'groups',
    keys: readonly number[],
    reach?: 'direct' | 'nested',
  ): Promise<ReadonlyMap<number, readonly RelatedResource[]>>
  /** What is known of the resources with these ids; those that don't exist are missing. */
  relatedById(tenant: number, ids: readonly string[]): Promise<ReadonlyMap<string, RelatedResource>>
}
