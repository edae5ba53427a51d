import type { Database } from 'better-sqlite3'
import type { Writer } from '../../domain/ports/database.ts'
import type { TenantStore, TokenOptions } from '../../domain/ports/tenants.ts'
import { checkClockOffset, type Tenant, type TenantSettings, tenantNow } from '../../domain/tenants/tenant.ts'
import { newTenantId } from '../../domain/tenants/tenant-id.ts'
import { checkTokenText, newTokenText } from '../../domain/tenants/tokens.ts'
import { compact } from '../../scim/json.ts'
import { createTenantRegister, type TokenRecord } from '../common/tenant-register.ts'
import {
  changeSettings,
  checkRoomForReplacement,
  checkTokenCount,
  newToken,
  noSuchTenant,
  type ProfileLookup,
  settingsOfNew,
  tenantTaken,
  tenantUnlisted,
  tokenTaken,
  withProfile,
} from '../common/tenant-rules.ts'
import {
  createTenantRows,
  parseDeclarations,
  parseSession,
  type TenantRow,
  toSettings,
} from './tenant-rows.ts'
import { createUseCounter } from './writer.ts'

export type SqliteTenants = TenantStore & {
  /** Checks changed rows of tenants. Throws if they are invalid. Returns a function to call once they are on disk. */
  readonly reload: (rows: readonly TenantRow[]) => () => void
  /** Whether the tenant with this key exists. To be called inside a write. */
  readonly exists: (key: number) => boolean
}

/**
 * Returns whether there was such a tenant. Calls `onUnlisted` once that is on disk; the data may follow.
 */
type DeleteTenant = (id: string, onUnlisted: () => void) => Promise<boolean>

/**
 * Tenants and tokens in SQLite. Constraints (a taken id, the maximum number of tokens) are checked inside the
 * write, where changes are serialized; memory is updated once they are on disk. `deleteTenant` deletes a tenant with all
 * its data; by default only the rows of the tenant and its tokens.
 */
