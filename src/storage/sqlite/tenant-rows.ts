import type { Database } from 'better-sqlite3'
import type { NewSession } from '../../domain/ports/opened-sessions.ts'
import type { OpenedSession } from '../../domain/tenants/opened-session.ts'
import type { TenantSettings, Token } from '../../domain/tenants/tenant.ts'
import type { Declarations } from '../../scim/declare/declarations.ts'
import type { TokenRecord } from '../common/tenant-register.ts'
import type { TokenRow } from '../common/tenant-rules.ts'

export type TenantRow = {
  readonly key: number
  readonly id: string
  readonly profile: TenantSettings['profile']
  readonly on_delete: TenantSettings['onDelete']
  readonly throttle: TenantSettings['throttle']
  readonly switches: string
  readonly declared: string
  readonly clock_offset: number
  readonly created: number
  readonly session: string | null
}

export const toSettings = (row: TenantRow): TenantSettings => ({
  profile: row.profile,
  onDelete: row.on_delete,
  throttle: row.throttle,
  switches: JSON.parse(row.switches),
})

/** Declarations were checked before they were written. */
export const parseDeclarations = (row: TenantRow): Declarations => JSON.parse(row.declared)

/** The session was checked before it was written. */
export const parseSession = ({ session }: TenantRow): OpenedSession | undefined =>
  session === null ? undefined : JSON.parse(session)

/** A tenant with rows in other tables only: they are being stored, or deleted. */
export type UnlistedTenant = { readonly key: number; readonly id: string }

/** The tenant of an opened session. */
export type SessionTenant = Pick<NewSession, 'id' | 'settings' | 'declared' | 'session'> & {
  readonly created: number
}

const settingsColumns = (settings: TenantSettings) => ({
  profile: settings.profile,
  on_delete: settings.onDelete,
  throttle: settings.throttle,
  switches: JSON.stringify(settings.switches),
})

const toToken = (row: TokenRow): Token => ({
  id: row.id,
  tenant: row.tenant,
  ending: row.ending,
  access: row.access,
  created: row.created,
  expires: row.expires,
  ...(row.last_used !== null && { lastUsed: row.last_used }),
  uses: row.uses,
})

const toTokenRecord = (row: TokenRow): TokenRecord => ({
  token: toToken(row),
  hash: row.hash,
  ...(row.deleted_at !== null && { deletedAt: row.deleted_at }),
})

