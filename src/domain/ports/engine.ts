import type { Audit } from '../audit/audit.ts'
import type { Faults } from '../faults/fault.ts'
import type { AccessKeyStore } from '../tenants/access-keys.ts'
import type { IssuerStore } from '../tenants/issuers.ts'
import type { OAuthClientStore } from '../tenants/oauth-clients.ts'
import type { TenantStore } from '../tenants/tenant.ts'
import type { AccountAssignments } from './account-assignments.ts'
import type { AnalysisEvents, AnalysisStore, FindingMutes } from './analysis.ts'
import type { ConsoleSessionStore, ConsoleTokenStore } from './console-access.ts'
import type { Compaction } from './database.ts'
import type { Deliveries } from './deliveries.ts'
import type { Directory, Memberships } from './directory.ts'
import type { Journal, Retention } from './journal.ts'
import type { Leader } from './leader.ts'
import type { KeptOrders, ResourceStore } from './resources.ts'
import type { OpenedSessions, Snapshots } from './snapshots.ts'

/**
 * Takes a permit for a request of a tenant, which gets `rate` of each kind per second, such as reads. Returns whether there was
 * one; a promise where instances share the permits.
 */
export type TakePermit = (tenant: number, kind: string, rate: number) => boolean | Promise<boolean>

export interface Engine {
  readonly tenants: TenantStore
  readonly accessKeys: AccessKeyStore
  readonly consoleTokens: ConsoleTokenStore
  readonly consoleSessions: ConsoleSessionStore
  readonly audit: Audit
  readonly oauthClients: OAuthClientStore
  readonly issuers: IssuerStore
  readonly store: ResourceStore
  readonly orders: KeptOrders
  readonly memberships: Memberships
  readonly directory: Directory
  readonly assignments: AccountAssignments
  readonly journal: Journal
  readonly analysis: AnalysisStore
  readonly findingMutes: FindingMutes
  readonly analysisEvents?: AnalysisEvents
  readonly snapshots: Snapshots
  readonly sessions: OpenedSessions
  readonly faults: Faults
  readonly deliveries: Deliveries
  readonly takePermit: TakePermit
  /** Reads of one job that are faster at once than one after the other: one if they occupy the event loop. */
  readonly readsAtOnce: number
  readonly leader: Leader
  /** The key that seals cursors. Restoring a snapshot replaces it, so earlier cursors become invalid. */
  readonly cursorKey: () => Buffer
  /**
   * Deletes users, groups, their history, account assignments, the journal and its analysis, and resets the clock of the tenant with this id, or
   * of all tenants. Returns the ids of the tenants.
   */
  reset(tenant?: string): Promise<readonly string[]>
  /** Absent if the database reuses space by itself. */
  readonly compaction?: Compaction
  /** Milliseconds since 1970, by the clock that all processes over the database share. */
  readonly clock: () => number
  /** Why this process cannot serve requests at present, in one sentence; undefined if it can. */
  unavailable(): string | undefined
  /** Why a load balancer should send this process no requests at present, in one sentence; undefined if it should. */
  unready(): string | undefined
  /** Absent if the data is in memory only. */
  readonly storage?: Storage
  readonly backup?: string
  close(): Promise<void>
}

type Storage = {
  /** For people; it contains no secret. */
  readonly location: string
  size(): Promise<number>
}

export type EngineOptions = {
  readonly retention: Retention
  readonly log: EngineLog
  /** The text that encrypts the secrets of access keys. Without it, SQLite has one in a file, and PostgreSQL no access keys. */
  readonly sealKey?: string | undefined
  readonly onFatal?: (error: Error) => void
}

export type EngineLog = {
  readonly info: (message: string) => void
  readonly warn: (message: string) => void
  readonly error: (error: unknown, message: string) => void
}
