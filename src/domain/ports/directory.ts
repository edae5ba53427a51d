import type { PreparedResource, RelatedResource, ResourceId } from '../../scim/resource.ts'
import type { IdentitySort, IdentityStatus } from '../contract/identities.ts'
import type { StaleReason } from '../contract/stale.ts'
import type { MaybePromise } from '../event-loop/maybe-promise.ts'
import type { Via } from './resources.ts'

export type Page<Item> = { readonly items: readonly Item[]; readonly next?: string }
export type PageRequest = { readonly limit: number; readonly cursor?: string }

/** For searches that may take long. They throw `BusyError` if too many of them wait. */
export type Search = PageRequest & {
  readonly signal?: AbortSignal
}

export type { StaleReason }
export type Status = IdentityStatus

export type Identity = {
  readonly key: number
  readonly type: string
  readonly id: string
  readonly status: Status
  readonly label: string
  readonly display: string
  /** The last document, as in `StoredResource.document`; absent once removed. */
  readonly document?: string
  readonly versions: number
  /** Milliseconds since 1970, by the tenant's clock: creation, last change, and last request about it. */
  readonly firstSeen: number
  readonly lastWritten: number
  readonly lastSeen: number
  readonly groups: readonly RelatedResource[]
  readonly origin?: string
  readonly deleted?: { readonly at: number; readonly exchange?: string }
  readonly predecessor?: string
  readonly successor?: string
}

export type IdentityQuery = Search & {
  readonly status?: Status | 'deleted'
  readonly text?: string
  /** By default, newest first. Not for an earlier time. */
  readonly sort?: IdentitySort
}

export type PointInTime = {
  /** Milliseconds since 1970, by the tenant's clock. */
  readonly at: number
  /** Reads label, display name and state from a document of a type; undefined if the type no longer exists. */
  readonly readDocument: (
    type: string,
    document: string,
  ) => Pick<PreparedResource, 'label' | 'display' | 'enabled'> | undefined
}

/** Resources that did not exist then are left out; those purged since are included. Newest first. */
export interface HistoryView {
  identities(tenant: number, type: string, then: PointInTime, query: IdentityQuery): Promise<Page<Identity>>
  identity(tenant: number, type: string, id: string, then: PointInTime): Promise<Identity | undefined>
  members(
    tenant: number,
    type: string,
    id: string,
    then: PointInTime,
    page: PageRequest,
  ): Promise<Page<Member> | undefined>
}

export type Member = RelatedResource & {
  /** Milliseconds since 1970, by the tenant's clock. */
  readonly joined: number
  readonly exchange?: string
  readonly via?: Via
}

/** The changes between two moments, in intervals of equal length, earliest first. Milliseconds since 1970. */
export type Timeline = {
  readonly from: number
  readonly until: number
  readonly intervals: readonly TimelineInterval[]
  readonly before?: number
  readonly after?: number
}

export type TimelineInterval = { readonly changes: number; readonly last?: number }

export type TimelineQuery = {
  /** By default, the first resource. */
  readonly from?: number
  /** At most `now`, and by default `now`. */
  readonly until?: number
  readonly now: number
  readonly parts: number
  readonly signal?: AbortSignal
}

export type StaleIdentity = Identity & { readonly reasons: readonly StaleReason[] }

export type StaleQuery = Search & {
  /** Identities with no request about them since then are inactive. Milliseconds since 1970. */
  readonly inactiveSince: number
  readonly reason?: StaleReason
  readonly references: readonly string[]
  readonly containers: readonly string[]
}

export type StaleCounts = Readonly<Record<StaleReason | 'any', number>>

export type StaleCountQuery = Omit<StaleQuery, 'reason' | 'limit' | 'cursor'>

/** What created a resource and what changed it last; each absent for SCIM and the console. */
export type Authors = { readonly created?: Via; readonly changed?: Via }

export type ResourceCounts = Readonly<Record<string, Readonly<Record<Status, number>>>>

export type PurgeCandidate = Pick<Identity, 'id' | 'type' | 'label' | 'deleted' | 'groups'>

