import { deadTokenRetention, maxDeadTokens, maxLiveTokens } from '../../domain/tenants/oauth-clients.ts'
import type { ClientRow, SecretRow } from '../common/oauth-client-register.ts'
import type { AccessTokenRow, changeClientRow } from '../common/oauth-client-rules.ts'
import type { Reads } from './connect.ts'
import type { Connection } from './connection.ts'
import { prepared } from './statement.ts'

/** Rows that changed since, in order of creation. */
export const changedClients = prepared('select * from oauth_clients where epoch > $1 order by key')
export const changedSecrets = prepared('select * from client_secrets where epoch > $1 order by key')
/** Tokens that were revoked since. Others have no epoch: instances read the tokens that they do not hold. */
export const revokedTokens = prepared(
  'select id, revoked_at from access_tokens where epoch > greatest($1, 0) and revoked_at is not null',
)

export type RevokedToken = { readonly id: string; readonly revoked_at: number }

const tenantWithId = prepared('select key from tenants where id = $1')
const clientWithId = prepared('select * from oauth_clients where id = $1 and deleted_at is null')
const clientNamed = prepared('select 1 from oauth_clients where tenant = $1 and client_id = $2')
const insertClient = prepared(`
  insert into oauth_clients (id, tenant, client_id, name, access, token_lifetime, assertion, created, uses, epoch)
  values ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9)`)
const changeClient = prepared(`
  update oauth_clients set name = $2, access = $3, token_lifetime = $4, assertion = $5, epoch = $6 where id = $1
  returning id`)
const deleteClient = prepared(`
  update oauth_clients set deleted_at = $2, epoch = $3 where id = $1 and deleted_at is null returning id`)
const liveSecrets = prepared(`
  select count(*) as count from client_secrets where client = $1 and deleted_at is null and expires > $2`)
const insertSecret = prepared(`
  insert into client_secrets (id, tenant, client, hash, ending, created, expires, uses, epoch)
  values ($1, $2, $3, decode($4, 'hex'), $5, $6, $7, 0, $8)`)
const deleteSecret = prepared(`
  update client_secrets set deleted_at = $3, epoch = $4 where id = $1 and client = $2 and deleted_at is null
  returning id`)
const revokeToken = prepared(`
  update access_tokens set revoked_at = $3, epoch = $4 where id = $1 and tenant = $2 and revoked_at is null
  returning id`)

const tokenWithHash = prepared(`select * from access_tokens where hash = decode($1, 'hex')`)
const tokensOf = prepared(`
  select * from access_tokens
  where tenant = $1 and ($2::text is null or client = $2) and coalesce(revoked_at, expires) > $3
  order by key desc`)

// The lock makes the deletion of the client wait, or finds it. The other parts do not see the inserted token.
const issueToken = prepared(`
  with client as (select id, tenant from oauth_clients where id = $2 and deleted_at is null for key share),
    issued as (
      insert into access_tokens (id, tenant, client, secret, hash, ending, access, scope, created, expires, uses)
      select $1, client.tenant, client.id, $3, decode($4, 'hex'), $5, $6, $7, $8, $9, 0 from client
      returning id),
    revoked as (
      update access_tokens set revoked_at = $8
      where client = $2 and revoked_at is null and expires > $8 and key <= (
        select key from access_tokens where client = $2 and revoked_at is null and expires > $8
        order by key desc limit 1 offset ${maxLiveTokens - 1})
      returning id),
    forgotten as (
      delete from access_tokens
      where client = $2 and (revoked_at is not null or expires <= $8) and (
        coalesce(revoked_at, expires) <= $8 - ${deadTokenRetention}::bigint
        or key <= (
          select key from access_tokens where client = $2
          order by key desc limit 1 offset ${maxLiveTokens + maxDeadTokens})))
  select id, true as is_new from issued union all select id, false from revoked`)

/** The rows of clients and secrets, in a transaction that changes them. Changed rows get the epoch. */
export function createClientRows(connection: Connection, epoch: number) {
  const exists = async (...query: Parameters<Connection['query']>) =>
    (await connection.query(...query)).length > 0
  return {
    async keyOfTenant(id: string): Promise<number | undefined> {
      const [row] = await connection.query<{ readonly key: number }>(tenantWithId, [id])
      return row?.key
    },
    /** Undefined for a deleted client. */
    async client(id: string): Promise<ClientRow | undefined> {
      const [row] = await connection.query<ClientRow>(clientWithId, [id])
      return row
    },
    isClientTaken: (tenant: number, clientId: string) => exists(clientNamed, [tenant, clientId]),
    async insertClient(row: ClientRow): Promise<void> {
      const { id, tenant, client_id, name, access, token_lifetime, assertion, created } = row
      await connection.query(insertClient, [
        id,
        tenant,
        client_id,
        name,
        access,
        token_lifetime,
        assertion,
        created,
        epoch,
      ])
    },
    changeClient: (
      id: string,
      { name, access, token_lifetime, assertion }: ReturnType<typeof changeClientRow>,
    ) => exists(changeClient, [id, name, access, token_lifetime, assertion, epoch]),
    deleteClient: (id: string, at: number) => exists(deleteClient, [id, at, epoch]),
    async countLiveSecrets(client: string, now: number): Promise<number> {
      const [row] = await connection.query<{ readonly count: number }>(liveSecrets, [client, now])
      return row?.count ?? 0
    },
    async insertSecret({ id, tenant, client, hash, ending, created, expires }: SecretRow): Promise<void> {
      const values = [id, tenant, client, hash.toString('hex'), ending, created, expires, epoch]
      await connection.query(insertSecret, values)
    },
    deleteSecret: (client: string, id: string, at: number) => exists(deleteSecret, [id, client, at, epoch]),
    revokeToken: (tenant: number, id: string, at: number) => exists(revokeToken, [id, tenant, at, epoch]),
  }
}

export type ClientRows = ReturnType<typeof createClientRows>

type Query = Pick<Reads, 'query'>

export async function findToken({ query }: Query, hash: Buffer): Promise<AccessTokenRow | undefined> {
  const [row] = await query<AccessTokenRow>(tokenWithHash, [hash.toString('hex')])
  return row
}

/** Newest first, without those that ended before `since`. `client` is the id of a row. */
export const listTokens = (
  { query }: Query,
  tenant: number,
  client: string | undefined,
  since: number,
): Promise<readonly AccessTokenRow[]> => query<AccessTokenRow>(tokensOf, [tenant, client ?? null, since])

/**
 * Inserts a token unless its client is deleted, revokes the oldest of its client beyond the maximum, and deletes those that are not
 * recognized any longer.
 */
export async function insertToken(
  { query }: Query,
  { id, client, secret, hash, ending, access, scope, created, expires }: AccessTokenRow,
): Promise<{ readonly isIssued: boolean; readonly revoked: readonly string[] }> {
  const rows = await query<{ readonly id: string; readonly is_new: boolean }>(issueToken, [
    id,
    client,
    secret,
    hash.toString('hex'),
    ending,
    access,
    scope,
    created,
    expires,
  ])
  return {
    isIssued: rows.some(row => row.is_new),
    revoked: rows.filter(row => !row.is_new).map(row => row.id),
  }
}
