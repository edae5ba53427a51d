import { randomUUID } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import type { Writer } from '../database/writer.ts'
import type { Profile, ProfileName } from '../profiles/profile.ts'
import { type Declarations, nothingDeclared } from '../scim/declare/declarations.ts'
import { checkClockOffset } from './clock.ts'
import { type Access, nowAt, type Tenant, type TenantSettings } from './tenant.ts'
import { TenantError } from './tenant-error.ts'
import { checkTenantId, newTenantId } from './tenant-id.ts'
import { createTenantRegister, type HeldToken } from './tenant-register.ts'
import { declaredIn, settingsOf, type TenantRow, tenantRows } from './tenant-rows.ts'
import type { TenantStore } from './tenant-store.ts'
import { checkTokenText, endingOf, expiryOf, hashToken, newTokenText } from './tokens.ts'

const defaultSettings: TenantSettings = {
  profile: 'aws',
  onDelete: 'retain',
  throttle: 'off',
  switches: {},
}

const changed = (settings: TenantSettings, wanted: Partial<TenantSettings>): TenantSettings => ({
  profile: wanted.profile ?? settings.profile,
  onDelete: wanted.onDelete ?? settings.onDelete,
  throttle: wanted.throttle ?? settings.throttle,
  switches: wanted.switches ?? settings.switches,
})

export type ProfileNamed = (
  name: ProfileName,
  switches: Readonly<Record<string, string>>,
  declared: Declarations,
) => Profile

export type SqliteTenants = TenantStore & {
  /**
   * To be called inside the write that has changed the rows of tenants. Throws what is wrong with them; answers what
   * to call once they are on disk.
   */
  readonly reread: () => () => void
  /** Whether the tenant of this key exists. To be called inside a write. */
  readonly has: (key: number) => boolean
  /**
   * Sets the clock of one tenant, or of all, back to the machine's. To be called inside a write. Returns the tenants and
   * what to call once they are on disk.
   */
  readonly resetClocks: (id?: string) => {
    readonly tenants: readonly Tenant[]
    readonly remember: () => void
  }
}

/**
 * Tenants and tokens in SQLite. What may be and what not (an id that is taken, the number of tokens) is decided
 * inside the write, where changes come one after the other; memory follows once they are on disk. `forget` is called
 * inside the write that deletes a tenant, with its key, to delete what others store of it.
 */
