import type { Related } from '../scim/resource.ts'
import type { Effects } from './effects.ts'
import type { DocumentChange, HistoryEntry } from './history-entry.ts'
import type { Identity, IdentityQuery, Status } from './identity.ts'
import type { Page, PageRequest } from './page.ts'
import type { Past } from './past.ts'

export type { DocumentChange, HistoryEntry } from './history-entry.ts'
export type { Identity, IdentityQuery, Status } from './identity.ts'
export type { Page, PageRequest } from './page.ts'
export type { Past, Then } from './past.ts'

/** How much happened between two moments, in parts of the same length, the earliest first. */
export type Timeline = { readonly from: number; readonly until: number; readonly changes: readonly number[] }

/**
 * `empty-group`: of a type that has members, and there are none. `replaced`: disabled or retained, and what clients
 * call it by belongs to a later one.
 */
export type StaleReason =
  | 'disabled'
  | 'retained'
  | 'silent'
  | 'unresolved-reference'
  | 'empty-group'
  | 'replaced'

export type StaleIdentity = Identity & { readonly reasons: readonly StaleReason[] }

export type StaleQuery = PageRequest & {
  /** Identities with no request about them since then are silent. Milliseconds since 1970. */
  readonly silentSince: number
  readonly reason?: StaleReason
  /** Keys' attributes that refer to other resources, as in `Removal.references`. */
  readonly references: readonly string[]
  /** Types whose resources have members. */
  readonly containers: readonly string[]
}

/** A retained record that a purge would take. */
export type Purgeable = Pick<Identity, 'id' | 'type' | 'label' | 'deleted' | 'groups'>

/** The directory as people see it: with what clients deleted, and with what happened. Newest first. */
export interface Directory {
  /** What exchanges changed. */
  readonly effects: Effects
  identities(tenant: number, type: string, query: IdentityQuery): Promise<Page<Identity>>
  identity(tenant: number, type: string, id: string): Promise<Identity | undefined>
  members(tenant: number, type: string, id: string, page: PageRequest): Promise<Page<Related> | undefined>
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
  ): Promise<readonly DocumentChange[] | undefined>
  /** Versions and membership events of a tenant from its beginning until then. */
  timeline(tenant: number, until: number, parts: number): Promise<Timeline>
  /** The directory as it was at a moment. */
  readonly past: Past
  stale(tenant: number, query: StaleQuery): Promise<Page<StaleIdentity>>
  /** Purges retained records: those named, or all of the tenant. Answers the ids that were purged. */
  purge(tenant: number, now: number, ids: readonly string[] | 'all'): Promise<readonly string[]>
  /** What `purge` would take: the ids of all, and the first so many of the records. */
  purgeable(
    tenant: number,
    ids: readonly string[] | 'all',
    limit: number,
  ): Promise<{ readonly ids: readonly string[]; readonly records: readonly Purgeable[] }>
  /**
   * Whether a resource of the type has a value at this path of names; with an empty path, whether there is one at
   * all. A look at each of them when none has: for people who change what a type is, not for clients.
   */
  holds(tenant: number, type: string, path: readonly string[]): Promise<boolean>
  /** Resources by type and status. */
  counts(tenant: number): Promise<Readonly<Record<string, Readonly<Record<Status, number>>>>>
  /** Notes that clients asked about these resources; written soon, not at once. */
  seen(keys: readonly number[], at: number): void
  /** What a resource is called by, also one that its client has deleted; undefined for one that never was. */
  labelOf(tenant: number, type: string, id: string): string | undefined
}
