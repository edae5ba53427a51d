import { setTimeout as pause } from 'node:timers/promises'
import { BusyError } from '../../domain/ports/database.ts'
import type { NewSession } from '../../domain/ports/snapshots.ts'
import {
  firstSessionId,
  TenantError,
  type TenantSettings,
  type TenantStore,
} from '../../domain/tenants/tenant.ts'
import type { HeldTables, Plan } from '../common/held-tables.ts'
import * as common from '../common/stores/tenants.ts'
import type { ProfileLookup } from '../common/tenant-rules.ts'
import type { Cluster } from './cluster/cluster.ts'
import { atHints } from './cluster/hints.ts'
import { type Connection, lockNotAvailable, sqlStateOf } from './connection.ts'
import { toStorableJson } from './dialect.ts'
import { prepared, type SqlValue } from './statement.ts'

export type RemovedTenant = { readonly key: number; readonly id: string }

type TenantStoreOptions = {
  readonly cluster: Cluster
  readonly tables: HeldTables
  readonly profileNamed: ProfileLookup
  /** May run again for the same tenant. */
  readonly clear: (tenant: RemovedTenant) => Promise<void>
  readonly onError?: (error: unknown) => void
}

export type PostgresTenants = TenantStore & { close(): Promise<void> }

// Later than the instance that removed it would have done so.
const removedTenants = prepared(`
  select tenant as key, id from removed_tenants where at < clock_timestamp() - interval '1 minute' order by tenant`)
const forgetRemoved = prepared('delete from removed_tenants where tenant = $1')

/** Milliseconds. */
const retryDelay = 60_000

function* requireUnused(id: string): Plan<void> {
  const removed = yield { text: 'select 1 from removed_tenants where id = @id', params: { id } }
  if (removed.length === 0) return
  throw new TenantError(
    'taken',
    `The tenant "${id}" is still being deleted. Try again later, or choose another ID.`,
  )
}

/** Tenants and tokens, with the deletion of a tenant's data. To be created before the instance joins the cluster, which reads them. */
export function createTenantStore({
  cluster,
  tables,
  profileNamed,
  clear,
  onError = () => {},
}: TenantStoreOptions): PostgresTenants {
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
          if (signal.aborted) return
          onError(error)
          await pause(retryDelay, undefined, { signal, ref: false }).catch(() => {})
        }),
    ),
  )

  const store = common.createTenantStore(tables, {
    profileNamed,
    requireUnused,
    async remove(id) {
      const key = await cluster.change(
        (connection, epoch) => deleteTenant(connection, id, epoch),
        connection => lockTenants(connection, 't.id = $1', [id]),
      )
      if (key !== undefined) await clearOne({ key, id })
      return key !== undefined
    },
  })
  return {
    ...store,
    async createFirst(...values) {
      const created = await store.createFirst(...values)
      if (!created) await cluster.look()
      return created
    },
    close: stopClearing,
  }
}

const insertSessionTenant = prepared(`
  insert into tenants (key, id, profile, on_delete, throttle, switches, clock_offset, created, declared, session, imported, epoch)
  overriding system value values ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9::jsonb, $10::json, $11::json, $12)`)
