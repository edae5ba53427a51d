import type { PreparedResource, RelatedResource } from '../scim/resource.ts'
import type { DocumentRevision, ExchangeEffects, HistoryEntry } from './history.ts'

/** Some of many, and where the others go on. */
export type Page<Item> = { readonly items: readonly Item[]; readonly next?: string }
export type PageRequest = { readonly limit: number; readonly cursor?: string }

/** `removed`: deleted under the policy `remove`, or purged; nothing but history is left of it. */
export type Status = 'active' | 'disabled' | 'retained' | 'removed'

/** An identity as people look at it: also one that its client has deleted. */
export type Identity = {
  readonly key: number
  readonly type: string
  readonly id: string
  readonly status: Status
  readonly label: string
  readonly display: string
  /** The last state, as in `Stored.document`; absent once removed. */
  readonly document?: string
  /** The number of versions. */
  readonly versions: number
  /** Milliseconds since 1970, by the tenant's clock: the creation, the last change, the last request about it. */
  readonly firstSeen: number
  readonly lastWritten: number
  readonly lastSeen: number
  /** The groups it is in, or was in when it was deleted. */
  readonly groups: readonly RelatedResource[]
  /** The exchange that made it. */
  readonly origin?: string
  /** When the client deleted it, and in which exchange. */
  readonly deleted?: { readonly at: number; readonly exchange?: string }
  /** The earlier identity with the same label, and the later one. */
  readonly predecessor?: string
  readonly successor?: string
}

export type IdentityQuery = PageRequest & {
  readonly status?: Status
  /** Part of the label or of the display name, whatever the case. */
  readonly text?: string
}

/** A moment of the past, and how what was written then is read. */
export type PointInTime = {
  /** Milliseconds since 1970, by the tenant's clock. */
  readonly at: number
  /** What a document of a type called the resource; undefined for a type that nobody knows any more. */
  readonly readDocument: (
    type: string,
    document: string,
  ) => Pick<PreparedResource, 'label' | 'display' | 'enabled'> | undefined
}

/**
 * The directory as it was. Who didn't exist at that moment, or didn't any more, is left out, so that the others are
 * active or disabled; what has been purged since is shown as it was. Newest first.
 */
export interface HistoryView {
  identities(tenant: number, type: string, then: PointInTime, query: IdentityQuery): Promise<Page<Identity>>
  identity(tenant: number, type: string, id: string, then: PointInTime): Promise<Identity | undefined>
  /** Undefined when there was no such group. */
  members(
    tenant: number,
    type: string,
    id: string,
    then: PointInTime,
    page: PageRequest,
  ): Promise<Page<RelatedResource> | undefined>
}

export type { DocumentRevision, HistoryEntry } from './history.ts'

/** How much happened between two moments, in parts of the same length, the earliest first. */
export type Timeline = { readonly from: number; readonly until: number; readonly changes: readonly number[] }

/**
 * `empty-group`: of a type that has members, and there are none. `replaced`: disabled or retained, and what clients
 * call it by belongs to a later one.
 */
export type StaleReason =
  | 'disabled'
  | 'retained'
  | 'inactive'
  | 'unresolved-reference'
  | 'empty-group'
  | 'replaced'

export type StaleIdentity = Identity & { readonly reasons: readonly StaleReason[] }

export type StaleQuery = PageRequest & {
  /** Identities with no request about them since then are inactive. Milliseconds since 1970. */
  readonly inactiveSince: number
  readonly reason?: StaleReason
  /** Keys' attributes that refer to other resources, as in `Removal.references`. */
  readonly references: readonly string[]
  /** Types whose resources have members. */
  readonly containers: readonly string[]
}

/** A retained record that a purge would take. */
export type PurgeCandidate = Pick<Identity, 'id' | 'type' | 'label' | 'deleted' | 'groups'>

/** The directory as people see it: with what clients deleted, and with what happened. Newest first. */
export interface Directory {
  /** What exchanges changed. */
  readonly effects: ExchangeEffects
  identities(tenant: number, type: string, query: IdentityQuery): Promise<Page<Identity>>
  identity(tenant: number, type: string, id: string): Promise<Identity | undefined>
  members(
    tenant: number,
    type: string,
    id: string,
    page: PageRequest,
  ): Promise<Page<RelatedResource> | undefined>
  history(
    tenant: number,
    type: string,
    id: string,
    page: PageRequest,
  ): Promise<Page<HistoryEntry> | undefined>
  /** The newest versions, so many at most, that changed the document: newest first. */
  documentChanges(
    tenant: number,
    type: string,
    id: string,
    limit: number,
  ): Promise<readonly DocumentRevision[] | undefined>
  /** Versions and membership events of a tenant from its beginning until then. */
  timeline(tenant: number, until: number, parts: number): Promise<Timeline>
  /** The directory as it was at a moment. */
  readonly historyView: HistoryView
  stale(tenant: number, query: StaleQuery): Promise<Page<StaleIdentity>>
  /** Purges retained records: those named, or all of the tenant. Answers the ids that were purged. */
  purge(tenant: number, now: number, ids: readonly string[] | 'all'): Promise<readonly string[]>
  /** What `purge` would take: the ids of all, and the first so many of the records. */
  purgeable(
    tenant: number,
    ids: readonly string[] | 'all',
    limit: number,
  ): Promise<{ readonly ids: readonly string[]; readonly records: readonly PurgeCandidate[] }>
  /**
   * Whether a resource of the type has a value at this path of names; with an empty path, whether there is one at
   * all. A look at each of them when none has: for people who change what a type is, not for clients.
   */
  hasValue(tenant: number, type: string, path: readonly string[]): Promise<boolean>
  /** Resources by type and status. */
  counts(tenant: number): Promise<Readonly<Record<string, Readonly<Record<Status, number>>>>>
  /** Notes that clients asked about these resources; written soon, not at once. */
  recordSeen(keys: readonly number[], at: number): void
  /** What a resource is called by, also one that its client has deleted; undefined for one that never was. */
  findLabel(tenant: number, type: string, id: string): string | undefined
}
