import type { Authentication } from '../ports/tenants.ts'
import { type Refusal, type Tenant, type Token, tenantNow } from '../tenants/tenant.ts'
import {
  createInternalTokens,
  type HeldInternalToken,
  hashToken,
  sameHash,
  tokenEnding,
} from '../tenants/tokens.ts'

/** A token with the hash of its value. Its uses are counted here and written later. */
export type HeldToken = {
  token: Token
  readonly hash: Buffer
  /** By the tenant's clock. */
  deletedAt?: number
}

// Hashes are Map keys as strings with one character per byte: shorter than hexadecimal, and faster to create.
const hashKey = (hash: Buffer) => hash.toString('latin1')

/**
 * Holds the tenants and tokens of the database in memory, and authenticates requests. `used` is called with
 * each token that authenticated a request.
 */
export function createTenantRegister(used: (held: HeldToken) => void) {
  const tenants = new Map<string, Tenant>()
  const tenantsByKey = new Map<number, Tenant>()
  const tokensByHash = new Map<string, HeldToken>()
  const tokensById = new Map<string, HeldToken>()
  // Few other texts end like one of the tokens, so almost none is hashed.
  const endings = new Set<string>()
  const internalTokens = createInternalTokens()

  const refusalOf = (held: HeldToken, owner: Tenant, tenantId: string | undefined, machine: number) => {
    if (tenantId !== undefined && tenantId !== owner.id) return 'other-tenant'
    if (held.deletedAt !== undefined) return 'deleted'
    return tenantNow(owner, machine) >= held.token.expires ? 'expired' : undefined
  }

  // The tenant of the URL takes precedence: its users expect the rejected request in their journal.
  const refused = (refusal: Refusal, tenantId: string | undefined, held?: HeldToken): Authentication => {
    const tenant = tenants.get(tenantId ?? '') ?? tenantsByKey.get(held?.token.tenant ?? 0)
    return { refusal, ...(tenant && { tenant }), ...(held && { token: held.token }) }
  }

  const authenticateInternalToken = (
    { tenant: id, grant }: HeldInternalToken,
    tenantId: string | undefined,
  ): Authentication => {
    const tenant = tenants.get(id)
    if (!tenant) return refused('unknown', tenantId)
    return tenantId === undefined || tenantId === id ? { tenant, grant } : refused('other-tenant', tenantId)
  }

  return {
    openInternalToken: internalTokens.open,
    list: (): readonly Tenant[] => [...tenants.values()],
    find: (id: string): Tenant | undefined => tenants.get(id),

    setTenant(tenant: Tenant): void {
      tenants.set(tenant.id, tenant)
      tenantsByKey.set(tenant.key, tenant)
    },

    removeTenant(tenant: Tenant): void {
      tenants.delete(tenant.id)
      tenantsByKey.delete(tenant.key)
      for (const held of tokensById.values()) {
        if (held.token.tenant !== tenant.key) continue
        tokensById.delete(held.token.id)
        tokensByHash.delete(hashKey(held.hash))
      }
    },

    setToken(held: HeldToken): void {
      tokensByHash.set(hashKey(held.hash), held)
      tokensById.set(held.token.id, held)
      endings.add(held.token.ending)
    },

    /** Whether the text is the value of a token, deleted ones included. */
    isToken: (text: string): boolean =>
      endings.has(tokenEnding(text)) && tokensByHash.has(hashKey(hashToken(text))),

    /** Tokens that aren't deleted, in order of creation. */
    tokensOf: (tenant: Tenant): readonly HeldToken[] =>
      [...tokensById.values()].filter(
        ({ token, deletedAt }) => token.tenant === tenant.key && deletedAt === undefined,
      ),

    admit(text: string | undefined, tenantId: string | undefined, machine: number): Authentication {
      if (!text) return refused('missing', tenantId)
      const hash = hashToken(text)
      const held = tokensByHash.get(hashKey(hash))
      if (!held || !sameHash(held.hash, hash)) {
        const internalToken = internalTokens.find(hash)
        return internalToken
          ? authenticateInternalToken(internalToken, tenantId)
          : refused('unknown', tenantId)
      }
      const tenant = tenantsByKey.get(held.token.tenant)
      if (!tenant) return refused('unknown', tenantId)
      const refusal = refusalOf(held, tenant, tenantId, machine)
      if (refusal) return refused(refusal, tenantId, held)
      held.token = { ...held.token, lastUsed: tenantNow(tenant, machine), uses: held.token.uses + 1 }
      used(held)
      return { tenant, token: held.token }
    },
  }
}
