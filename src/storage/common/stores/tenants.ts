import { hash, randomBytes } from 'node:crypto'
import {
  type Authentication,
  checkClockOffset,
  type InternalGrant,
  type InternalToken,
  type InternalTokenRecord,
  type Refusal,
  type Tenant,
  type TenantSettings,
  type TenantStore,
  type Token,
  type TokenOptions,
  tenantNow,
} from '../../../domain/tenants/tenant.ts'
import { newTenantId } from '../../../domain/tenants/tenant-id.ts'
import { newTokenText, tokenEnding } from '../../../domain/tenants/tokens.ts'
import { compact } from '../../../scim/json.ts'
import { type HeldTables, heldTable, json, type Plan, type RawRow } from '../held-tables.ts'
import {
  changeSettings,
  checkRoomForReplacement,
  checkTokenCount,
  newToken,
  type ProfileLookup,
  requireTenant,
  type StoredTenant,
  settingsOfNew,
  type TokenRow,
  tenantTaken,
  tokenTaken,
  withProfile,
} from '../tenant-rules.ts'

type TenantRow = Omit<StoredTenant, 'settings'> & TenantSettings

const tenantTable = heldTable<TenantRow>(
  'tenants',
  {
    key: 'key',
    id: 'id',
    name: 'name',
    profile: 'profile',
    onDelete: 'on_delete',
    throttle: 'throttle',
    switches: json('switches'),
    declared: json('declared'),
    clockOffset: 'clock_offset',
    created: 'created',
    session: json('session'),
    imported: json('imported'),
  },
  ['key'],
)

const tokenTable = heldTable<TokenRow>('tokens', {
  id: 'id',
  name: 'name',
  tenant: 'tenant',
  hash: 'hash',
  ending: 'ending',
  access: 'access',
  created: 'created',
  expires: 'expires',
  lastUsed: 'last_used',
  uses: 'uses',
  deletedAt: 'deleted_at',
})

const toStored = ({ name, profile, onDelete, throttle, switches, ...row }: TenantRow): StoredTenant => ({
  ...row,
  settings: { ...compact({ name }), profile, onDelete, throttle, switches },
})

/** The tenant of a row of either engine. Settings and declarations were checked before they were written. */
export const toStoredTenant = (raw: RawRow): StoredTenant => toStored(tenantTable.toRow(raw))

const toRecord = ({ hash, deletedAt, ...token }: TokenRow): TokenRecord => ({
  token,
  hash,
  ...compact({ deletedAt }),
})

type TenantStoreOptions = {
  readonly profileNamed: ProfileLookup
  /** Throws `TenantError` while there are rows of an unlisted tenant with this ID. */
  readonly requireUnused: (id: string) => Plan<void>
  /** Deletes a tenant. Returns whether there was one. Where rows are not followed, `forget` is called once that is on disk. */
  readonly remove: (id: string, forget: () => void) => Promise<boolean>
}

/**
 * Tenants and tokens. Constraints, such as a taken ID and the maximum number of tokens, are checked within the change, where plans run
 * one after another. `reload` checks changed rows of tenants, and throws if they are invalid. It returns a function to call once they are
 * on disk.
 */
