import type { PreparedResource, RelatedResource } from '../../scim/resource.ts'
import type { IdentityStatus } from '../contract/identities.ts'
import type { StaleReason } from '../contract/stale.ts'
import type { DocumentRevision, ExchangeEffects, HistoryEntry } from './history.ts'
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
  readonly status?: Status
  readonly text?: string
  readonly signal?: AbortSignal
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

export type { DocumentRevision, HistoryEntry } from './history.ts'

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
