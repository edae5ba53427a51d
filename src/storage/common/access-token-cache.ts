import { LRUCache } from 'lru-cache'
import type { KnownAccessToken } from '../../domain/ports/oauth-clients.ts'
import { type Tenant, tenantNow } from '../../domain/tenants/tenant.ts'
import { hashKey, sameHash } from '../../domain/tenants/tokens.ts'
import type { ClientRegister } from './oauth-client-register.ts'
import { type AccessTokenRow, toIssuedToken } from './oauth-client-rules.ts'

/** The requests that an access token authenticated. */
type TokenUses = { readonly id: string; readonly uses: number; readonly lastUsed?: number }

type CacheOptions = {
  readonly clients: Pick<ClientRegister, 'clientOfRow' | 'hasLiveSecret'>
  readonly tenantWithKey: (key: number) => Tenant | undefined
  /** Milliseconds until a row is read again; without it, rows stay. */
  readonly maxAge?: number
}

const maxTokens = 1000

/** Holds the rows of the access tokens of recent requests. */
export function createAccessTokenCache({ clients, tenantWithKey, maxAge }: CacheOptions) {
  const byId = new Map<string, AccessTokenRow>()
  const byHash = new LRUCache<string, { readonly id: string }>({
    max: maxTokens,
    ...(maxAge !== undefined && { ttl: maxAge }),
    dispose: ({ id }) => void byId.delete(id),
    noDisposeOnSet: true,
  })

  return {
    set(row: AccessTokenRow): void {
      byHash.set(hashKey(row.hash), { id: row.id })
      byId.set(row.id, row)
    },
    /** Compares in constant time. */
    find(hash: Buffer): AccessTokenRow | undefined {
      const held = byHash.get(hashKey(hash))
      const row = held && byId.get(held.id)
      return row && sameHash(row.hash, hash) ? row : undefined
    },
    withId: (id: string): AccessTokenRow | undefined => byId.get(id),
    setRevoked(id: string, at: number): void {
      const row = byId.get(id)
      if (row) byId.set(id, { ...row, revoked_at: at })
    },
    clear: (): void => byHash.clear(),

    uses(id: string): TokenUses | undefined {
      const row = byId.get(id)
      return row && { id, uses: row.uses, ...(row.last_used !== null && { lastUsed: row.last_used }) }
    },
    setUses({ id, uses, lastUsed }: TokenUses): void {
      const row = byId.get(id)
      if (row) byId.set(id, { ...row, uses, last_used: lastUsed ?? row.last_used })
    },
    /** Counts a use. Returns the new number, if the row is held. */
    noteUse(id: string, machine: number): TokenUses | undefined {
      const row = byId.get(id)
      const tenant = row && tenantWithKey(row.tenant)
      if (!tenant) return undefined
      const lastUsed = tenantNow(tenant, machine)
      byId.set(id, { ...row, uses: row.uses + 1, last_used: lastUsed })
      return { id, uses: row.uses + 1, lastUsed }
    },

    /** With its tenant and its client; undefined if these do not exist any more. */
    toKnown(row: AccessTokenRow): KnownAccessToken | undefined {
      const tenant = tenantWithKey(row.tenant)
      const known = clients.clientOfRow(row.client)
      if (!tenant || !known) return undefined
      const hasSecret = row.secret === null || clients.hasLiveSecret(row.secret)
      return {
        tenant,
        token: toIssuedToken(row, known.client.id),
        client: known.client,
        isRevoked: row.revoked_at !== null || known.isDeleted || !hasSecret,
      }
    },
  }
}
