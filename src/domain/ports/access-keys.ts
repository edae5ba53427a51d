import type { AccessKey } from '../tenants/access-keys.ts'
import type { Access, Tenant } from '../tenants/tenant.ts'

/** Options for a new access key. `id` and `secret` are for tests and CI; `access` is full by default. */
export type AccessKeyOptions = {
  readonly id?: string | undefined
  readonly secret?: string | undefined
  readonly access?: Access | undefined
}

export type IssuedAccessKey = { readonly key: AccessKey; readonly secret: string }

/** `secret` is undefined for a deleted key, and if it was sealed with another key than the present one. */
export type FoundAccessKey = {
  readonly tenant: Tenant
  readonly key: AccessKey
  readonly isDeleted: boolean
  readonly secret: string | undefined
}

/**
 * The access keys of tenants for the AWS APIs. All are held in memory; changes are on disk, and known to all instances over
 * the database, before they are acknowledged. Secrets are stored encrypted.
 */
export interface AccessKeyStore {
  /** Keys that aren't deleted, newest first. */
  list(tenant: Tenant): readonly AccessKey[]
  /**
   * Throws `TenantError` if the tenant's profile has no AWS APIs, if the tenant has the maximum number of keys, if the ID is or
   * was a key, or if the server has no key to encrypt secrets with.
   */
  create(tenant: Tenant, options?: AccessKeyOptions): Promise<IssuedAccessKey>
  remove(tenant: Tenant, id: string): Promise<boolean>
  /** The key with this ID, also a deleted one. Counts no use. */
  find(id: string): FoundAccessKey | undefined
  noteUse(id: string, machine: number): void
  unreadable(): readonly string[]
}
