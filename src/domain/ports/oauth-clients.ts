import type { ClientAssertion, ClientSecret, IssuedToken, OAuthClient } from '../tenants/oauth-clients.ts'
import type { Access, Tenant } from '../tenants/tenant.ts'

/** Options for a new client secret. `text` is for tests and CI; it is valid for a year by default. */
export type ClientSecretOptions = {
  readonly text?: string | undefined
  /** Milliseconds. */
  readonly lifetime?: number | undefined
}

/** Options for a new client. `id` is for tests and CI; `access` is full by default. */
export type ClientOptions = {
  readonly id?: string | undefined
  readonly name?: string | undefined
  readonly access?: Access | undefined
  /** Seconds. */
  readonly tokenLifetime?: number | undefined
  readonly secret?: ClientSecretOptions | undefined
  readonly assertion?: ClientAssertion | undefined
}

/** Omitted members stay unchanged. */
export type ClientChange = Pick<ClientOptions, 'name' | 'access' | 'tokenLifetime' | 'assertion'>

export type IssuedSecret = { readonly secret: ClientSecret; readonly text: string }

export type KnownClient = { readonly client: OAuthClient; readonly isDeleted: boolean }

export type KnownSecret = { readonly secret: ClientSecret; readonly isDeleted: boolean }

export type KnownAccessToken = {
  readonly tenant: Tenant
  readonly token: IssuedToken
  readonly client: OAuthClient
  readonly isRevoked: boolean
}

export type TokenGrant = {
  readonly client: string
  /** Absent for an assertion. */
  readonly secret?: string
  readonly access: Access
  readonly scope: string
  /** Seconds. */
  readonly lifetime: number
}

/**
 * The clients of tenants' token endpoints, their secrets and the access tokens that were issued to them. Clients and secrets are
 * held in memory; changes are on disk, and known to all instances over the database, before they are acknowledged. Of secrets
 * and access tokens, only hashes are stored.
 */
export interface OAuthClientStore {
  /** Clients that aren't deleted, newest first. */
  list(tenant: Tenant): readonly OAuthClient[]
  find(tenant: Tenant, id: string): OAuthClient | undefined
  /**
   * Throws `TenantError` if the tenant's profile has no token endpoint, if the ID is or was a client of the tenant, or for
   * invalid options.
   */
  create(
    tenant: Tenant,
    options?: ClientOptions,
  ): Promise<{ readonly client: OAuthClient; readonly secret?: IssuedSecret }>
  /** Throws `TenantError`, also if it would change how the client authenticates. */
  update(tenant: Tenant, id: string, change: ClientChange): Promise<OAuthClient | undefined>
  remove(tenant: Tenant, id: string): Promise<boolean>
  /** Throws `TenantError` if the client has the maximum number of secrets that have not expired. */
  createSecret(tenant: Tenant, id: string, options?: ClientSecretOptions): Promise<IssuedSecret | undefined>
  /** Access tokens that were issued for it are rejected from now on. */
  removeSecret(tenant: Tenant, id: string, secret: string): Promise<boolean>

  /** Also finds a deleted client. */
  known(tenant: Tenant, id: string): KnownClient | undefined
  /** Also finds a deleted secret. Compares in constant time. */
  knownSecret(tenant: Tenant, id: string, text: string): KnownSecret | undefined

  isSecret(text: string): boolean

  /** Resolves once the access token is on disk. Returns undefined if the client has been deleted. */
  issue(
    tenant: Tenant,
    grant: TokenGrant,
  ): Promise<{ readonly token: IssuedToken; readonly text: string } | undefined>
  /** The access token with this value, also an expired or revoked one. Where it is held in memory, no promise. */
  findAccessToken(text: string): KnownAccessToken | undefined | Promise<KnownAccessToken | undefined>
  noteUse(token: IssuedToken, machine: number): void
  /** Access tokens of a tenant, or of one of its clients, newest first. Expired and revoked ones are listed for a week. */
  accessTokens(tenant: Tenant, client?: string): Promise<readonly KnownAccessToken[]>
  revoke(tenant: Tenant, token: string): Promise<boolean>
}
