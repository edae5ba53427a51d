import { BusyError } from '../../domain/ports/database.ts'
import type { NewSession } from '../../domain/ports/opened-sessions.ts'
import type { OpenedSession } from '../../domain/tenants/opened-session.ts'
import type { TenantSettings } from '../../domain/tenants/tenant.ts'
import type { Declarations } from '../../scim/declare/declarations.ts'
import type { TokenRecord } from '../common/tenant-register.ts'
import type { StoredTenant, TokenRow } from '../common/tenant-rules.ts'
import { type Connection, lockNotAvailable, sqlStateOf } from './connection.ts'
import { prepared } from './statement.ts'
import { toStorableJson } from './storable.ts'

export type TenantRow = {
  readonly key: number
  readonly id: string
  readonly profile: TenantSettings['profile']
  readonly on_delete: TenantSettings['onDelete']
  readonly throttle: TenantSettings['throttle']
  readonly switches: TenantSettings['switches']
  readonly declared: Declarations
  readonly clock_offset: number
  readonly created: number
  readonly session: OpenedSession | null
}

export const toStoredTenant = (row: TenantRow): StoredTenant => ({
  key: row.key,
  id: row.id,
  settings: {
    profile: row.profile,
    onDelete: row.on_delete,
    throttle: row.throttle,
    switches: row.switches,
  },
  declared: row.declared,
  clockOffset: row.clock_offset,
  created: row.created,
  ...(row.session !== null && { session: row.session }),
})

export const toTokenRecord = (row: TokenRow): TokenRecord => ({
  token: {
    id: row.id,
    tenant: row.tenant,
    ending: row.ending,
    access: row.access,
    created: row.created,
    expires: row.expires,
    ...(row.last_used !== null && { lastUsed: row.last_used }),
    uses: row.uses,
  },
  hash: row.hash,
  ...(row.deleted_at !== null && { deletedAt: row.deleted_at }),
})

/** Rows of tenants that changed since. Rows are in order of creation. */
export const changedTenants = prepared('select * from tenants where epoch > $1 order by key')
export const changedTokens = prepared('select * from tokens where epoch > $1 order by key')

const tenantWithId = prepared('select * from tenants where id = $1')
const anyTenant = prepared('select 1 from tenants limit 1')
const beingDeleted = prepared('select 1 from removed_tenants where id = $1')
const insertTenant = prepared(`
  insert into tenants (id, profile, on_delete, throttle, switches, clock_offset, created, epoch)
  values ($1, $2, $3, $4, $5::jsonb, 0, $6, $7)
  returning *`)
const insertSessionTenant = prepared(`
  insert into tenants (key, id, profile, on_delete, throttle, switches, clock_offset, created, declared, session, epoch)
  overriding system value values ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9::jsonb, $10::json, $11)`)
const setSettings = prepared(`
  update tenants set profile = $2, on_delete = $3, throttle = $4, switches = $5::jsonb, epoch = $6 where id = $1
  returning *`)
const setDeclared = prepared('update tenants set declared = $2::jsonb, epoch = $3 where id = $1 returning *')
const setClockOffset = prepared('update tenants set clock_offset = $2, epoch = $3 where id = $1 returning *')
const deleteTenant = prepared(`
  with gone as (delete from tenants where id = $1 returning key, id),
    tokens_gone as (delete from tokens using gone where tokens.tenant = gone.key),
    access_keys_gone as (delete from access_keys using gone where access_keys.tenant = gone.key),
    clients_gone as (delete from oauth_clients using gone where oauth_clients.tenant = gone.key),
    secrets_gone as (delete from client_secrets using gone where client_secrets.tenant = gone.key),
    issuers_gone as (delete from issuers using gone where issuers.tenant = gone.key),
    mutes_gone as (delete from finding_mutes using gone where finding_mutes.tenant = gone.key),
    remembered as (insert into removals (epoch, kind, key) select $2, 'tenants', key::text from gone)
  insert into removed_tenants (tenant, id) select key, id from gone
  returning tenant`)
const tokensThatCount = prepared(
  'select count(*) as count from tokens where tenant = $1 and deleted_at is null',
)
const tokenWithHash = prepared(`select 1 from tokens where hash = decode($1, 'hex')`)
const insertToken = prepared(`
  insert into tokens (id, tenant, hash, ending, access, created, expires, uses, epoch)
  values ($1, $2, decode($3, 'hex'), $4, $5, $6, $7, 0, $8)`)
