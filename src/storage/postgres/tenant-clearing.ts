import { BusyError } from '../../domain/ports/database.ts'
import { firstSessionId } from '../../domain/tenants/opened-session.ts'
import { type Connection, lockNotAvailable, sqlStateOf } from './connection.ts'
import type { SqlValue } from './statement.ts'

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
