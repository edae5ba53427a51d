import type { IssuerSettings, TrustedIssuer } from '../tenants/issuers.ts'
import type { Tenant } from '../tenants/tenant.ts'

/**
 * The issuers that tenants trust. All are held in memory, since each request with a JWT needs them; changes are on disk, and known
 * to all instances over the database, before they are acknowledged.
 */
export interface IssuerStore {
  /** Newest first. Of a tenant whose profile accepts its own access tokens only, they are kept and not in force. */
  list(tenant: Tenant): readonly TrustedIssuer[]
  /** Of all tenants. */
  all(): readonly TrustedIssuer[]
  find(tenant: Tenant, id: string): TrustedIssuer | undefined
  /**
   * Throws `TenantError` if the tenant's profile accepts its own access tokens only, if the settings are invalid, or if the tenant
   * has the maximum number of issuers.
   */
  create(tenant: Tenant, settings: IssuerSettings): Promise<TrustedIssuer>
  /** Replaces the settings. Throws `TenantError` for invalid ones. Undefined if there is no such issuer. */
  update(tenant: Tenant, id: string, settings: IssuerSettings): Promise<TrustedIssuer | undefined>
  /** JWTs of the issuer are rejected from now on. False if there is no such issuer. */
  remove(tenant: Tenant, id: string): Promise<boolean>
}
