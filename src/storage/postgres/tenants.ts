import { setTimeout as pause } from 'node:timers/promises'
import type { TenantStore, TokenOptions } from '../../domain/ports/tenants.ts'
import {
  checkClockOffset,
  type Tenant,
  TenantError,
  type TenantSettings,
  type Token,
  tenantNow,
} from '../../domain/tenants/tenant.ts'
import { newTenantId } from '../../domain/tenants/tenant-id.ts'
import { checkTokenText, newTokenText } from '../../domain/tenants/tokens.ts'
import { createTenantRegister, type TokenRecord } from '../common/tenant-register.ts'
import type { TokenRow } from '../common/tenant-rules.ts'
import {
  changeSettings,
  checkRoomForReplacement,
  checkTokenCount,
  newToken,
  noSuchTenant,
  type ProfileLookup,
  settingsOfNew,
  tenantTaken,
  tokenTaken,
  withProfile,
} from '../common/tenant-rules.ts'
import type { Cluster } from './cluster/cluster.ts'
import { atHints } from './cluster/hints.ts'
import { prepared } from './statement.ts'
import { lockTenants } from './tenant-clearing.ts'
import {
  changedTenants,
  changedTokens,
  createTenantRows,
  lockForChange,
  type TenantRow,
  type TenantRows,
  toStoredTenant,
  toTokenRecord,
} from './tenant-rows.ts'
import { createUses } from './uses.ts'

export type RemovedTenant = { readonly key: number; readonly id: string }

type TenantStoreOptions = {
  readonly cluster: Cluster
  readonly profileNamed: ProfileLookup
  /** Deletes the data of a tenant that does not exist any more. May run again for the same tenant. */
  readonly clear: (tenant: RemovedTenant) => Promise<void>
  /** Called when the data of a tenant whose deletion was interrupted cannot be deleted. It is tried again. */
  readonly onError?: (error: unknown) => void
}

export type PostgresTenants = TenantStore & {
  /** Writes the uses of tokens so far. They are written every second. */
  writeUses(): Promise<void>
  close(): Promise<void>
}

// Later than the instance that removed it would have done so.
const removedTenants = prepared(`
  select tenant as key, id from removed_tenants where at < clock_timestamp() - interval '1 minute' order by tenant`)
const forgetRemoved = prepared('delete from removed_tenants where tenant = $1')

/** Milliseconds. */
const useInterval = 1000
const retryDelay = 60_000

/**
 * Tenants and tokens in PostgreSQL. Every instance holds them in memory. To be created before the instance joins the cluster,
 * which reads them.
 */
