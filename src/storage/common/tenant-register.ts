import type { Authentication } from '../../domain/ports/tenants.ts'
import { type Refusal, type Tenant, type Token, tenantNow } from '../../domain/tenants/tenant.ts'
import {
  createInternalTokens,
  hashKey,
  type InternalTokenRecord,
  tokenEnding,
  tokenKey,
} from '../../domain/tenants/tokens.ts'

/** The uses are counted here and written later. */
export type TokenRecord = {
  token: Token
  readonly hash: Buffer
  /** By the tenant's clock. */
  deletedAt?: number
}

export function createTenantRegister(used: (record: TokenRecord) => void) {
  const tenants = new Map<string, Tenant>()
  const tenantsByKey = new Map<number, Tenant>()
  const tokensByHash = new Map<string, TokenRecord>()
  const tokensById = new Map<string, TokenRecord>()
  // Few other texts end like one of the tokens, so almost none is hashed.
  const endings = new Set<string>()
  const internalTokens = createInternalTokens()

  const refusalOf = (
    record: TokenRecord,
    owner: Tenant,
    tenantId: string | undefined,
    machine: number,
  ): Refusal | undefined => {
    if (tenantId !== undefined && tenantId !== owner.id) return 'other-tenant'
    if (record.deletedAt !== undefined) return 'deleted'
    return tenantNow(owner, machine) >= record.token.expires ? 'expired' : undefined
  }

  // The tenant of the URL takes precedence: its users expect the rejected request in their journal. An opened session has no
  // other requests than those of its file.
  const rejection = (
    refusal: Refusal,
    tenantId: string | undefined,
    record?: TokenRecord,
  ): Authentication => {
    const tenant = tenants.get(tenantId ?? '') ?? tenantsByKey.get(record?.token.tenant ?? 0)
    const isRecorded = tenant && !tenant.session
    return { refusal, ...(isRecorded && { tenant }), ...(record && { token: record.token }) }
  }

  const authenticateInternalToken = (
    { tenant: id, grant }: InternalTokenRecord,
    tenantId: string | undefined,
  ): Authentication => {
    const tenant = tenants.get(id)
    if (!tenant) return rejection('unknown', tenantId)
    return tenantId === undefined || tenantId === id ? { tenant, grant } : rejection('other-tenant', tenantId)
  }

  return {
    openInternalToken: internalTokens.open,
    list: (): readonly Tenant[] => [...tenants.values()],
    find: (id: string): Tenant | undefined => tenants.get(id),

    setTenant(tenant: Tenant): void {
      tenants.set(tenant.id, tenant)
      tenantsByKey.set(tenant.key, tenant)
    },

    clear(): void {
      tenants.clear()
      tenantsByKey.clear()
      tokensByHash.clear()
      tokensById.clear()
      endings.clear()
    },

    removeTenant(tenant: Tenant): void {
      tenants.delete(tenant.id)
      tenantsByKey.delete(tenant.key)
      for (const record of tokensById.values()) {
        if (record.token.tenant !== tenant.key) continue
        tokensById.delete(record.token.id)
        tokensByHash.delete(hashKey(record.hash))
      }
    },

    setToken(record: TokenRecord): void {
      tokensByHash.set(hashKey(record.hash), record)
      tokensById.set(record.token.id, record)
      endings.add(record.token.ending)
    },

    isToken: (text: string): boolean => endings.has(tokenEnding(text)) && tokensByHash.has(tokenKey(text)),

    findByKey: (key: number): Tenant | undefined => tenantsByKey.get(key),

    tokenWithId: (id: string): TokenRecord | undefined => tokensById.get(id),

    tokensOf: (tenant: Tenant): readonly TokenRecord[] =>
      [...tokensById.values()].filter(
        ({ token, deletedAt }) => token.tenant === tenant.key && deletedAt === undefined,
      ),

    refusalOf({ id, tenant }: Token, machine: number): Refusal | undefined {
      const record = tokensById.get(id)
      const owner = tenantsByKey.get(tenant)
      return record && owner ? refusalOf(record, owner, undefined, machine) : 'unknown'
    },

    admit(text: string | undefined, tenantId: string | undefined, machine: number): Authentication {
      if (!text) return rejection('missing', tenantId)
      const key = tokenKey(text)
      const record = tokensByHash.get(key)
      if (!record) {
        const internalToken = internalTokens.find(key)
        return internalToken
          ? authenticateInternalToken(internalToken, tenantId)
          : rejection('unknown', tenantId)
      }
      const tenant = tenantsByKey.get(record.token.tenant)
      if (!tenant) return rejection('unknown', tenantId)
      const refusal = refusalOf(record, tenant, tenantId, machine)
      if (refusal) return rejection(refusal, tenantId, record)
      record.token = { ...record.token, lastUsed: tenantNow(tenant, machine), uses: record.token.uses + 1 }
      used(record)
      return { tenant, token: record.token }
    },
  }
}
