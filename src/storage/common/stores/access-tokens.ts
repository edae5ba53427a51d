import { randomUUID } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { type MaybePromise, whenDone } from '../../../domain/event-loop/maybe-promise.ts'
import {
  deadTokenRetention,
  type IssuedToken,
  type KnownAccessToken,
  type KnownClient,
  newAccessTokenText,
  type TokenGrant,
} from '../../../domain/tenants/oauth-clients.ts'
import { type Tenant, type TenantStore, tenantNow } from '../../../domain/tenants/tenant.ts'
import { hashToken, sameHash, tokenEnding } from '../../../domain/tenants/tokens.ts'
import { type HeldTables, heldTable } from '../held-tables.ts'
import { hashKey } from './tenants.ts'

export type AccessTokenRow = Omit<IssuedToken, 'client'> & {
  readonly client: string
  readonly hash: Buffer
}

export const accessTokenTable = heldTable<AccessTokenRow>('access_tokens', {
  id: 'id',
  tenant: 'tenant',
  client: 'client',
  secret: 'secret',
  hash: 'hash',
  ending: 'ending',
  access: 'access',
  scope: 'scope',
  created: 'created',
  expires: 'expires',
  lastUsed: 'last_used',
  uses: 'uses',
  revoked: 'revoked_at',
})

type Revocation = Pick<AccessTokenRow, 'id' | 'tenant' | 'revoked'>

const revocationTable = heldTable<Revocation>('access_tokens', {
  id: 'id',
  tenant: 'tenant',
  revoked: 'revoked_at',
})

/**
 * The statements of an engine. They are no plans: clients ask for tokens at any rate, so on PostgreSQL an insertion does not wait for
 * changes of other tenants, and other instances read the tokens that they do not hold.
 */
export type AccessTokenRows = {
  /** Looks among the tokens of a tenant first, if one is given. */
  find(hash: Buffer, tenant?: number): MaybePromise<AccessTokenRow | undefined>
  /** Newest first, without those that ended before `since`. `client` is the id of a row. */
  list(tenant: number, client: string | undefined, since: number): MaybePromise<readonly AccessTokenRow[]>
  /**
   * Inserts a token, revokes the oldest of its client beyond the maximum, and deletes those that are not recognized any longer. Returns
   * the ids of the revoked ones; undefined if the client or the tenant has been deleted.
   */
  insert(row: AccessTokenRow): Promise<readonly string[] | undefined>
  /** Milliseconds until a token is read again: another instance may have replaced it by newer ones. */
  readonly maxAge?: number
}

type Clients = {
  readonly withRow: (id: string) => KnownClient | undefined
  readonly hasLiveSecret: (id: string) => boolean
}

const maxHeldTokens = 1000

export function createAccessTokens(
  tables: HeldTables,
  { find, list, insert, maxAge }: AccessTokenRows,
  { tenants, clients }: { readonly tenants: Pick<TenantStore, 'findByKey'>; readonly clients: Clients },
) {
  const held = new Map<string, AccessTokenRow>()
  const ids = new LRUCache<string, { readonly id: string }>({
    max: maxHeldTokens,
    ...(maxAge !== undefined && { ttl: maxAge }),
    dispose: ({ id }) => void held.delete(id),
    noDisposeOnSet: true,
  })
  const hold = (row: AccessTokenRow) => {
    ids.set(hashKey(row.hash), { id: row.id })
    held.set(row.id, row)
  }
  const replace = (row: AccessTokenRow) => {
    if (held.has(row.id)) held.set(row.id, row)
  }
  const uses = tables.uses<AccessTokenRow>('access_tokens', { find: id => held.get(id), set: replace })

  // A row may have been read before it was revoked.
  const revoked = new Map<string, number>()
  const setRevoked = (id: string, at: number) => {
    const row = held.get(id)
    if (row) held.set(id, { ...row, revoked: at })
  }
  tables.followChanges(revocationTable, {
    set({ id, revoked: at }) {
      if (at === undefined) return
      revoked.set(id, at)
      setRevoked(id, at)
    },
    clear() {
      revoked.clear()
      ids.clear()
    },
  })

  const toKnown = (row: AccessTokenRow): KnownAccessToken | undefined => {
    const tenant = tenants.findByKey(row.tenant)
    const known = clients.withRow(row.client)
    if (!tenant || !known) return undefined
    const hasSecret = row.secret === undefined || clients.hasLiveSecret(row.secret)
    return {
      tenant,
      token: toIssuedToken(row, known.client.id),
      client: known.client,
      isRevoked: row.revoked !== undefined || known.isDeleted || !hasSecret,
    }
  }
  const holdFound = (found: AccessTokenRow | undefined): KnownAccessToken | undefined => {
    if (!found) return undefined
    const at = found.revoked ?? revoked.get(found.id)
    const row = uses.withWaiting({ ...found, ...(at !== undefined && { revoked: at }) })
    hold(row)
    return toKnown(row)
  }

  return {
    async issue(
      client: { readonly id: string; readonly tenant: number },
      grant: TokenGrant,
      now: number,
    ): Promise<{ readonly token: IssuedToken; readonly text: string } | undefined> {
      const text = newAccessTokenText()
      const { secret, access, scope, lifetime } = grant
      const row: AccessTokenRow = {
        ...{ id: randomUUID(), tenant: client.tenant, client: client.id },
        ...(secret !== undefined && { secret }),
        ...{ hash: hashToken(text), ending: tokenEnding(text), access, scope },
        ...{ created: now, expires: now + lifetime * 1000, uses: 0 },
      }
      const replaced = await insert(row)
      if (!replaced) return undefined
      for (const id of replaced) setRevoked(id, now)
      hold(row)
      return { token: toIssuedToken(row, grant.client), text }
    },

    find(text: string, tenant?: Tenant): MaybePromise<KnownAccessToken | undefined> {
      const hash = hashToken(text)
      const row = held.get(ids.get(hashKey(hash))?.id ?? '')
      if (row && sameHash(row.hash, hash)) return toKnown(row)
      return whenDone(find(hash, tenant?.key), holdFound)
    },

    noteUse({ id }: IssuedToken, machine: number): void {
      const row = held.get(id)
      const tenant = row && tenants.findByKey(row.tenant)
      if (!tenant) return
      const used = { ...row, uses: row.uses + 1, lastUsed: tenantNow(tenant, machine) }
      held.set(id, used)
      uses.note(used)
    },

    async list(
      tenant: Tenant,
      client: string | undefined,
      now: number,
    ): Promise<readonly KnownAccessToken[]> {
      const rows = await list(tenant.key, client, now - deadTokenRetention)
      return rows.flatMap(row => toKnown(uses.withWaiting(row)) ?? [])
    },

    async revoke({ key }: Tenant, id: string, now: number): Promise<boolean> {
      const isLive = { id, tenant: key, revoked: undefined }
      return (await tables.change(() => revocationTable.update(isLive, { revoked: now }))) !== undefined
    },
  }
}

/** Each request with an access token calls this; the rest of a pattern takes several times as long. */
const toIssuedToken = (row: AccessTokenRow, client: string): IssuedToken => ({
  id: row.id,
  tenant: row.tenant,
  client,
  ...(row.secret !== undefined && { secret: row.secret }),
  ending: row.ending,
  access: row.access,
  scope: row.scope,
  created: row.created,
  expires: row.expires,
  ...(row.revoked !== undefined && { revoked: row.revoked }),
  ...(row.lastUsed !== undefined && { lastUsed: row.lastUsed }),
  uses: row.uses,
})
