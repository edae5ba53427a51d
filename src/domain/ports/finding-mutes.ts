import type { Tenant } from '../tenants/tenant.ts'

export type FindingMute = {
  readonly finding: string
  readonly reason: string
  /** Absent at a console that requires neither a token nor a sign-in. */
  readonly by?: string
  /** Milliseconds since 1970, by the server's clock. */
  readonly at: number
}

/** A reset keeps them. Changes are on disk, and known to all instances, before they are acknowledged. */
export interface FindingMutes {
  find(tenant: Tenant, finding: string): FindingMute | undefined
  /** Replaces an earlier mute. Throws `TenantError` if the tenant does not exist any more. */
  set(tenant: Tenant, mute: Omit<FindingMute, 'at'>): Promise<FindingMute>
  remove(tenant: Tenant, finding: string): Promise<boolean>
}
