import type { Tenant } from '../tenants/tenant.ts'

/** A muted finding is known, and not worth attention. */
export type FindingMute = {
  readonly finding: string
  readonly reason: string
  /** Absent at a console that requires neither a token nor a sign-in. */
  readonly by?: string
  /** Milliseconds since 1970, by the server's clock. */
  readonly at: number
}

/**
 * The muted findings of tenants. All are held in memory; changes are on disk, and known to all instances over the database, before
 * they are acknowledged. A reset keeps them.
 */
export interface FindingMutes {
  find(tenant: Tenant, finding: string): FindingMute | undefined
  /** Replaces an earlier mute. Throws `TenantError` if the tenant does not exist any more. */
  set(tenant: Tenant, mute: Omit<FindingMute, 'at'>): Promise<FindingMute>
  /** False if the finding is not muted. */
  remove(tenant: Tenant, finding: string): Promise<boolean>
}
