import { randomUUID } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import { createTenantRegister, type TokenRecord } from '../persistence/tenant-register.ts'
import type { Writer } from '../ports/database.ts'
import type { TenantStore } from '../ports/tenants.ts'
import type { ProfileName } from '../profiles/names.ts'
import type { Profile } from '../profiles/profile.ts'
import { type Declarations, noDeclarations } from '../scim/declare/declarations.ts'
import {
  type Access,
  checkClockOffset,
  type Tenant,
  TenantError,
  type TenantSettings,
  tenantNow,
} from '../tenants/tenant.ts'
import { checkTenantId, newTenantId } from '../tenants/tenant-id.ts'
import { checkTokenText, hashToken, newTokenText, tokenEnding, tokenExpiry } from '../tenants/tokens.ts'
import { createTenantRows, parseDeclarations, type TenantRow, toSettings } from './tenant-rows.ts'

const defaultSettings: TenantSettings = {
  profile: 'aws',
  onDelete: 'retain',
  throttle: 'off',
  switches: {},
}

const mergeSettings = (settings: TenantSettings, changes: Partial<TenantSettings>): TenantSettings => ({
  profile: changes.profile ?? settings.profile,
  onDelete: changes.onDelete ?? settings.onDelete,
  throttle: changes.throttle ?? settings.throttle,
  switches: changes.switches ?? settings.switches,
})

export type ProfileLookup = (
  name: ProfileName,
  switches: Readonly<Record<string, string>>,
  declared: Declarations,
) => Profile

export type SqliteTenants = TenantStore & {
  /** Checks changed rows of tenants. Throws if they are invalid. Returns a function to call once they are on disk. */
  readonly reload: (rows: readonly TenantRow[]) => () => void
  /** Whether the tenant with this key exists. To be called inside a write. */
  readonly exists: (key: number) => boolean
}

/**
 * Tenants and tokens in SQLite. Constraints (a taken id, the maximum number of tokens) are checked inside the
 * write, where changes are serialized; memory is updated once they are on disk. `deleteTenant` deletes a tenant with all
 * its data, and returns whether there was one; by default only the rows of the tenant and its tokens.
 */
export function createTenantStore(
  db: Database,
  writer: Writer,
  profileNamed: ProfileLookup,
  deleteTenant?: (id: string) => Promise<boolean>,
): SqliteTenants {
  const rows = createTenantRows(db)
  const uses = createUseCounter(writer, record => rows.setUses(record.token))
  const register = createTenantRegister(uses.note)
  const deleteWithData =
    deleteTenant ?? ((id: string) => writer.write(() => rows.deleteTenant(id) !== undefined))

  const tenantOf = (row: TenantRow): Tenant => {
    const settings = toSettings(row)
    const declared = parseDeclarations(row)
    return {
      key: row.key,
      id: row.id,
      profile: profileNamed(settings.profile, settings.switches, declared),
      settings,
      declared,
      clockOffset: row.clock_offset,
      created: row.created,
    }
  }
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

  const settingsOfNew = (id: string, changes: Partial<TenantSettings>): TenantSettings => {
    checkTenantId(id)
    const settings = mergeSettings(defaultSettings, changes)
    // Before anything is written: throws for unknown switches of the profile.
    profileNamed(settings.profile, settings.switches, noDeclarations)
    return settings
  }

  // Both run inside a write.
  const insertTenant = (id: string, settings: TenantSettings): TenantRow => {
    if (rows.tenant(id)) throw new TenantError('taken', `The tenant "${id}" already exists.`)
    const row = rows.insertTenant(id, settings, Date.now())
    if (!row) throw new Error(`The tenant "${id}" was not written.`)
    return row
  }
  const insertToken = (tenant: Tenant, record: TokenRecord): void => {
    checkTokenCount(tenant, rows.countTokens(tenant.key))
    if (rows.hasHash(record.hash)) throw new TenantError('taken', tokenTakenMessage)
    rows.insertToken(record)
  }

  const registerLater = (tenants: readonly Tenant[]) => () => {
    for (const tenant of tenants) register.setTenant(tenant)
  }

  return {
    reload: rows => registerLater(rows.map(tenantOf)),

    exists: rows.has,
    list: register.list,
    find: register.find,
    authenticate: register.admit,
    isToken: register.isToken,
    openInternalToken: register.openInternalToken,

    async create(changes, id = newTenantId()) {
      const settings = settingsOfNew(id, changes)
      return registerTenant(await writer.write(() => insertTenant(id, settings)))
    },

    async createWithToken(changes, id = newTenantId(), { text = newTokenText(), access = 'full' } = {}) {
      const settings = settingsOfNew(id, changes)
      checkTokenText(text)
      const { row, record } = await writer.write(() => {
        const row = insertTenant(id, settings)
        const tenant = tenantOf(row)
        const record = newToken(tenant, text, access)
        insertToken(tenant, record)
        return { row, record }
      })
      const tenant = registerTenant(row)
      register.setToken(record)
      return { tenant, token: record.token, text }
    },

    async update(id, changes) {
      const row = await writer.write(() => {
        const current = rows.tenant(id)
        if (!current) return undefined
        const settings = mergeSettings(toSettings(current), changes)
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

    async remove(id) {
      const tenant = register.find(id)
      const removed = await deleteWithData(id)
      if (removed && tenant) register.removeTenant(tenant)
      return removed
    },

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
        if (!rows.tenant(tenant.id)) throw new TenantError('invalid', `There is no tenant "${tenant.id}".`)
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

const newToken = (tenant: Tenant, text: string, access: Access): TokenRecord => {
  const created = tenantNow(tenant)
  return {
    token: {
      id: randomUUID(),
      tenant: tenant.key,
      ending: tokenEnding(text),
      access,
      created,
      expires: tokenExpiry(created),
      uses: 0,
    },
    hash: hashToken(text),
  }
}

const tokenTakenMessage =
  'This value is or was an access token here. Choose another one: deleted tokens are never accepted again.'

const checkTokenCount = (tenant: Tenant, count: number) => {
  const maximum = tenant.profile.requests.limits.tokens
  if (count < maximum) return
  throw new TenantError(
    'limit',
    `The tenant "${tenant.id}" has ${count} access tokens, which is the maximum. Delete one first; expired tokens count until they are deleted.`,
  )
}

const checkRoomForReplacement = (tenant: Tenant, count: number) => {
  const maximum = tenant.profile.requests.limits.tokens
  if (count < maximum) return
  throw new TenantError(
    'limit',
    `The tenant "${tenant.id}" has ${count} access tokens, which is the maximum. Delete an expired or unused token first, then rotate this one.`,
  )
}

/** Writes the uses of tokens with a later commit, once for any number of requests. */
function createUseCounter(writer: Writer, write: (record: TokenRecord) => void) {
  const used = new Set<TokenRecord>()
  const writeAll = () => {
    const all = [...used]
    used.clear()
    for (const record of all) write(record)
  }
  return {
    note(record: TokenRecord): void {
      if (used.size === 0) writer.defer(writeAll)
      used.add(record)
    },
  }
}