/** The rows of tenants and tokens; each method is one statement. */
export function createTenantRows(db: Database) {
  const allTenants = db.prepare<[], TenantRow>('select * from tenants order by key')
  const tenantWithId = db.prepare<[string], TenantRow>('select * from tenants where id = ?')
  const insertTenant = db.prepare<object, TenantRow>(`
    insert into tenants (id, profile, on_delete, throttle, switches, clock_offset, created)
    values (@id, @profile, @on_delete, @throttle, @switches, 0, @created)
    returning *`)
  const insertSession = db.prepare<object, TenantRow>(`
    insert into tenants (key, id, profile, on_delete, throttle, switches, clock_offset, created, declared, session)
    values (@key, @id, @profile, @on_delete, @throttle, @switches, @offset, @created, @declared, @session)
    returning *`)
  const setSettings = db.prepare<object, TenantRow>(`
    update tenants set profile = @profile, on_delete = @on_delete, throttle = @throttle, switches = @switches
    where id = @id
    returning *`)
  const setDeclared = db.prepare<object, TenantRow>(
    'update tenants set declared = @declared where id = @id returning *',
  )
  const setClockOffset = db.prepare<object, TenantRow>(
    'update tenants set clock_offset = @offset where id = @id returning *',
  )
  const resetClocks = db.prepare<object, TenantRow>(
    'update tenants set clock_offset = 0 where @id is null or id = @id returning *',
  )
  const hasKey = db.prepare<[number]>('select 1 from tenants where key = ?')
  const deleteTenant = db.prepare<[string], number>('delete from tenants where id = ? returning key').pluck()
  const insertUnlisted = db.prepare<[number, string]>('insert into unlisted_tenants (key, id) values (?, ?)')
  const unlistedWithId = db.prepare<[string]>('select 1 from unlisted_tenants where id = ?')
  const allUnlisted = db.prepare<[], UnlistedTenant>('select key, id from unlisted_tenants order by key')
  const forgetUnlisted = db.prepare<[number]>('delete from unlisted_tenants where key = ?')
  const deleteTokensOf = db.prepare<[number]>('delete from tokens where tenant = ?')
  const deleteAccessKeysOf = db.prepare<[number]>('delete from access_keys where tenant = ?')
  const deleteClientsOf = ['oauth_clients', 'client_secrets', 'access_tokens'].map(table =>
    db.prepare<[number]>(`delete from ${table} where tenant = ?`),
  )
  const deleteIssuersOf = db.prepare<[number]>('delete from issuers where tenant = ?')
  const deleteMutesOf = db.prepare<[number]>('delete from finding_mutes where tenant = ?')
  const deleteIndexesOf = db.prepare<[number]>('delete from indexed_attributes where tenant = ?')

  const allTokens = db.prepare<[], TokenRow>('select * from tokens order by rowid')
  const tokensThatCount = db.prepare<[number], { count: number }>(
    'select count(*) as count from tokens where tenant = ? and deleted_at is null',
  )
  const tokenWithHash = db.prepare<[Buffer], TokenRow>('select * from tokens where hash = ?')
  const insertToken = db.prepare<object>(`
    insert into tokens (id, tenant, hash, ending, access, created, expires, uses)
    values (@id, @tenant, @hash, @ending, @access, @created, @expires, 0)`)
  const setExpires = db.prepare<object, { expires: number }>(`
    update tokens set expires = min(expires, @expires)
    where id = @id and tenant = @tenant and deleted_at is null
    returning expires`)
  const setDeletedAt = db.prepare<object>(`
    update tokens set deleted_at = @deletedAt where id = @id and tenant = @tenant and deleted_at is null`)
  const setUses = db.prepare<object>('update tokens set uses = @uses, last_used = @lastUsed where id = @id')

  return {
    tenants: () => allTenants.all(),
    tenant: (id: string) => tenantWithId.get(id),
    insertTenant: (id: string, settings: TenantSettings, created: number) =>
      insertTenant.get({ id, created, ...settingsColumns(settings) }),
    /** `key` is that of an unlisted tenant; undefined for a new one. */
    insertSession: ({ id, settings, declared, session, created }: SessionTenant, key?: number) =>
      insertSession.get({
        ...{ key: key ?? null, id, created, ...settingsColumns(settings) },
        offset: session.tenantTime - session.exported,
        declared: JSON.stringify(declared),
        session: JSON.stringify(session),
      }),
    setSettings: (id: string, settings: TenantSettings) =>
      setSettings.get({ id, ...settingsColumns(settings) }),
    setDeclared: (id: string, declared: Declarations) =>
      setDeclared.get({ id, declared: JSON.stringify(declared) }),
    setClockOffset: (id: string, offset: number) => setClockOffset.get({ id, offset }),
    has: (key: number) => hasKey.get(key) !== undefined,
    /** Of one tenant or of all. Returns their rows in order of creation. */
    resetClocks: (id: string | undefined) =>
      resetClocks.all({ id: id ?? null }).sort((one, other) => one.key - other.key),
    /**
     * Deletes a tenant with its credentials, its muted findings and the state of its indexes. Its data is yet to be deleted, and its
     * ID stays taken until `forget`. Returns its key; undefined if there is none.
     */
    unlist(id: string): number | undefined {
      const key = deleteTenant.get(id)
      if (key === undefined) return undefined
      insertUnlisted.run(key, id)
      deleteTokensOf.run(key)
      deleteAccessKeysOf.run(key)
      for (const deleteOf of deleteClientsOf) deleteOf.run(key)
      deleteIssuersOf.run(key)
      deleteMutesOf.run(key)
      deleteIndexesOf.run(key)
      return key
    },
    isUnlisted: (id: string) => unlistedWithId.get(id) !== undefined,
    unlisted: () => allUnlisted.all(),
    forget: (key: number): void => void forgetUnlisted.run(key),

    tokens: () => allTokens.all().map(toTokenRecord),
    countTokens: (tenant: number) => tokensThatCount.get(tenant)?.count ?? 0,
    hasHash: (hash: Buffer) => tokenWithHash.get(hash) !== undefined,
    insertToken: ({ token, hash }: TokenRecord) => insertToken.run({ ...token, hash }),
    /** A token that expires earlier keeps its date. */
    setExpires: (tenant: number, id: string, expires: number) =>
      setExpires.get({ tenant, id, expires })?.expires,
    setDeletedAt: (tenant: number, id: string, deletedAt: number) =>
      setDeletedAt.run({ tenant, id, deletedAt }).changes > 0,
    setUses: ({ id, uses, lastUsed }: Token) => setUses.run({ id, uses, lastUsed: lastUsed ?? null }),
  }
}
