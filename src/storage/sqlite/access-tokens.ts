import type { Database } from 'better-sqlite3'
import type { Writer } from '../../domain/ports/database.ts'
import { deadTokenRetention, maxDeadTokens, maxLiveTokens } from '../../domain/tenants/oauth-clients.ts'
import type { RawRow } from '../common/held-table.ts'
import { type AccessTokenRows, accessTokenTable } from '../common/stores/access-tokens.ts'

export function createSqliteAccessTokens(db: Database, writer: Pick<Writer, 'write'>): AccessTokenRows {
  const { toRow } = accessTokenTable
  const withHash = db.prepare<[Buffer], RawRow>('select * from access_tokens where hash = ?')
  const ofClient = db.prepare<object, RawRow>(`
    select * from access_tokens
    where tenant = @tenant and (@client is null or client = @client) and coalesce(revoked_at, expires) > @since
    order by key desc`)
  const clientExists = db.prepare<object>(`
    select 1 from oauth_clients where id = @client and deleted_at is null and tenant in (select key from tenants)`)
  const insert = db.prepare<object>(`
    insert into access_tokens (id, tenant, client, secret, hash, ending, access, scope, created, expires, uses)
    values (@id, @tenant, @client, @secret, @hash, @ending, @access, @scope, @created, @expires, 0)`)
  const revokeOldest = db
    .prepare<object, string>(`
      update access_tokens set revoked_at = @now
      where client = @client and revoked_at is null and expires > @now and key <= (
        select key from access_tokens where client = @client and revoked_at is null and expires > @now
        order by key desc limit 1 offset ${maxLiveTokens})
      returning id`)
    .pluck()
  const prune = db.prepare<object>(`
    delete from access_tokens
    where client = @client and (revoked_at is not null or expires <= @now) and (
      coalesce(revoked_at, expires) <= @now - ${deadTokenRetention}
      or key <= (
        select key from access_tokens where client = @client
        order by key desc limit 1 offset ${maxLiveTokens + maxDeadTokens}))`)

  return {
    find(hash) {
      const raw = withHash.get(hash)
      return raw && toRow(raw)
    },
    list: (tenant, client, since) => ofClient.all({ tenant, client: client ?? null, since }).map(toRow),
    insert: row =>
      writer.write(() => {
        const { client, secret = null, created: now } = row
        if (!clientExists.get({ client })) return undefined
        insert.run({ ...row, secret })
        prune.run({ client, now })
        return revokeOldest.all({ client, now })
      }),
  }
}