export function createTenantStore(
  tables: HeldTables,
  { profileNamed, requireUnused, remove }: TenantStoreOptions,
): TenantStore & { reload(rows: readonly RawRow[]): () => void } {
  const register = createTenantRegister(({ token }) => uses.note(token))
  const tenantOf = (row: TenantRow): Tenant => withProfile(toStored(row), profileNamed)
  tables.follow(tenantTable, {
    set: row => register.setTenant(tenantOf(row)),
    remove(key) {
      const tenant = register.findByKey(Number(key))
      if (tenant) register.removeTenant(tenant)
    },
    clear: register.clear,
  })
  const uses = tables.uses<Token>('tokens', {
    find: id => register.tokenWithId(id)?.token,
    set(token) {
      const record = register.tokenWithId(token.id)
      if (record) record.token = token
    },
  })
  tables.follow(tokenTable, {
    set(row) {
      const record = toRecord(row)
      register.setToken({ ...record, token: uses.withWaiting(record.token) })
    },
    clear() {},
  })

  const registered = (row: TenantRow): Tenant => register.find(row.id) ?? tenantOf(row)
  // The clock may have been moved since the caller received the tenant.
  const currentTenant = (tenant: Tenant) => register.find(tenant.id) ?? tenant
  const heldToken = (row: TokenRow) => register.tokenWithId(row.id)?.token ?? toRecord(row).token
  const presentToken = ({ key }: Tenant, id: string) => ({ id, tenant: key, deletedAt: undefined })
  const tokenCount = ({ key }: Tenant) => tokenTable.count({ tenant: key, deletedAt: undefined })

  function* insertTenant(id: string, settings: TenantSettings): Plan<TenantRow> {
    if (yield* tenantTable.find({ id })) throw tenantTaken(id)
    yield* requireUnused(id)
    return yield* tenantTable.insert({ id, ...settings, clockOffset: 0, created: tables.now() })
  }
  function* insertToken(tenant: Tenant, row: TokenRow): Plan<TokenRow> {
    checkTokenCount(tenant, yield* tokenCount(tenant))
    if (yield* tokenTable.find({ hash: row.hash })) throw tokenTaken()
    return yield* tokenTable.insert(row)
  }
  function* expire(tenant: Tenant, id: string, expires: number): Plan<TokenRow | undefined> {
    const current = yield* tokenTable.find(presentToken(tenant, id))
    return current && (yield* tokenTable.update({ id }, { expires: Math.min(current.expires, expires) }))
  }
  function* isFirst(): Plan<boolean> {
    return (yield { text: 'select 1 from tenants limit 1', params: {} }).length === 0
  }

  const createAlone = async (
    changes: Partial<TenantSettings>,
    id: string,
    isWanted?: () => Plan<boolean>,
  ): Promise<Tenant | undefined> => {
    const settings = settingsOfNew(id, changes, profileNamed)
    const row = await tables.change(function* () {
      return isWanted && !(yield* isWanted()) ? undefined : yield* insertTenant(id, settings)
    })
    return row && registered(row)
  }
  const createTogether = async (
    changes: Partial<TenantSettings>,
    id: string,
    { text = newTokenText(), ...options }: TokenOptions,
    isWanted?: () => Plan<boolean>,
  ) => {
    const settings = settingsOfNew(id, changes, profileNamed)
    const written = await tables.change(function* () {
      if (isWanted && !(yield* isWanted())) return undefined
      const row = yield* insertTenant(id, settings)
      const tenant = tenantOf(row)
      return { row, token: yield* insertToken(tenant, newToken(tenant, text, options, tables.now())) }
    })
    return written && { tenant: registered(written.row), token: heldToken(written.token), text }
  }
  const changeTenant = async (
    id: string,
    change: (current: StoredTenant) => Partial<TenantRow>,
  ): Promise<Tenant | undefined> => {
    const row = await tables.change(
      function* () {
        const current = yield* tenantTable.find({ id })
        return current && (yield* tenantTable.update({ id }, change(toStored(current))))
      },
      { locks: id },
    )
    return row && registered(row)
  }
  const required = <Value>(id: string, created: Value | undefined): Value => {
    if (created === undefined) throw new Error(`The tenant "${id}" was not created.`)
    return created
  }

  return {
    reload(rows) {
      const tenants = rows.map(raw => tenantOf(tenantTable.toRow(raw)))
      return () => tenants.forEach(register.setTenant)
    },

    list: register.list,
    find: register.find,
    findByKey: register.findByKey,
    authenticate: register.admit,
    refusalOf: register.refusalOf,
    isToken: register.isToken,
    openInternalToken: register.openInternalToken,

    create: async (changes, id = newTenantId()) => required(id, await createAlone(changes, id)),
    createWithToken: async (changes, id = newTenantId(), options = {}) =>
      required(id, await createTogether(changes, id, options)),
    async createFirst(changes, id = newTenantId(), token = {}) {
      if (token !== 'none') return createTogether(changes, id, token, isFirst)
      const tenant = await createAlone(changes, id, isFirst)
      return tenant && { tenant }
    },

    update: (id, change) =>
      changeTenant(id, ({ settings, declared }) => {
        const changed = changeSettings(settings, change)
        profileNamed(changed.profile, changed.switches, declared)
        // A name that is removed is written as null.
        return { ...changed, name: changed.name }
      }),
    setDeclarations: (id, declared) =>
      changeTenant(id, ({ settings }) => {
        profileNamed(settings.profile, settings.switches, declared)
        return { declared }
      }),
    setClock: (id, clockOffset) =>
      changeTenant(id, current => {
        checkClockOffset(current.clockOffset, clockOffset)
        return { clockOffset }
      }),
    remove: id =>
      remove(id, () => {
        const tenant = register.find(id)
        if (tenant) register.removeTenant(tenant)
      }),

    tokens: tenant =>
      register
        .tokensOf(tenant)
        .map(({ token }) => token)
        .reverse(),

    async createToken(tenant, { text = newTokenText(), ...options } = {}) {
      const row = newToken(currentTenant(tenant), text, options, tables.now())
      const created = await tables.change(function* () {
        yield* requireTenant(tenant)
        return yield* insertToken(tenant, row)
      })
      return { token: heldToken(created), text }
    },

    async expireToken(tenant, id) {
      const now = tenantNow(currentTenant(tenant), tables.now())
      const expired = await tables.change(() => expire(tenant, id, now))
      return expired && heldToken(expired)
    },

    async rotateToken(tenant, id, overlap) {
      const current = currentTenant(tenant)
      const text = newTokenText()
      const rotated = await tables.change(function* () {
        const replaces = yield* expire(tenant, id, tenantNow(current, tables.now()) + overlap)
        if (!replaces) return undefined
        checkRoomForReplacement(tenant, yield* tokenCount(tenant))
        const { access, name } = replaces
        const row = newToken(current, text, { access, name }, tables.now())
        return { token: yield* tokenTable.insert(row), replaces }
      })
      return rotated && { token: heldToken(rotated.token), text, replaces: heldToken(rotated.replaces) }
    },

    async deleteToken(tenant, id) {
      const deletedAt = tenantNow(currentTenant(tenant), tables.now())
      const deleted = await tables.change(() => tokenTable.update(presentToken(tenant, id), { deletedAt }))
      return deleted !== undefined
    },
  }
}

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
  // They are kept only in memory, as hashes; a restart closes all of them.
  const internalTokens = new Map<string, InternalTokenRecord>()

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
    /** `tenant` is an ID. An internal token of a deleted tenant is not accepted. */
    openInternalToken(tenant: string, grant: InternalGrant = {}): InternalToken {
      // The journal shows the last characters of a request's token, so they identify an internal one.
      const text = `${randomBytes(32).toString('base64url')}.pass`
      const key = tokenKey(text)
      internalTokens.set(key, { tenant, grant })
      return { text, close: () => internalTokens.delete(key) }
    },
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
        const internalToken = internalTokens.get(key)
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

/** A hash as the key of a Map: one character per byte, which is shorter than hexadecimal, and created faster. */
export const hashKey = (hash: Buffer): string => hash.toString('latin1')

/** The key of the hash of a text. A Map needs no comparison in constant time: it reveals at most something about hashes. */
export const tokenKey = (text: string): string => hash('sha256', text, 'binary')
