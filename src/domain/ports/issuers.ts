import type { IssuerSettings, TrustedIssuer } from '../tenants/issuers.ts'
import type { Tenant } from '../tenants/tenant.ts'

/** Each request with a JWT needs them in memory. Changes are on disk and known to all before the acknowledgment. */
export interface IssuerStore {
  /** Newest first. Of a tenant whose profile accepts its own access tokens only, they are kept and not in force. */
  list(tenant: Tenant): readonly TrustedIssuer[]
  all(): readonly TrustedIssuer[]
  find(tenant: Tenant, id: string): TrustedIssuer | undefined
  /**
   * Throws `TenantError` if the tenant's profile accepts its own access tokens only, if the settings are invalid, or if the tenant
   * has the maximum number of issuers.
   */
  create(tenant: Tenant, settings: IssuerSettings): Promise<TrustedIssuer>
  /** Replaces the settings. Throws `TenantError` for invalid ones. Undefined if there is no such issuer. */
  update(tenant: Tenant, id: string, settings: IssuerSettings): Promise<TrustedIssuer | undefined>
  remove(tenant: Tenant, id: string): Promise<boolean>
}