/** Includes deleted resources and history. Newest first. */
export interface Directory {
  readonly effects: ExchangeEffects
  identities(tenant: number, type: string, query: IdentityQuery): Promise<Page<Identity>>
  identity(tenant: number, type: string, id: string): Promise<Identity | undefined>
  members(tenant: number, type: string, id: string, page: PageRequest): Promise<Page<Member> | undefined>
  /** Counted in an index. Groups without members are left out. */
  memberCounts(
    tenant: number,
    groups: readonly number[],
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<number, number>>
  history(
    tenant: number,
    type: string,
    id: string,
    page: PageRequest,
  ): Promise<Page<HistoryEntry> | undefined>
  documentChanges(
    tenant: number,
    type: string,
    id: string,
    limit: number,
    signal?: AbortSignal,
  ): Promise<readonly DocumentRevision[] | undefined>
  /** Each key is one look-up, whatever the length of the history. */
  authors(tenant: number, keys: readonly number[]): Promise<ReadonlyMap<number, Authors>>
  /**
   * When members of a group joined it last until a moment, in milliseconds since 1970 by the tenant's clock. Group and members
   * are named by keys.
   */
  joined(
    tenant: number,
    group: number,
    members: readonly number[],
    until: number,
  ): Promise<ReadonlyMap<number, number>>
  timeline(tenant: number, query: TimelineQuery): Promise<Timeline>
  /**
   * From when on the history of a tenant is complete, in milliseconds since 1970 by its clock; undefined if all of it is kept. Reads of
   * earlier times return wrong results.
   */
  historySince(tenant: number): MaybePromise<number | undefined>
  /**
   * Deletes history until the start that was set last, in small portions, and sets a later one: requests that began before that have
   * ended when the next call deletes. What the state at the start consists of remains.
   */
  pruneHistory(tenants: readonly number[], before: number): Promise<void>
  readonly historyView: HistoryView
  stale(tenant: number, query: StaleQuery): Promise<Page<StaleIdentity>>
  staleCounts(tenant: number, query: StaleCountQuery): Promise<StaleCounts>
  purge(tenant: number, now: number, ids: readonly string[] | 'all'): Promise<readonly string[]>
  purgeable(
    tenant: number,
    ids: readonly string[] | 'all',
    limit: number,
  ): Promise<{ readonly ids: readonly string[]; readonly records: readonly PurgeCandidate[] }>
  /**
   * Whether a resource of the type has a value at this path of names; with an empty path, whether there is
   * any resource. Reads each of them if none has: for administrators who change a type, not for clients.
   */
  hasValue(tenant: number, type: string, path: readonly string[]): Promise<boolean>
  counts(tenants: readonly number[]): Promise<readonly ResourceCounts[]>
  /**
   * Records that a client sent a request about the resource with this key. Returns at once, whatever the engine: the times wait in
   * memory for a later write, and a crash loses those of the last moments.
   */
  recordSeen(tenant: number, key: number, at: number): void
  /** The label of a resource, deleted ones included; undefined if there never was one. */
  findLabel(tenant: number, type: string, id: string): string | undefined | Promise<string | undefined>
}

export type HistoryEntry =
  | {
      readonly kind: 'version'
      readonly version: number
      readonly action: 'created' | 'changed' | 'deleted' | 'purged'
      readonly at: number
      readonly exchange?: string
      readonly via?: Via
      readonly document?: string
      /** Absent for a creation. */
      readonly before?: string
    }
  | {
      readonly kind: 'membership'
      readonly event: 'added' | 'removed'
      readonly at: number
      readonly exchange?: string
      readonly via?: Via
      readonly group: RelatedResource
      readonly member: RelatedResource
    }

export type DocumentRevision = {
  readonly version: number
  readonly at: number
  readonly exchange?: string
  readonly via?: Via
  readonly document: string
  readonly before?: string
}

/** A moment as the point before an exchange: the ids of exchanges rise in order of arrival. */
export type ExchangeMoment = {
  readonly exchange: string
  /** The tenant's time, in milliseconds since 1970: for changes that no exchange made. */
  readonly at: number
}

export type PastResource = {
  readonly key: number
  readonly id: string
  readonly type: string
  readonly version: number
  readonly document: string
  /** Milliseconds since 1970, by the tenant's clock. */
  readonly created: number
  readonly lastModified: number
}

export type AffectedResource = {
  readonly type: string
  readonly id: string
  readonly label: string
  readonly before?: PastResource
  /** The last version by the exchange; the document is absent for a deletion. */
  readonly after: { readonly version: number; readonly document?: string }
}

export type MembershipEvent = Extract<HistoryEntry, { kind: 'membership' }>

/** All changes by an exchange: its target first, and memberships in their order. */
export type ExchangeEffect = {
  readonly resources: readonly AffectedResource[]
  readonly memberships: readonly MembershipEvent[]
}

export interface ExchangeEffects {
  causedBy(tenant: number, type: string, id: string, moment: ExchangeMoment): Promise<ExchangeEffect>
  stateBefore(
    tenant: number,
    type: string,
    id: string,
    moment: ExchangeMoment,
  ): Promise<PastResource | undefined>
  typesBefore(
    tenant: number,
    ids: readonly string[],
    moment: ExchangeMoment,
  ): Promise<ReadonlyMap<string, string>>
  /**
   * The resources that have a key now, in their state before the exchange. Resources that had the key then,
   * but were deleted or lost it since, are left out. `attribute` and `value` are as in `LookupKey`.
   */
  holdersBefore(
    tenant: number,
    type: string,
    key: { readonly attribute: string; readonly value: string },
    moment: ExchangeMoment,
  ): Promise<readonly PastResource[]>
}

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
  /** The membership with this ID at AWS, if it was imported. */
  withImportedId(scope: MembershipScope, id: string): Promise<Membership | undefined>
}
