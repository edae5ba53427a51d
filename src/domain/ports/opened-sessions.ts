import type { Declarations } from '../../scim/declare/declarations.ts'
import type { OpenedSession } from '../tenants/opened-session.ts'
import type { Tenant, TenantSettings } from '../tenants/tenant.ts'

/** In the order in which the rows of the tables come. */
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
  readonly session: OpenedSession
  readonly counts: SessionCounts
  /** Called once. Memberships come in the order of joining. */
  rows(): AsyncIterable<SessionRows>
}

/** Sessions that were opened from files. Each is a tenant; `TenantStore.remove` deletes its requests, too. */
export interface OpenedSessions {
  /** Everything or nothing. Throws `TenantError` if the ID is taken, or is that of requests in the journal. */
  open(session: NewSession): Promise<Tenant>
}
