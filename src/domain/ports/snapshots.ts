import type { Declarations } from '../../scim/declare/declarations.ts'
import type { ImportedDirectory } from '../tenants/imported.ts'
import type { OpenedSession, Tenant, TenantSettings } from '../tenants/tenant.ts'

export type Snapshot = {
  readonly id: string
  readonly name: string
  /** Milliseconds since 1970, by the server's clock. */
  readonly created: number
  readonly tenants: readonly {
    readonly id: string
    readonly counts: Readonly<Record<string, number>>
    /** Absent in snapshots of earlier versions. */
    readonly retained?: number
  }[]
  readonly bytes: number
}

export type RestoreResult = {
  readonly tenants: readonly string[]
  /** Ids of tenants in the snapshot that were deleted since, even if another tenant has the id now. */
  readonly skipped: readonly string[]
}

/**
 * Saves and restores the data of all tenants: resources, history, account assignments, settings, declared types and clocks. Tokens
 * and the journal are not included; restoring leaves newer tenants as they are.
 */
export interface Snapshots {
  /** Newest first. */
  list(): Promise<readonly Snapshot[]>
  /** Named by its time unless a name is given. Throws `SnapshotError`. */
  save(name?: string): Promise<Snapshot>
  /** Everything or nothing, between two requests. Throws `SnapshotError`. */
  restore(id: string): Promise<RestoreResult | undefined>
  remove(id: string): Promise<boolean>
}

/** A snapshot can't be saved or restored. `message` describes the reason and the remedy. */
export class SnapshotError extends Error {
  readonly reason: 'limit' | 'unusable' | 'unwritable'
  constructor(reason: 'limit' | 'unusable' | 'unwritable', message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SnapshotError'
    this.reason = reason
  }
}

/** In the order in which the rows of the tables come. */
export const sessionTables = [
  'resources',
  'keys',
  'memberships',
  'versions',
  'membership_events',
  'deleted_resources',
  'last_seen',
  'permission_sets',
  'account_assignments',
  'exchanges',
  'exchange_notes',
  'findings',
  'cycles',
  'setup_steps',
] as const

export type SessionTable = (typeof sessionTables)[number]

export type SessionRow = Readonly<Record<string, string | number | null>>

export type SessionRows = { readonly table: SessionTable; readonly rows: readonly SessionRow[] }

export type SessionCounts = {
  /** Resources, deleted ones included: `key`, `resource_key`, `group_key`, `member_key`, `resource`, `rival` (0 stays 0). */
  readonly resources: number
  readonly moments: number
  /** The lists of exchanges and cycles are sorted newest first. */
  readonly exchanges: number
  readonly cycles: number
}

export type NewSession = {
  readonly id: string
  readonly settings: TenantSettings
  readonly declared: Declarations
  /** Absent for an imported directory that clients may change. */
  readonly session?: OpenedSession
  readonly imported?: ImportedDirectory
  readonly counts: SessionCounts
  /** Called once. Memberships come in the order of joining. */
  rows(): AsyncIterable<SessionRows>
}

/** Sessions that were opened from files. Each is a tenant; `TenantStore.remove` deletes its requests, too. */
export interface OpenedSessions {
  /** Everything or nothing. Throws `TenantError` if the ID is taken, or is that of requests in the journal. */
  open(session: NewSession): Promise<Tenant>
}