export function createSqliteTenants(
  db: Database,
  writer: Writer,
  profileNamed: ProfileNamed,
  forget: (key: number) => void = () => {},
): SqliteTenants {
  const rows = tenantRows(db)
  const uses = createUseCounter(writer, held => rows.setUses(held.token))
  const register = createTenantRegister(uses.note)

  const tenantOf = (row: TenantRow): Tenant => {
    const settings = settingsOf(row)
    const declared = declaredIn(row)
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
  const remember = (row: TenantRow): Tenant => {
    const tenant = tenantOf(row)
    register.put(tenant)
    return tenant
  }
  for (const row of rows.tenants()) remember(row)
  for (const held of rows.tokens()) register.hold(held)

  // The clock may have been moved since the caller was given the tenant.
  const asItStands = (tenant: Tenant) => register.find(tenant.id) ?? tenant
  const heldBy = (tenant: Tenant, id: string) =>
    register.tokensOf(tenant).find(({ token }) => token.id === id)

  const settingsOfNew = (id: string, wanted: Partial<TenantSettings>): TenantSettings => {
    checkTenantId(id)
    const settings = changed(defaultSettings, wanted)
    // Before anything is written: it throws for switches that the profile doesn't have.
    profileNamed(settings.profile, settings.switches, nothingDeclared)
    return settings
  }

  // Both within a write.
  const insertTenant = (id: string, settings: TenantSettings): TenantRow => {
    if (rows.tenant(id)) throw new TenantError('taken', `There is a tenant "${id}" already.`)
    const row = rows.insertTenant(id, settings, Date.now())
    if (!row) throw new Error(`The tenant "${id}" was not written.`)
    return row
  }
  const insertToken = (tenant: Tenant, held: HeldToken): void => {
    checkNumberOfTokens(tenant, rows.countTokens(tenant.key))
    if (rows.hasHash(held.hash)) throw new TenantError('taken', tokenTakenText)
    rows.insertToken(held)
  }

  const rememberOnceOnDisk = (tenants: readonly Tenant[]) => () => {
    for (const tenant of tenants) register.put(tenant)
  }

  return {
    reread: () => rememberOnceOnDisk(rows.tenants().map(tenantOf)),
    resetClocks(id) {
      const tenants = rows.resetClocks(id).map(tenantOf)
      return { tenants, remember: rememberOnceOnDisk(tenants) }
    },

    has: rows.has,
    list: register.list,
    find: register.find,
    admit: register.admit,
    isToken: register.isToken,
    openPass: register.openPass,

    async create(wanted, id = newTenantId()) {
      const settings = settingsOfNew(id, wanted)
      return remember(await writer.write(() => insertTenant(id, settings)))
    },

    async createWithToken(wanted, id = newTenantId(), { text = newTokenText(), access = 'full' } = {}) {
      const settings = settingsOfNew(id, wanted)
      checkTokenText(text)
      const { row, held } = await writer.write(() => {
        const row = insertTenant(id, settings)
        const tenant = tenantOf(row)
        const held = newToken(tenant, text, access)
        insertToken(tenant, held)
        return { row, held }
      })
      const tenant = remember(row)
      register.hold(held)
      return { tenant, token: held.token, text }
    },

    async change(id, wanted) {
      const row = await writer.write(() => {
        const current = rows.tenant(id)
        if (!current) return undefined
        const settings = changed(settingsOf(current), wanted)
        profileNamed(settings.profile, settings.switches, declaredIn(current))
        return rows.setSettings(id, settings)
      })
      return row && remember(row)
    },

    async declare(id, declared) {
      const row = await writer.write(() => {
        const current = rows.tenant(id)
        if (!current) return undefined
        const { profile, switches } = settingsOf(current)
        profileNamed(profile, switches, declared)
        return rows.setDeclared(id, declared)
      })
      return row && remember(row)
    },

    async remove(id) {
      const tenant = register.find(id)
      const removed = await writer.write(() => {
        const key = rows.deleteTenant(id)
        if (key !== undefined) forget(key)
        return key !== undefined
      })
      if (removed && tenant) register.drop(tenant)
      return removed
    },

    async setClock(id, offset) {
      const row = await writer.write(() => {
        const current = rows.tenant(id)
        if (!current) return undefined
        checkClockOffset(current.clock_offset, offset)
        return rows.setClockOffset(id, offset)
      })
      return row && remember(row)
    },

    tokens: tenant =>
      register
        .tokensOf(tenant)
        .map(({ token }) => token)
        .reverse(),

    async issue(tenant, { text = newTokenText(), access = 'full' } = {}) {
      checkTokenText(text)
      const held = newToken(asItStands(tenant), text, access)
      await writer.write(() => {
        if (!rows.tenant(tenant.id)) throw new TenantError('invalid', `There is no tenant "${tenant.id}".`)
        insertToken(tenant, held)
      })
      register.hold(held)
      return { token: held.token, text }
    },

    async expire(tenant, id) {
      const now = nowAt(asItStands(tenant))
      const expires = await writer.write(() => rows.setExpires(tenant.key, id, now))
      const held = heldBy(tenant, id)
      if (expires === undefined || !held) return undefined
      held.token = { ...held.token, expires }
      return held.token
    },

    async rotate(tenant, id, overlap) {
      const old = heldBy(tenant, id)
      if (!old) return undefined
      const stands = asItStands(tenant)
      const text = newTokenText()
      const held = newToken(stands, text, old.token.access)
      const expires = await writer.write(() => {
        const expires = rows.setExpires(tenant.key, id, nowAt(stands) + overlap)
        if (expires === undefined) return undefined
        checkRoomForSuccessor(tenant, rows.countTokens(tenant.key))
        rows.insertToken(held)
        return expires
      })
      if (expires === undefined) return undefined
      old.token = { ...old.token, expires }
      register.hold(held)
      return { token: held.token, text, replaces: old.token }
    },

    async revoke(tenant, id) {
      const now = nowAt(asItStands(tenant))
      const revoked = await writer.write(() => rows.setDeletedAt(tenant.key, id, now))
      const held = heldBy(tenant, id)
      if (revoked && held) held.deletedAt = now
      return revoked
    },
  }
}

const newToken = (tenant: Tenant, text: string, access: Access): HeldToken => {
  const created = nowAt(tenant)
  return {
    token: {
      id: randomUUID(),
      tenant: tenant.key,
      ending: endingOf(text),
      access,
      created,
      expires: expiryOf(created),
      uses: 0,
    },
    hash: hashToken(text),
  }
}

const tokenTakenText =
  'This text is, or was, an access token here. Each token needs a text of its own; a deleted one is never let in again.'

const checkNumberOfTokens = (tenant: Tenant, count: number) => {
  const most = tenant.profile.limits.tokens
  if (count < most) return
  throw new TenantError(
    'limit',
    `The tenant "${tenant.id}" has ${count} access tokens, and ${most} is the most. Delete one first; an expired one counts until it is deleted.`,
  )
}

const checkRoomForSuccessor = (tenant: Tenant, count: number) => {
  const most = tenant.profile.limits.tokens
  if (count < most) return
  throw new TenantError(
    'limit',
    `The tenant "${tenant.id}" has ${count} access tokens, and ${most} is the most: there is no room for a successor. Delete a token that no client uses any more, an expired one perhaps, and do this again.`,
  )
}

/** Writes the uses of tokens soon, however many requests there were in between. */
function createUseCounter(writer: Writer, write: (held: HeldToken) => void) {
  const used = new Set<HeldToken>()
  const writeAll = () => {
    const all = [...used]
    used.clear()
    for (const held of all) write(held)
  }
  return {
    note(held: HeldToken): void {
      if (used.size === 0) writer.soon(writeAll)
      used.add(held)
    },
  }
}