const setExpires = prepared(`
  update tokens set expires = least(expires, $3), epoch = $4 where id = $1 and tenant = $2 and deleted_at is null
  returning expires`)
const setDeletedAt = prepared(`
  update tokens set deleted_at = $3, epoch = $4 where id = $1 and tenant = $2 and deleted_at is null
  returning id`)

const settingsColumns = ({ profile, onDelete, throttle, switches }: TenantSettings) => [
  profile,
  onDelete,
  throttle,
  JSON.stringify(switches),
]

/** Inserts the tenant of an opened session under a key of the sequence. */
export async function insertSession(
  connection: Connection,
  { id, settings, declared, session }: Pick<NewSession, 'id' | 'settings' | 'declared' | 'session'>,
  { key, created, epoch }: { readonly key: number; readonly created: number; readonly epoch: number },
): Promise<void> {
  await connection.query(insertSessionTenant, [
    ...[key, id, ...settingsColumns(settings), session.tenantTime - session.exported, created],
    ...[JSON.stringify(declared), toStorableJson(JSON.stringify(session)), epoch],
  ])
}

const lockTenant = prepared('select key from tenants where id = $1 for no key update')

/** Locks a tenant whose settings will change. Throws `BusyError`. */
export async function lockForChange(connection: Connection, id: string): Promise<void> {
  try {
    await connection.query(lockTenant, [id])
  } catch (error) {
    if (sqlStateOf(error) !== lockNotAvailable) throw error
    throw new BusyError(`The tenant "${id}" is being reset, restored or deleted. Try again later.`)
  }
}

/** The rows of tenants and tokens, in a transaction that changes them. Changed rows get the epoch. */
export function createTenantRows(connection: Connection, epoch: number) {
  const exists = async (...query: Parameters<Connection['query']>) =>
    (await connection.query(...query)).length > 0
  return {
    async tenant(id: string): Promise<TenantRow | undefined> {
      const [row] = await connection.query<TenantRow>(tenantWithId, [id])
      return row
    },
    hasTenants: () => exists(anyTenant),
    /** Whether the data of a deleted tenant with this id is not deleted yet. */
    isBeingDeleted: (id: string) => exists(beingDeleted, [id]),
    async insertTenant(id: string, settings: TenantSettings, created: number): Promise<TenantRow> {
      const values = [id, ...settingsColumns(settings), created, epoch]
      const [row] = await connection.query<TenantRow>(insertTenant, values)
      if (!row) throw new Error(`The tenant "${id}" was not written.`)
      return row
    },
    async setSettings(id: string, settings: TenantSettings): Promise<TenantRow | undefined> {
      const values = [id, ...settingsColumns(settings), epoch]
      const [row] = await connection.query<TenantRow>(setSettings, values)
      return row
    },
    async setDeclared(id: string, declared: Declarations): Promise<TenantRow | undefined> {
      const [row] = await connection.query<TenantRow>(setDeclared, [id, JSON.stringify(declared), epoch])
      return row
    },
    async setClockOffset(id: string, offset: number): Promise<TenantRow | undefined> {
      const [row] = await connection.query<TenantRow>(setClockOffset, [id, offset, epoch])
      return row
    },
    /** Deletes its credentials, too. Returns the key of the tenant, whose data has yet to be deleted. */
    async deleteTenant(id: string): Promise<number | undefined> {
      const [row] = await connection.query<{ readonly tenant: number }>(deleteTenant, [id, epoch])
      return row?.tenant
    },

    async countTokens(tenant: number): Promise<number> {
      const [row] = await connection.query<{ readonly count: number }>(tokensThatCount, [tenant])
      return row?.count ?? 0
    },
    hasHash: (hash: Buffer) => exists(tokenWithHash, [hash.toString('hex')]),
    async insertToken({ token, hash }: TokenRecord): Promise<void> {
      const { id, tenant, ending, access, created, expires } = token
      const values = [id, tenant, hash.toString('hex'), ending, access, created, expires, epoch]
      await connection.query(insertToken, values)
    },
    /** A token that expires earlier keeps its date. */
    setExpires: (tenant: number, id: string, expires: number) =>
      exists(setExpires, [id, tenant, expires, epoch]),
    setDeletedAt: (tenant: number, id: string, deletedAt: number) =>
      exists(setDeletedAt, [id, tenant, deletedAt, epoch]),
  }
}

export type TenantRows = ReturnType<typeof createTenantRows>
