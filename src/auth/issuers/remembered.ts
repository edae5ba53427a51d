import { LRUCache } from 'lru-cache'
import type { Credential } from '../../domain/tenants/credential.ts'
import type { TrustedIssuer } from '../../domain/tenants/issuers.ts'
import type { Access, Tenant } from '../../domain/tenants/tenant.ts'
import { tokenKey } from '../../storage/common/stores/tenants.ts'
import type { VerifiedJwt } from './verify.ts'

export type RememberedJwt = Pick<VerifiedJwt, 'key' | 'keySet' | 'expires'> & {
  readonly issuer: TrustedIssuer
  readonly credential: Credential
  readonly access: Access
}

const maxJwts = 1000
const maxTenants = 1000

/**
 * Verified JWTs by their hashes, for each tenant by itself: verifying a signature takes many times as long as a look-up. They are
 * used until they expire, and no longer than their key is trusted.
 */
export function createRememberedJwts() {
  const tenants = new LRUCache<number, LRUCache<string, RememberedJwt>>({ max: maxTenants })

  return {
    find({ key }: Tenant, text: string, machine: number): RememberedJwt | undefined {
      const found = tenants.get(key)?.get(tokenKey(text))
      const isValid = found && machine < found.expires * 1000 && found.keySet.isTrusted(found.key)
      return isValid ? found : undefined
    },
    add({ key }: Tenant, text: string, remembered: RememberedJwt): void {
      const ofTenant = tenants.get(key) ?? new LRUCache<string, RememberedJwt>({ max: maxJwts })
      tenants.set(key, ofTenant)
      ofTenant.set(tokenKey(text), remembered)
    },
  }
}
