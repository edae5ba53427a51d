import type { Database } from 'better-sqlite3'
import type { Writer } from '../../domain/ports/database.ts'
import type { OAuthClientStore } from '../../domain/ports/oauth-clients.ts'
import { requireOtherCredentials } from '../../domain/tenants/credential.ts'
import { deadTokenRetention } from '../../domain/tenants/oauth-clients.ts'
import { type Tenant, tenantNow } from '../../domain/tenants/tenant.ts'
import { hashToken } from '../../domain/tenants/tokens.ts'
import { createAccessTokenCache } from '../common/access-token-cache.ts'
import { createClientRegister } from '../common/oauth-client-register.ts'
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
import { createClientRows } from './oauth-client-rows.ts'
import type { SqliteTenants } from './tenants.ts'
import { createUseCounter } from './writer.ts'

/** Clients and their access tokens in SQLite. Memory is updated once changes are on disk. */
export function createSqliteOAuthClients(
  db: Database,
  writer: Writer,
  tenants: Pick<SqliteTenants, 'find' | 'findByKey' | 'exists'>,
): OAuthClientStore {
  const rows = createClientRows(db)
  const register = createClientRegister()
  const cache = createAccessTokenCache({ clients: register, tenantWithKey: tenants.findByKey })
  for (const row of rows.clients()) register.setClient(row)
  for (const row of rows.secrets()) register.setSecret(row)
  const issuesOfClients = createUseCounter<string>(writer, id => {
    const issues = register.issuesOfClient(id)
    if (issues) rows.setIssuesOfClient(issues)
  })
  const issuesOfSecrets = createUseCounter<string>(writer, id => {
    const issues = register.issuesOfSecret(id)
    if (issues) rows.setIssuesOfSecret(issues)
  })
  const uses = createUseCounter<string>(writer, id => {
    const found = cache.uses(id)
    if (found) rows.setUses(found)
  })

  // The clock may have been moved since the caller received the tenant.
  const nowOf = (tenant: Tenant) => tenantNow(tenants.find(tenant.id) ?? tenant)

  return {
    list: register.list,
    find: register.find,
    known: register.known,
    knownSecret: register.knownSecret,
    isSecret: register.isSecret,

    async create(tenant, options = {}) {
      const current = tenants.find(tenant.id) ?? tenant
      requireOtherCredentials(current)
      const now = tenantNow(current)
      const client = newClientRow(current, options, now)
      const secret = client.assertion === null ? newSecretRow(client, options.secret ?? {}, now) : undefined
      await writer.write(() => {
        if (!tenants.exists(tenant.key)) throw noSuchTenant(tenant.id)
        if (rows.isClientTaken(tenant.key, client.client_id)) throw clientTaken(client.client_id)
        rows.insertClient(client)
        if (secret) rows.insertSecret(secret.row)
      })
      register.setClient(client)
      if (secret) register.setSecret(secret.row)
      const created = register.written(tenant, client.client_id)
      const [first] = created.secrets
      return {
        client: created,
        ...(secret && first && { secret: { secret: first, text: secret.text } }),
      }
    },

    async update(tenant, id, change) {
      const held = register.liveRow(tenant, id)
      const row =
        held &&
        (await writer.write(() => {
          const current = rows.client(held.id)
          return current && rows.changeClient(held.id, changeClientRow(current, change))
        }))
      if (!row) return undefined
      register.setClient(row, register.issuesOfClient(row.id))
      return register.written(tenant, id)
    },

    async remove(tenant, id) {
      const held = register.liveRow(tenant, id)
      const row = held && (await writer.write(() => rows.deleteClient(held.id, nowOf(tenant))))
      if (row) register.setClient(row, register.issuesOfClient(row.id))
      return row !== undefined
    },

    async createSecret(tenant, id, options = {}) {
      const client = register.liveRow(tenant, id)
      if (!client) return undefined
      const now = nowOf(tenant)
      const { row, text } = newSecretRow(client, options, now)
      const isWritten = await writer.write(() => {
        const current = rows.client(client.id)
        if (!current) return false
        checkSecretCount(current, rows.countLiveSecrets(client.id, now))
        rows.insertSecret(row)
        return true
      })
      if (!isWritten) return undefined
      register.setSecret(row)
      const secret = register.written(tenant, id).secrets.find(one => one.id === row.id)
      return secret && { secret, text }
    },

    async removeSecret(tenant, id, secret) {
      const client = register.liveRow(tenant, id)
      const row = client && (await writer.write(() => rows.deleteSecret(client.id, secret, nowOf(tenant))))
      if (row) register.setSecret(row, register.issuesOfSecret(row.id))
      return row !== undefined
    },

    async issue(tenant, { client: id, ...grant }) {
      const client = register.liveRow(tenant, id)
      if (!client) return undefined
      const now = nowOf(tenant)
      const { row, text } = newAccessTokenRow(client, grant, now)
      const revoked = await writer.write(() => {
        if (!tenants.exists(tenant.key) || !rows.client(client.id)) return undefined
        return rows.issueToken(row)
      })
      if (!revoked) return undefined
      for (const { id } of revoked) cache.setRevoked(id, now)
      cache.set(row)
      register.noteIssue(client.id, row.secret, now)
      issuesOfClients.note(client.id)
      if (row.secret !== null) issuesOfSecrets.note(row.secret)
      return { token: toIssuedToken(row, id), text }
    },

    findAccessToken(text) {
      const hash = hashToken(text)
      const held = cache.find(hash)
      const row = held ?? rows.tokenWithHash(hash)
      if (!row) return undefined
      if (!held) cache.set(row)
      return cache.toKnown(row)
    },

    noteUse({ id }, machine) {
      if (cache.noteUse(id, machine)) uses.note(id)
    },

    async accessTokens(tenant, id) {
      const client = id === undefined ? undefined : register.rowIdOf(tenant, id)
      if (id !== undefined && client === undefined) return []
      return rows
        .tokens(tenant.key, client, nowOf(tenant) - deadTokenRetention)
        .flatMap(row => cache.toKnown(cache.withId(row.id) ?? row) ?? [])
    },

    async revoke(tenant, id) {
      const now = nowOf(tenant)
      const isRevoked = await writer.write(() => rows.revokeToken(tenant.key, id, now))
      if (isRevoked) cache.setRevoked(id, now)
      return isRevoked
    },
  }
}
