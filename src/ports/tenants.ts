import type { Declarations } from '../scim/declare/declarations.ts'
import type { Access, Refusal, Tenant, TenantSettings, Token } from '../tenants/tenant.ts'
import type { InternalGrant, InternalToken } from '../tenants/tokens.ts'

export type Authentication =
  | { readonly tenant: Tenant; readonly token: Token }
  /** By a pass: everything may be done, and there is no token. */
  | { readonly tenant: Tenant; readonly grant: InternalGrant }
  | { readonly refusal: Refusal; readonly tenant?: Tenant; readonly token?: Token }

/** What is asked of a new token. `text` is for tests and CI, which bring their own; `access` is full unless said. */
export type TokenOptions = { readonly text?: string | undefined; readonly access?: Access | undefined }

/** A new token with its text, which isn't kept. */
export type IssuedToken = { readonly token: Token; readonly text: string }

/**
 * Tenants and their tokens. All of them are held in memory (they are few), so that letting a request in costs
 * no query; changes are on disk before they are acknowledged.
 */
export interface TenantStore {
  list(): readonly Tenant[]
  find(id: string): Tenant | undefined
  /** The id is generated when none is given. Throws `TenantError` when it is taken or can't be part of a URL. */
  create(settings: Partial<TenantSettings>, id?: string): Promise<Tenant>
  /** A tenant with its first token: both, or neither. Throws what `create` and `issue` throw. */
  createWithToken(
    settings: Partial<TenantSettings>,
    id?: string,
    wish?: TokenOptions,
  ): Promise<IssuedToken & { readonly tenant: Tenant }>
  update(id: string, settings: Partial<TenantSettings>): Promise<Tenant | undefined>
  /**
   * Other declared types in the place of those it has. Throws a DeclarationError for what its profile can't serve;
   * whether resources are in the way is for the caller to know.
   */
  setDeclarations(id: string, declared: Declarations): Promise<Tenant | undefined>
  /** With its tokens and its directory. False when there is no such tenant. */
  remove(id: string): Promise<boolean>
  /** Moves the tenant's clock; only ever forward of the machine's own. */
  setClock(id: string, offset: number): Promise<Tenant | undefined>

  /** Tokens that aren't deleted, newest first. */
  tokens(tenant: Tenant): readonly Token[]
  /** Throws `TenantError` when the profile's number of tokens is reached, and for a text that is or was a token. */
  createToken(tenant: Tenant, wish?: TokenOptions): Promise<IssuedToken>
  expireToken(tenant: Tenant, token: string): Promise<Token | undefined>
  /**
   * A new token in the place of one that goes on for so many milliseconds, or for less if it would have expired
   * before; both do the same. Throws `TenantError` when there is no room for another.
   */
  rotateToken(
    tenant: Tenant,
    token: string,
    overlap: number,
  ): Promise<(IssuedToken & { readonly replaces: Token }) | undefined>
  /** The text is refused from now on, and known as deleted. */
  deleteToken(tenant: Tenant, token: string): Promise<boolean>

  /** Whether a text is an access token of any tenant, or was one; no use is counted. */
  isToken(text: string): boolean

  /** A way in for the console's own requests to the tenant of this id; no token is made, and no use counted. */
  openInternalToken(tenant: string, grant?: InternalGrant): InternalToken

  /**
   * Who this token lets in. `tenantId` is what the URL names, if it names one. Compares in constant time and
   * counts the use.
   */
  authenticate(text: string | undefined, tenantId: string | undefined, machine: number): Authentication
}