export function createTenantStore(
  db: Database,
  writer: Writer,
  profileNamed: ProfileLookup,
  deleteTenant?: DeleteTenant,
): SqliteTenants {
  const rows = createTenantRows(db)
  const uses = createUseCounter<TokenRecord>(writer, record => rows.setUses(record.token))
  const register = createTenantRegister(uses.note)
  const deleteRows: DeleteTenant = async (id, onUnlisted) => {
    const key = await writer.write(() => {
      const key = rows.unlist(id)
      if (key !== undefined) rows.forget(key)
      return key
    })
    if (key !== undefined) onUnlisted()
    return key !== undefined
  }
  const deleteWithData = deleteTenant ?? deleteRows

  const tenantOf = (row: TenantRow): Tenant =>
    withProfile(
      {
        key: row.key,
        id: row.id,
        settings: toSettings(row),
        declared: parseDeclarations(row),
        clockOffset: row.clock_offset,
        created: row.created,
        ...compact({ session: parseSession(row) }),
      },
      profileNamed,
    )
  const registerTenant = (row: TenantRow): Tenant => {
    const tenant = tenantOf(row)
    register.setTenant(tenant)
    return tenant
  }
  for (const row of rows.tenants()) registerTenant(row)
  for (const held of rows.tokens()) register.setToken(held)

  // The clock may have been moved since the caller received the tenant.
  const currentTenant = (tenant: Tenant) => register.find(tenant.id) ?? tenant
  const findToken = (tenant: Tenant, id: string) =>
    register.tokensOf(tenant).find(({ token }) => token.id === id)

  // Both run inside a write.
  const insertTenant = (id: string, settings: TenantSettings): TenantRow => {
    if (rows.tenant(id)) throw tenantTaken(id)
    if (rows.isUnlisted(id)) throw tenantUnlisted(id)
    const row = rows.insertTenant(id, settings, Date.now())
    if (!row) throw new Error(`The tenant "${id}" was not written.`)
    return row
  }
  const insertToken = (tenant: Tenant, record: TokenRecord): void => {
    checkTokenCount(tenant, rows.countTokens(tenant.key))
    if (rows.hasHash(record.hash)) throw tokenTaken()
    rows.insertToken(record)
  }

  /** `isWanted` is called inside the write. */
  const createAlone = async (
    changes: Partial<TenantSettings>,
    id: string,
    isWanted: () => boolean,
  ): Promise<Tenant | undefined> => {
    const settings = settingsOfNew(id, changes, profileNamed)
    const row = await writer.write(() => (isWanted() ? insertTenant(id, settings) : undefined))
    return row && registerTenant(row)
  }
  /** `isWanted` is called inside the write. */
  const createTogether = async (
    changes: Partial<TenantSettings>,
    id: string,
    { text = newTokenText(), access = 'full' }: TokenOptions,
    isWanted: () => boolean,
  ) => {
    const settings = settingsOfNew(id, changes, profileNamed)
    checkTokenText(text)
    const written = await writer.write(() => {
      if (!isWanted()) return undefined
      const row = insertTenant(id, settings)
      const tenant = tenantOf(row)
      const record = newToken(tenant, text, access)
      insertToken(tenant, record)
      return { row, record }
    })
    if (!written) return undefined
    const tenant = registerTenant(written.row)
    register.setToken(written.record)
    return { tenant, token: written.record.token, text }
  }

  const registerLater = (tenants: readonly Tenant[]) => () => {
    for (const tenant of tenants) register.setTenant(tenant)
  }

  return {
    reload: rows => registerLater(rows.map(tenantOf)),

    exists: rows.has,
    list: register.list,
    find: register.find,
    findByKey: register.findByKey,
    authenticate: register.admit,
    refusalOf: register.refusalOf,
    isToken: register.isToken,
    openInternalToken: register.openInternalToken,

    async create(changes, id = newTenantId()) {
      const created = await createAlone(changes, id, () => true)
      if (!created) throw new Error(`The tenant "${id}" was not created.`)
      return created
    },

    async createWithToken(changes, id = newTenantId(), options = {}) {
      const created = await createTogether(changes, id, options, () => true)
      if (!created) throw new Error(`The tenant "${id}" was not created.`)
      return created
    },

    async createFirst(changes, id = newTenantId(), token = {}) {
      const isFirst = () => rows.tenants().length === 0
      if (token !== 'none') return createTogether(changes, id, token, isFirst)
      const tenant = await createAlone(changes, id, isFirst)
      return tenant && { tenant }
    },

    async update(id, change) {
      const row = await writer.write(() => {
        const current = rows.tenant(id)
        if (!current) return undefined
        const settings = changeSettings(toSettings(current), change)
        profileNamed(settings.profile, settings.switches, parseDeclarations(current))
        return rows.setSettings(id, settings)
      })
      return row && registerTenant(row)
    },

    async setDeclarations(id, declared) {
      const row = await writer.write(() => {
        const current = rows.tenant(id)
        if (!current) return undefined
        const { profile, switches } = toSettings(current)
        profileNamed(profile, switches, declared)
        return rows.setDeclared(id, declared)
      })
      return row && registerTenant(row)
    },

    remove: id =>
      deleteWithData(id, () => {
        const tenant = register.find(id)
        if (tenant) register.removeTenant(tenant)
      }),

    async setClock(id, offset) {
      const row = await writer.write(() => {
        const current = rows.tenant(id)
        if (!current) return undefined
        checkClockOffset(current.clock_offset, offset)
        return rows.setClockOffset(id, offset)
      })
      return row && registerTenant(row)
    },

    tokens: tenant =>
      register
        .tokensOf(tenant)
        .map(({ token }) => token)
        .reverse(),

    async createToken(tenant, { text = newTokenText(), access = 'full' } = {}) {
      checkTokenText(text)
      const record = newToken(currentTenant(tenant), text, access)
      await writer.write(() => {
        if (!rows.tenant(tenant.id)) throw noSuchTenant(tenant.id)
        insertToken(tenant, record)
      })
      register.setToken(record)
      return { token: record.token, text }
    },

    async expireToken(tenant, id) {
      const now = tenantNow(currentTenant(tenant))
      const expires = await writer.write(() => rows.setExpires(tenant.key, id, now))
      const record = findToken(tenant, id)
      if (expires === undefined || !record) return undefined
      record.token = { ...record.token, expires }
      return record.token
    },

    async rotateToken(tenant, id, overlap) {
      const old = findToken(tenant, id)
      if (!old) return undefined
      const current = currentTenant(tenant)
      const text = newTokenText()
      const record = newToken(current, text, old.token.access)
      const expires = await writer.write(() => {
        const expires = rows.setExpires(tenant.key, id, tenantNow(current) + overlap)
        if (expires === undefined) return undefined
        checkRoomForReplacement(tenant, rows.countTokens(tenant.key))
        rows.insertToken(record)
        return expires
      })
      if (expires === undefined) return undefined
      old.token = { ...old.token, expires }
      register.setToken(record)
      return { token: record.token, text, replaces: old.token }
    },

    async deleteToken(tenant, id) {
      const now = tenantNow(currentTenant(tenant))
      const revoked = await writer.write(() => rows.setDeletedAt(tenant.key, id, now))
      const record = findToken(tenant, id)
      if (revoked && record) record.deletedAt = now
      return revoked
    },
  }
}
