import type { Database } from 'better-sqlite3'
import { deadTokenRetention, maxDeadTokens, maxLiveTokens } from '../../domain/tenants/oauth-clients.ts'
import type { ClientRow, Issues, SecretRow } from '../common/oauth-client-register.ts'
import type { AccessTokenRow, changeClientRow } from '../common/oauth-client-rules.ts'

/** The rows of clients, their secrets and access tokens; each method is one statement unless it says more. */
export function createClientRows(db: Database) {
  const allClients = db.prepare<[], ClientRow>('select * from oauth_clients order by key')
  const clientWithId = db.prepare<[string], ClientRow>(
    'select * from oauth_clients where id = ? and deleted_at is null',
  )
  const clientNamed = db.prepare<object>(
    'select 1 from oauth_clients where tenant = @tenant and client_id = @clientId',
  )
  const insertClient = db.prepare<object>(`
    insert into oauth_clients (id, tenant, client_id, name, access, token_lifetime, assertion, created, uses)
    values (@id, @tenant, @client_id, @name, @access, @token_lifetime, @assertion, @created, 0)`)
  const changeClient = db.prepare<object, ClientRow>(`
    update oauth_clients
    set name = @name, access = @access, token_lifetime = @token_lifetime, assertion = @assertion
    where id = @id
    returning *`)
  const deleteClient = db.prepare<object, ClientRow>(
    'update oauth_clients set deleted_at = @at where id = @id and deleted_at is null returning *',
  )
  const countIssue = db.prepare<object>(
    'update oauth_clients set uses = @uses, last_used = @lastUsed where id = @id',
  )

  const allSecrets = db.prepare<[], SecretRow>('select * from client_secrets order by key')
  const liveSecrets = db
    .prepare<object, number>(`
      select count(*) from client_secrets where client = @client and deleted_at is null and expires > @now`)
    .pluck()
  const insertSecret = db.prepare<object>(`
    insert into client_secrets (id, tenant, client, hash, ending, created, expires, uses)
    values (@id, @tenant, @client, @hash, @ending, @created, @expires, 0)`)
  const deleteSecret = db.prepare<object, SecretRow>(`
    update client_secrets set deleted_at = @at where id = @id and client = @client and deleted_at is null
    returning *`)
  const countIssueOfSecret = db.prepare<object>(
    'update client_secrets set uses = @uses, last_used = @lastUsed where id = @id',
  )

  const tokenWithHash = db.prepare<[Buffer], AccessTokenRow>('select * from access_tokens where hash = ?')
  const tokensOf = db.prepare<object, AccessTokenRow>(`
    select * from access_tokens
    where tenant = @tenant and (@client is null or client = @client) and coalesce(revoked_at, expires) > @since
    order by key desc`)
  const insertToken = db.prepare<object>(`
    insert into access_tokens (id, tenant, client, secret, hash, ending, access, scope, created, expires, uses)
    values (@id, @tenant, @client, @secret, @hash, @ending, @access, @scope, @created, @expires, 0)`)
  const revokeOldest = db.prepare<object, { readonly id: string }>(`
    update access_tokens set revoked_at = @now
    where client = @client and revoked_at is null and expires > @now and key <= (
      select key from access_tokens where client = @client and revoked_at is null and expires > @now
      order by key desc limit 1 offset ${maxLiveTokens})
    returning id`)
  const prune = db.prepare<object>(`
    delete from access_tokens
    where client = @client and (revoked_at is not null or expires <= @now) and (
      coalesce(revoked_at, expires) <= @now - ${deadTokenRetention}
      or key <= (
        select key from access_tokens where client = @client
        order by key desc limit 1 offset ${maxLiveTokens + maxDeadTokens}))`)
  const revoke = db.prepare<object>(
    'update access_tokens set revoked_at = @now where id = @id and tenant = @tenant and revoked_at is null',
  )
  const setUses = db.prepare<object>(
    'update access_tokens set uses = @uses, last_used = @lastUsed where id = @id',
  )

  const withLastUsed = ({ lastUsed = undefined, ...issues }: Issues) => ({
    ...issues,
    lastUsed: lastUsed ?? null,
  })
  return {
    clients: () => allClients.all(),
    /** Undefined for a deleted client. */
    client: (id: string) => clientWithId.get(id),
    isClientTaken: (tenant: number, clientId: string) => clientNamed.get({ tenant, clientId }) !== undefined,
    insertClient: (row: ClientRow) => insertClient.run(row),
    changeClient: (id: string, columns: ReturnType<typeof changeClientRow>) =>
      changeClient.get({ id, ...columns }),
    deleteClient: (id: string, at: number) => deleteClient.get({ id, at }),
    setIssuesOfClient: (issues: Issues) => countIssue.run(withLastUsed(issues)),

    secrets: () => allSecrets.all(),
    countLiveSecrets: (client: string, now: number) => liveSecrets.get({ client, now }) ?? 0,
    insertSecret: (row: SecretRow) => insertSecret.run(row),
    deleteSecret: (client: string, id: string, at: number) => deleteSecret.get({ client, id, at }),
    setIssuesOfSecret: (issues: Issues) => countIssueOfSecret.run(withLastUsed(issues)),

    tokenWithHash: (hash: Buffer) => tokenWithHash.get(hash),
    /** Newest first, without those that ended before `since`. `client` is the id of a row. */
    tokens: (tenant: number, client: string | undefined, since: number) =>
      tokensOf.all({ tenant, client: client ?? null, since }),
    /**
     * Inserts a token, revokes the oldest of its client beyond the maximum, and deletes those that are not recognized any longer.
     * Returns the revoked ones. Three statements.
     */
    issueToken(row: AccessTokenRow): readonly { readonly id: string }[] {
      insertToken.run(row)
      const of = { client: row.client, now: row.created }
      prune.run(of)
      return revokeOldest.all(of)
    },
    revokeToken: (tenant: number, id: string, now: number) => revoke.run({ tenant, id, now }).changes > 0,
    setUses: (uses: Issues) => setUses.run(withLastUsed(uses)),
  }
}
