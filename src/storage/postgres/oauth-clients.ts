import type { OAuthClientStore } from '../../domain/ports/oauth-clients.ts'
import type { TenantStore } from '../../domain/ports/tenants.ts'
import { requireOtherCredentials } from '../../domain/tenants/credential.ts'
import { deadTokenRetention } from '../../domain/tenants/oauth-clients.ts'
import { type Tenant, tenantNow } from '../../domain/tenants/tenant.ts'
import { hashToken } from '../../domain/tenants/tokens.ts'
import { createAccessTokenCache } from '../common/access-token-cache.ts'
import {
  type ClientRow,
  createClientRegister,
  type Issues,
  type SecretRow,
} from '../common/oauth-client-register.ts'
import {
  changeClientRow,
  checkSecretCount,
  clientTaken,
  newAccessTokenRow,
  newClientRow,
  newSecretRow,
  toIssuedToken,
} from '../common/oauth-client-rules.ts'
import { noSuchTenant } from '../common/tenant-rules.ts'
import type { Cluster } from './cluster/cluster.ts'
import type { Statements } from './cluster/statements.ts'
import type { Reads } from './connect.ts'
import { canStore } from './dialect.ts'
import {
  type ClientRows,
  changedClients,
  changedSecrets,
  createClientRows,
  findToken,
  insertToken,
  listTokens,
  type RevokedToken,
  revokedTokens,
} from './oauth-client-rows.ts'
import { createUses } from './uses.ts'

export type PostgresOAuthClients = OAuthClientStore & {
  /** Writes the uses so far. They are written every second. */
  writeUses(): Promise<void>
  close(): Promise<void>
}

type OAuthClientOptions = {
  readonly cluster: Cluster
  readonly tenants: Pick<TenantStore, 'find' | 'findByKey'>
  readonly reads: Pick<Reads, 'query'>
  /** Inserts access tokens. */
  readonly statements: Pick<Statements, 'query'>
}

/** Milliseconds. */
const useInterval = 1000
/** Milliseconds until a token is read again: another instance may have replaced it by newer ones. */
const maxTokenAge = 60_000

/**
 * Clients and their access tokens in PostgreSQL. Every instance holds the clients in memory, and the access tokens of recent
 * requests. To be created before the instance joins the cluster.
 */