export function createTenantStore({
  cluster,
  profileNamed,
  clear,
  onError = () => {},
}: TenantStoreOptions): PostgresTenants {
  const register = createTenantRegister(({ token }) => uses.note(token))
  const uses = createUses<Token>({
    table: 'tokens',
    statements: cluster.statements,
    hints: cluster.hints,
    now: cluster.now,
    find: id => register.tokenWithId(id)?.token,
    set(token) {
      const record = register.tokenWithId(token.id)
      if (record) record.token = token
    },
  })
  const tenantOf = (row: TenantRow): Tenant => withProfile(toStoredTenant(row), profileNamed)

  cluster.hold<TenantRow>({
    table: 'tenants',
    changes: changedTenants,
    apply(rows, removed) {
      for (const key of removed) {
        const tenant = register.findByKey(Number(key))
        if (tenant) register.removeTenant(tenant)
      }
      for (const row of rows) register.setTenant(tenantOf(row))
    },
    replace(rows) {
      const tenants = rows.map(tenantOf)
      register.clear()
      for (const tenant of tenants) register.setTenant(tenant)
    },
  })
  const setTokens = (rows: readonly TokenRow[]) => {
    for (const row of rows) {
      const record = toTokenRecord(row)
      register.setToken({ ...record, token: uses.withWaiting(record.token) })
    }
  }
  // After the tenants, which clear the register.
  cluster.hold<TokenRow>({
    table: 'tokens',
    changes: changedTokens,
    apply: setTokens,
    replace: setTokens,
  })

  const timer = setInterval(() => {
    // They are added to the next ones.
    uses.exchangeNew().catch(() => {})
  }, useInterval).unref()

  const change = <Result>(work: (rows: TenantRows) => Promise<Result | undefined>) =>
    cluster.change((connection, epoch) => work(createTenantRows(connection, epoch)))
  /** Waits for a reset or a restore of the tenant before changes of other tenants have to wait for this one. */
  const changeTenant = <Result>(id: string, work: (rows: TenantRows) => Promise<Result | undefined>) =>
    cluster.change(
      (connection, epoch) => work(createTenantRows(connection, epoch)),
      connection => lockForChange(connection, id),
    )

  /** The tenant as this instance holds it after a change. */
  const registered = (row: TenantRow): Tenant => register.find(row.id) ?? tenantOf(row)
  // The clock may have been moved since the caller received the tenant.
  const currentTenant = (tenant: Tenant) => register.find(tenant.id) ?? tenant
  const heldToken = ({ token }: TokenRecord) => register.tokenWithId(token.id)?.token ?? token
  const findToken = (tenant: Tenant, id: string) =>
    register.tokensOf(tenant).find(({ token }) => token.id === id)

  const insertTenant = async (rows: TenantRows, id: string, settings: TenantSettings): Promise<TenantRow> => {
    if (await rows.tenant(id)) throw tenantTaken(id)
    if (await rows.isBeingDeleted(id)) {
      throw new TenantError(
        'taken',
        `The tenant "${id}" is still being deleted. Try again later, or choose another ID.`,
      )
    }
    return rows.insertTenant(id, settings, cluster.now())
  }
  const insertToken = async (rows: TenantRows, tenant: Tenant, record: TokenRecord): Promise<void> => {
    checkTokenCount(tenant, await rows.countTokens(tenant.key))
    if (await rows.hasHash(record.hash)) throw tokenTaken()
    await rows.insertToken(record)
  }

  /** `isWanted` is called inside the change. */
  const createAlone = async (
    changes: Partial<TenantSettings>,
    id: string,
    isWanted: (rows: TenantRows) => Promise<boolean>,
  ): Promise<Tenant | undefined> => {
    const settings = settingsOfNew(id, changes, profileNamed)
    const row = await change(async rows =>
      (await isWanted(rows)) ? insertTenant(rows, id, settings) : undefined,
    )
    return row && registered(row)
  }
  /** `isWanted` is called inside the change. */
  const createTogether = async (
    changes: Partial<TenantSettings>,
    id: string,
    { text = newTokenText(), access = 'full' }: TokenOptions,
    isWanted: (rows: TenantRows) => Promise<boolean>,
  ) => {
    const settings = settingsOfNew(id, changes, profileNamed)
    checkTokenText(text)
    const written = await change(async rows => {
      if (!(await isWanted(rows))) return undefined
      const row = await insertTenant(rows, id, settings)
      const tenant = tenantOf(row)
      const record = newToken(tenant, text, access, cluster.now())
      await insertToken(rows, tenant, record)
      return { row, record }
    })
    return written && { tenant: registered(written.row), token: heldToken(written.record), text }
  }

  const clearOne = async (tenant: RemovedTenant) => {
    await clear(tenant)
    await cluster.statements.query(forgetRemoved, [tenant.key])
  }
  const clearRemoved = async () => {
    const removed = await cluster.statements.query<RemovedTenant>(removedTenants)
    for (const tenant of removed) await clearOne(tenant)
  }
  const stopClearing = cluster.leader.lead((_term, signal) =>
    atHints(
      listener => cluster.hints.subscribe('chores', listener),
      signal,
      () =>
        clearRemoved().catch(async error => {
          onError(error)
          await pause(retryDelay, undefined, { signal, ref: false }).catch(() => {})
        }),
    ),
  )

  return {
    list: register.list,
    find: register.find,
    findByKey: register.findByKey,
    authenticate: register.admit,
    refusalOf: register.refusalOf,
    isToken: register.isToken,
    openInternalToken: register.openInternalToken,

    async create(changes, id = newTenantId()) {
      const created = await createAlone(changes, id, async () => true)
      if (!created) throw new Error(`The tenant "${id}" was not created.`)
      return created
    },

    async createWithToken(changes, id = newTenantId(), options = {}) {
      const created = await createTogether(changes, id, options, async () => true)
      if (!created) throw new Error(`The tenant "${id}" was not created.`)
      return created
    },

    async createFirst(changes, id = newTenantId(), token = {}) {
      const isFirst = async (rows: TenantRows) => !(await rows.hasTenants())
      const createTenant = async () => {
        const tenant = await createAlone(changes, id, isFirst)
        return tenant && { tenant }
      }
      const created =
        token === 'none' ? await createTenant() : await createTogether(changes, id, token, isFirst)
      // The tenant of another instance.
      if (!created) await cluster.look()
      return created
    },

    async update(id, change) {
      const row = await changeTenant(id, async rows => {
        const current = await rows.tenant(id)
        if (!current) return undefined
        const { settings, declared } = toStoredTenant(current)
        const merged = changeSettings(settings, change)
        profileNamed(merged.profile, merged.switches, declared)
        return rows.setSettings(id, merged)
      })
      return row && registered(row)
    },

    async setDeclarations(id, declared) {
      const row = await changeTenant(id, async rows => {
        const current = await rows.tenant(id)
        if (!current) return undefined
        profileNamed(current.profile, current.switches, declared)
        return rows.setDeclared(id, declared)
      })
      return row && registered(row)
    },

    async remove(id) {
      // Writes under way end before changes of other tenants have to wait.
      const key = await cluster.change(
        (connection, epoch) => createTenantRows(connection, epoch).deleteTenant(id),
        connection => lockTenants(connection, 't.id = $1', [id]),
      )
      // No instance serves requests to it any more.
      if (key !== undefined) await clearOne({ key, id })
      return key !== undefined
    },

    async setClock(id, offset) {
      const row = await changeTenant(id, async rows => {
        const current = await rows.tenant(id)
        if (!current) return undefined
        checkClockOffset(current.clock_offset, offset)
        return rows.setClockOffset(id, offset)
      })
      return row && registered(row)
    },

    tokens: tenant =>
      register
        .tokensOf(tenant)
        .map(({ token }) => token)
        .reverse(),

    async createToken(tenant, { text = newTokenText(), access = 'full' } = {}) {
      checkTokenText(text)
      const record = newToken(currentTenant(tenant), text, access, cluster.now())
      await change(async rows => {
        if ((await rows.tenant(tenant.id))?.key !== tenant.key) throw noSuchTenant(tenant.id)
        await insertToken(rows, tenant, record)
        return record
      })
      return { token: heldToken(record), text }
    },

    async expireToken(tenant, id) {
      const now = tenantNow(currentTenant(tenant), cluster.now())
      const isFound = await change(async rows => (await rows.setExpires(tenant.key, id, now)) || undefined)
      return isFound && findToken(tenant, id)?.token
    },

    async rotateToken(tenant, id, overlap) {
      const old = findToken(tenant, id)
      if (!old) return undefined
      const current = currentTenant(tenant)
      const text = newTokenText()
      const record = newToken(current, text, old.token.access, cluster.now())
      const isFound = await change(async rows => {
        const ends = tenantNow(current, cluster.now()) + overlap
        if (!(await rows.setExpires(tenant.key, id, ends))) return undefined
        checkRoomForReplacement(tenant, await rows.countTokens(tenant.key))
        await rows.insertToken(record)
        return true
      })
      if (!isFound) return undefined
      return { token: heldToken(record), text, replaces: heldToken(old) }
    },

    async deleteToken(tenant, id) {
      const now = tenantNow(currentTenant(tenant), cluster.now())
      const isFound = await change(async rows => (await rows.setDeletedAt(tenant.key, id, now)) || undefined)
      return isFound === true
    },

    writeUses: uses.exchange,

    async close() {
      clearInterval(timer)
      await stopClearing()
      if (cluster.isServing()) await uses.exchange().catch(() => {})
    },
  }
}
