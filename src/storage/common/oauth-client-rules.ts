import { randomUUID } from 'node:crypto'
import type {
  ClientChange,
  ClientOptions,
  ClientSecretOptions,
  TokenGrant,
} from '../../domain/ports/oauth-clients.ts'
import {
  checkClientId,
  checkClientName,
  checkSecretLifetime,
  checkSecretText,
  checkTokenLifetime,
  defaultSecretLifetime,
  defaultTokenLifetime,
  type IssuedToken,
  maxLiveSecrets,
  newAccessTokenText,
  newClientId,
  newSecretText,
  normalizeAssertion,
} from '../../domain/tenants/oauth-clients.ts'
import { type Access, type Tenant, TenantError } from '../../domain/tenants/tenant.ts'
import { hashToken, tokenEnding } from '../../domain/tenants/tokens.ts'
import type { ClientRow, SecretRow } from './oauth-client-register.ts'

/** A row of the table `access_tokens`. */
export type AccessTokenRow = {
  readonly id: string
  readonly tenant: number
  /** The id of the row of the client. */
  readonly client: string
  /** The id of the client secret. */
  readonly secret: string | null
  readonly hash: Buffer
  readonly ending: string
  readonly access: Access
  readonly scope: string
  readonly created: number
  readonly expires: number
  readonly last_used: number | null
  readonly uses: number
  readonly revoked_at: number | null
}

/** The row of a new client. Throws `TenantError`. `now` is the tenant's time. */
export function newClientRow(
  tenant: Tenant,
  { id = newClientId(), name = id, access = 'full', tokenLifetime, secret, assertion }: ClientOptions,
  now: number,
): ClientRow {
  checkClientId(id)
  checkClientName(name)
  const lifetime = tokenLifetime ?? defaultTokenLifetime
  checkTokenLifetime(lifetime)
  if (assertion && secret) {
    throw new TenantError(
      'invalid',
      'A client has either secrets or an assertion. Omit "secret", or omit "assertion".',
    )
  }
  return {
    id: randomUUID(),
    tenant: tenant.key,
    client_id: id,
    name,
    access,
    token_lifetime: lifetime,
    assertion: assertion ? JSON.stringify(normalizeAssertion(assertion)) : null,
    created: now,
    last_used: null,
    uses: 0,
    deleted_at: null,
  }
}

/** The columns of a client that a change sets. Throws `TenantError`. */
export function changeClientRow(
  row: ClientRow,
  { name = row.name, access = row.access, tokenLifetime = row.token_lifetime, assertion }: ClientChange,
): Pick<ClientRow, 'name' | 'access' | 'token_lifetime' | 'assertion'> {
  checkClientName(name)
  checkTokenLifetime(tokenLifetime)
  if (assertion && row.assertion === null) {
    throw new TenantError(
      'invalid',
      `The client "${row.client_id}" authenticates with secrets. Create another client for assertions.`,
    )
  }
  return {
    name,
    access,
    token_lifetime: tokenLifetime,
    assertion: assertion ? JSON.stringify(normalizeAssertion(assertion)) : row.assertion,
  }
}

/** The row of a new secret of a client, with its value. Throws `TenantError`. */
export function newSecretRow(
  { id, tenant }: Pick<ClientRow, 'id' | 'tenant'>,
  { text = newSecretText(), lifetime = defaultSecretLifetime }: ClientSecretOptions,
  now: number,
): { readonly row: SecretRow; readonly text: string } {
  checkSecretText(text)
  checkSecretLifetime(lifetime)
  const row = {
    id: randomUUID(),
    tenant,
    client: id,
    hash: hashToken(text),
    ending: tokenEnding(text),
    created: now,
    expires: now + lifetime,
    last_used: null,
    uses: 0,
    deleted_at: null,
  }
  return { row, text }
}

/** Throws `TenantError`. `live` is the number of secrets that are neither deleted nor expired. */
export function checkSecretCount({ client_id, assertion }: ClientRow, live: number): void {
  if (assertion !== null) {
    throw new TenantError(
      'invalid',
      `The client "${client_id}" authenticates with assertions, and has no secrets.`,
    )
  }
  if (live < maxLiveSecrets) return
  throw new TenantError(
    'limit',
    `The client "${client_id}" has ${live} secrets that have not expired, which is the maximum. Delete the one that is no longer used first.`,
  )
}

export const clientTaken = (id: string): TenantError =>
  new TenantError(
    'taken',
    `"${id}" is or was the ID of a client of this tenant. Choose another one: the IDs of deleted clients cannot be reused.`,
  )

/** The row of a new access token, with its value. */
export function newAccessTokenRow(
  client: Pick<ClientRow, 'id' | 'tenant'>,
  { secret, access, scope, lifetime }: Omit<TokenGrant, 'client'>,
  now: number,
): { readonly row: AccessTokenRow; readonly text: string } {
  const text = newAccessTokenText()
  const row = {
    id: randomUUID(),
    tenant: client.tenant,
    client: client.id,
    secret: secret ?? null,
    hash: hashToken(text),
    ending: tokenEnding(text),
    access,
    scope,
    created: now,
    expires: now + lifetime * 1000,
    last_used: null,
    uses: 0,
    revoked_at: null,
  }
  return { row, text }
}

/** `client` is the client ID. */
export const toIssuedToken = (row: AccessTokenRow, client: string): IssuedToken => ({
  id: row.id,
  tenant: row.tenant,
  client,
  ...(row.secret !== null && { secret: row.secret }),
  ending: row.ending,
  access: row.access,
  scope: row.scope,
  created: row.created,
  expires: row.expires,
  ...(row.revoked_at !== null && { revoked: row.revoked_at }),
  ...(row.last_used !== null && { lastUsed: row.last_used }),
  uses: row.uses,
})