export function createPostgresOAuthClients({
  cluster,
  tenants,
  reads,
  statements,
}: OAuthClientOptions): PostgresOAuthClients {
  const register = createClientRegister()
  const cache = createAccessTokenCache({
    clients: register,
    tenantWithKey: tenants.findByKey,
    maxAge: maxTokenAge,
  })
  /** Also of tokens that are not held, with the times: one may be read just before it is revoked. */
  const revoked = new Map<string, number>()
  const shared = { statements: cluster.statements, hints: cluster.hints, now: cluster.now }
  const issuesOfClients = createUses<Issues>({
    ...shared,
    table: 'oauth_clients',
    find: register.issuesOfClient,
    set: register.setIssuesOfClient,
  })
  const issuesOfSecrets = createUses<Issues>({
    ...shared,
    table: 'client_secrets',
    find: register.issuesOfSecret,
    set: register.setIssuesOfSecret,
  })
  const uses = createUses<Issues>({
    ...shared,
    table: 'access_tokens',
    find: cache.uses,
    set: cache.setUses,
  })
  const exchangeUses = async () => {
    await Promise.all([issuesOfClients.exchange(), issuesOfSecrets.exchange(), uses.exchange()])
  }

  const setClients = (rows: readonly ClientRow[]) => {
    for (const row of rows) {
      register.setClient(row)
      const issues = register.issuesOfClient(row.id)
      if (issues) register.setIssuesOfClient(issuesOfClients.withWaiting(issues))
    }
  }
  const setSecrets = (rows: readonly SecretRow[]) => {
    for (const row of rows) {
      register.setSecret(row)
      const issues = register.issuesOfSecret(row.id)
      if (issues) register.setIssuesOfSecret(issuesOfSecrets.withWaiting(issues))
    }
  }
  const setRevoked = (rows: readonly RevokedToken[]) => {
    for (const { id, revoked_at } of rows) {
      revoked.set(id, revoked_at)
      cache.setRevoked(id, revoked_at)
    }
  }
  cluster.hold<ClientRow>({
    table: 'oauth_clients',
    changes: changedClients,
    // The clients of a removed tenant are not found any more.
    apply: setClients,
    replace(rows) {
      register.clear()
      setClients(rows)
    },
  })
  // After the clients, which clear the register.
  cluster.hold<SecretRow>({
    table: 'client_secrets',
    changes: changedSecrets,
    apply: setSecrets,
    replace: setSecrets,
  })
  cluster.hold<RevokedToken>({
    table: 'access_tokens',
    changes: revokedTokens,
    apply: setRevoked,
    replace(rows) {
      revoked.clear()
      cache.clear()
      setRevoked(rows)
    },
  })
  const timer = setInterval(() => {
    // They are added to the next ones.
    for (const { exchangeNew } of [issuesOfClients, issuesOfSecrets, uses]) exchangeNew().catch(() => {})
  }, useInterval).unref()

  const change = <Result>(work: (rows: ClientRows) => Promise<Result | undefined>) =>
    cluster.change((connection, epoch) => work(createClientRows(connection, epoch)))
  // The clock may have been moved since the caller received the tenant.
  const nowOf = (tenant: Tenant) => tenantNow(tenants.find(tenant.id) ?? tenant, cluster.now())

  return {
    list: register.list,
    find: register.find,
    known: register.known,
    knownSecret: register.knownSecret,
    isSecret: register.isSecret,

    async create(tenant, options = {}) {
      const current = tenants.find(tenant.id) ?? tenant
      requireOtherCredentials(current)
      const now = nowOf(current)
      const client = newClientRow(current, options, now)
      const secret = client.assertion === null ? newSecretRow(client, options.secret ?? {}, now) : undefined
      await change(async rows => {
        if ((await rows.keyOfTenant(tenant.id)) !== tenant.key) throw noSuchTenant(tenant.id)
        if (await rows.isClientTaken(tenant.key, client.client_id)) throw clientTaken(client.client_id)
        await rows.insertClient(client)
        if (secret) await rows.insertSecret(secret.row)
        return client
      })
      const created = register.written(tenant, client.client_id)
      const [first] = created.secrets
      return {
        client: created,
        ...(secret && first && { secret: { secret: first, text: secret.text } }),
      }
    },

    async update(tenant, id, columns) {
      const held = register.liveRow(tenant, id)
      const isChanged =
        held &&
        (await change(async rows => {
          const current = await rows.client(held.id)
          if (!current) return undefined
          return (await rows.changeClient(held.id, changeClientRow(current, columns))) || undefined
        }))
      return isChanged ? register.written(tenant, id) : undefined
    },

    async remove(tenant, id) {
      const held = register.liveRow(tenant, id)
      if (!held) return false
      const at = nowOf(tenant)
      return (await change(async rows => (await rows.deleteClient(held.id, at)) || undefined)) === true
    },

    async createSecret(tenant, id, options = {}) {
      const client = register.liveRow(tenant, id)
      if (!client) return undefined
      const now = nowOf(tenant)
      const { row, text } = newSecretRow(client, options, now)
      const isWritten = await change(async rows => {
        const current = await rows.client(client.id)
        if (!current) return undefined
        checkSecretCount(current, await rows.countLiveSecrets(client.id, now))
        await rows.insertSecret(row)
        return true
      })
      const secret = isWritten && register.written(tenant, id).secrets.find(one => one.id === row.id)
      return secret ? { secret, text } : undefined
    },

    async removeSecret(tenant, id, secret) {
      const client = register.liveRow(tenant, id)
      if (!client || !canStore(secret)) return false
      const at = nowOf(tenant)
      const isFound = await change(
        async rows => (await rows.deleteSecret(client.id, secret, at)) || undefined,
      )
      return isFound === true
    },

    async issue(tenant, { client: id, ...grant }) {
      const client = register.liveRow(tenant, id)
      if (!client) return undefined
      const now = nowOf(tenant)
      const { row, text } = newAccessTokenRow(client, grant, now)
      const issue = await insertToken(statements, row)
      if (!issue.isIssued) return undefined
      for (const old of issue.revoked) cache.setRevoked(old, now)
      cache.set(row)
      const issued = register.noteIssue(client.id, row.secret, now)
      if (issued.client) issuesOfClients.note(issued.client)
      if (issued.secret) issuesOfSecrets.note(issued.secret)
      return { token: toIssuedToken(row, id), text }
    },

    findAccessToken(text) {
      const hash = hashToken(text)
      const held = cache.find(hash)
      if (held) return cache.toKnown(held)
      return findToken(reads, hash).then(row => {
        if (!row) return undefined
        const current = { ...row, revoked_at: row.revoked_at ?? revoked.get(row.id) ?? null }
        cache.set(current)
        return cache.toKnown(current)
      })
    },

    noteUse({ id }, machine) {
      const noted = cache.noteUse(id, machine)
      if (noted) uses.note(noted)
    },

    async accessTokens(tenant, id) {
      const client = id === undefined ? undefined : register.rowIdOf(tenant, id)
      if (id !== undefined && client === undefined) return []
      const rows = await listTokens(reads, tenant.key, client, nowOf(tenant) - deadTokenRetention)
      return rows.flatMap(row => {
        const known = cache.toKnown(row)
        if (!known) return []
        const { uses: count, lastUsed } = uses.withWaiting({
          id: row.id,
          uses: row.uses,
          ...(row.last_used !== null && { lastUsed: row.last_used }),
        })
        const token = { ...known.token, uses: count, ...(lastUsed !== undefined && { lastUsed }) }
        return [{ ...known, token }]
      })
    },

    async revoke(tenant, id) {
      if (!canStore(id)) return false
      const at = nowOf(tenant)
      return (await change(async rows => (await rows.revokeToken(tenant.key, id, at)) || undefined)) === true
    },

    writeUses: exchangeUses,

    async close() {
      clearInterval(timer)
      if (cluster.isServing()) await exchangeUses().catch(() => {})
    },
  }
}
