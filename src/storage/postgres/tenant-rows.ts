import { BusyError } from '../../domain/ports/database.ts'
import type { NewSession } from '../../domain/ports/opened-sessions.ts'
import type { TenantSettings } from '../../domain/tenants/tenant.ts'
import { type Connection, lockNotAvailable, sqlStateOf } from './connection.ts'
import { prepared } from './statement.ts'
import { toStorableJson } from './storable.ts'

const insertSessionTenant = prepared(`
  insert into tenants (key, id, profile, on_delete, throttle, switches, clock_offset, created, declared, session, epoch)
  overriding system value values ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9::jsonb, $10::json, $11)`)
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
export async function deleteTenant(
  connection: Connection,
  id: string,
  epoch: number,
): Promise<number | undefined> {
  const [row] = await connection.query<{ readonly tenant: number }>(deleteTenantRows, [id, epoch])
  return row?.tenant
}
