import type { Declarations } from '../../scim/declare/declarations.ts'
import type { OpenedSession } from '../tenants/opened-session.ts'
import type { Tenant, TenantSettings } from '../tenants/tenant.ts'

/** The tables of a session, in the order in which their rows come. */
export const sessionTables = [
  'resources',
  'keys',
  'memberships',
  'versions',
  'membership_events',
  'deleted_resources',
  'last_seen',
  'exchanges',
  'exchange_notes',
  'findings',
  'cycles',
  'setup_steps',
] as const

export type SessionTable = (typeof sessionTables)[number]

/** A row by its columns. JSON is a text. */
export type SessionRow = Readonly<Record<string, string | number | null>>

/** Rows of one table, without the key of the tenant. */
export type SessionRows = { readonly table: SessionTable; readonly rows: readonly SessionRow[] }

/** The numbers of rows that get numbers of the database in place of those of the session, which count from 1. */
export type SessionCounts = {
  /** Resources, deleted ones included: `key`, `resource_key`, `group_key`, `member_key`, `resource`, `rival` (0 stays 0). */
  readonly resources: number
  /** Versions and membership events together: `moment`, and `key` of memberships. */
  readonly moments: number
  /** Of the journal; both lists come newest first. */
  readonly exchanges: number
  readonly cycles: number
}

/** A session that is ready to be stored. */
export type NewSession = {
  /** The id of the new tenant. */
  readonly id: string
  readonly settings: TenantSettings
  readonly declared: Declarations
  readonly session: OpenedSession
  readonly counts: SessionCounts
  /** Called once. Memberships come in the order of joining. */
  rows(): AsyncIterable<SessionRows>
}

/** Sessions that were opened from files. Each is a tenant; `TenantStore.remove` deletes its requests, too. */
export interface OpenedSessions {
  /**
   * Stores a session with its tenant: everything or nothing. Throws `TenantError` if the id is taken, is no id of a tenant, or is
   * that of requests in the journal.
   */
  open(session: NewSession): Promise<Tenant>
}
