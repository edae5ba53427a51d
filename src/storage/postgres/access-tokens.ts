import { deadTokenRetention, maxDeadTokens, maxLiveTokens } from '../../domain/tenants/oauth-clients.ts'
import type { RawRow } from '../common/held-table.ts'
import { type AccessTokenRows, accessTokenTable } from '../common/stores/access-tokens.ts'
import type { Reads } from './connect.ts'
import { prepared } from './statement.ts'

const withHash = prepared(`select * from access_tokens where hash = decode($1, 'hex')`)
const ofClient = prepared(`
  select * from access_tokens
  where tenant = $1 and ($2::text is null or client = $2) and coalesce(revoked_at, expires) > $3
  order by key desc`)

// The lock makes the deletion of the client wait, or finds it. The other parts do not see the inserted token.
const issue = prepared(`
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

type AccessTokenOptions = {
  readonly reads: Pick<Reads, 'query'>
  readonly statements: Pick<Reads, 'query'>
}

export function createPostgresAccessTokens({ reads, statements }: AccessTokenOptions): AccessTokenRows {
  const { toRow } = accessTokenTable
  return {
    maxAge: 60_000,
    async find(hash) {
      const [raw] = await reads.query<RawRow>(withHash, [hash.toString('hex')])
      return raw && toRow(raw)
    },
    async list(tenant, client, since) {
      return (await reads.query<RawRow>(ofClient, [tenant, client ?? null, since])).map(toRow)
    },
    async insert({ id, client, secret = null, hash, ending, access, scope, created, expires }) {
      const values = [id, client, secret, hash.toString('hex'), ending, access, scope, created, expires]
      const rows = await statements.query<{ readonly id: string; readonly is_new: boolean }>(issue, values)
      if (!rows.some(row => row.is_new)) return undefined
      return rows.filter(row => !row.is_new).map(row => row.id)
    },
  }
}