const deleteTenantRows = prepared(`
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

const settingsColumns = ({ profile, onDelete, throttle, switches }: TenantSettings) => [
  profile,
  onDelete,
  throttle,
  JSON.stringify(switches),
]

const storable = (value: object | undefined) => (value ? toStorableJson(JSON.stringify(value)) : null)

export async function insertSession(
  connection: Connection,
  {
    id,
    settings,
    declared,
    session,
    imported,
  }: Pick<NewSession, 'id' | 'settings' | 'declared' | 'session' | 'imported'>,
  { key, created, epoch }: { readonly key: number; readonly created: number; readonly epoch: number },
): Promise<void> {
  await connection.query(insertSessionTenant, [
    ...[key, id, ...settingsColumns(settings), session ? session.tenantTime - session.exported : 0, created],
    ...[JSON.stringify(declared), storable(session), storable(imported), epoch],
  ])
}

const lockTenant = prepared('select key from tenants where id = $1 for no key update')

/** Throws `BusyError`. */
export async function lockForChange(connection: Connection, id: string): Promise<void> {
  try {
    await connection.query(lockTenant, [id])
  } catch (error) {
    if (sqlStateOf(error) !== lockNotAvailable) throw error
    throw new BusyError(`The tenant "${id}" is being reset, restored or deleted. Try again later.`)
  }
}

/** Deletes a tenant with its credentials. Returns its key, since its data has yet to be deleted. */
async function deleteTenant(connection: Connection, id: string, epoch: number): Promise<number | undefined> {
  const [row] = await connection.query<{ readonly tenant: number }>(deleteTenantRows, [id, epoch])
  return row?.tenant
}

/**
 * The tables with data of tenants, apart from the tenants themselves and their tokens. Requests to a removed tenant that are under way
 * lock the resources that they change, so these are first: afterwards nothing is added to the other tables.
 */
const tables = [
  'resources',
  'deleted_resources',
  'versions',
  'membership_events',
  'memberships',
  'last_seen',
  'keys',
  'indexed_texts',
  'counts',
  'permission_sets',
  'account_assignments',
  'assignment_requests',
  'identity_center_instances',
] as const

const unlimited = 'set local statement_timeout = 0'

/** Milliseconds to wait for requests under way. */
const defaultTimeout = 30_000

/**
 * Locks the tenants that meet a condition on `t.key` and `t.id`, in the order of their keys, and returns the keys. Requests that
 * change one of them end before that, and later ones wait for the end of the transaction. Other tenants are not affected. To be
 * called before the transaction reads anything. Throws `BusyError`.
 */
export async function lockTenants(
  connection: Connection,
  condition: string,
  values: readonly SqlValue[] = [],
  timeout = defaultTimeout,
): Promise<readonly number[]> {
  await connection.execute(`${unlimited}; set local lock_timeout = ${timeout}`)
  try {
    const rows = await connection.query<{ readonly key: number }>(
      { text: `select t.key from tenants t where ${condition} order by t.key for update` },
      values,
    )
    return rows.map(({ key }) => key)
  } catch (error) {
    if (sqlStateOf(error) !== lockNotAvailable) throw error
    throw new BusyError('Clients change the tenant without a pause. Try again when they send fewer requests.')
  }
}

export async function clearTenants(connection: Connection, keys: readonly number[]): Promise<void> {
  if (keys.length === 0) return
  await connection.execute(unlimited)
  await Promise.all(
    tables.map(table =>
      connection.query({ text: `delete from ${table} where tenant = any($1::bigint[])` }, [keys]),
    ),
  )
}

/**
 * Deletes the directory of the tenant with this id, or of all tenants, and resets their clocks. Returns the keys of the tenants. To
 * be called at the beginning of a transaction.
 */
export async function resetTenants(
  connection: Connection,
  id: string | undefined,
): Promise<readonly number[]> {
  const keys = await (id === undefined
    ? lockTenants(connection, 'true')
    : lockTenants(connection, 't.id = $1', [id]))
  await clearTenants(connection, keys)
  await connection.query({ text: 'update tenants set clock_offset = 0 where key = any($1::bigint[])' }, [
    keys,
  ])
  return keys
}

/** Deletes the requests, too, if the tenant was an opened session. */
export async function clearRemovedTenant(
  connection: Connection,
  { key, id }: { readonly key: number; readonly id: string },
): Promise<void> {
  await clearTenants(connection, [key])
  await connection.query({ text: 'delete from indexed_attributes where tenant = $1' }, [key])
  await connection.query({ text: 'delete from history_starts where tenant = $1' }, [key])
  await connection.query({ text: 'delete from buckets where tenant = $1' }, [key])
  await connection.query({ text: 'delete from access_tokens where tenant = $1' }, [key])
  for (const [table, column] of sessionTables) {
    await connection.query(
      { text: `delete from ${table} where tenant = $1 and ${column} >= '${firstSessionId}'` },
      [id],
    )
  }
}

const sessionTables = [
  ['exchanges', 'id'],
  ['exchange_notes', 'id'],
  ['findings', 'exchange'],
  ['cycles', 'id'],
  ['setup_steps', 'exchange'],
] as const
