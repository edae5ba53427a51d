import type { Declarations } from '../../scim/declare/declarations.ts'
import type { Access, Refusal, Tenant, TenantSettings, Token } from '../tenants/tenant.ts'
import type { InternalGrant, InternalToken } from '../tenants/tokens.ts'

export type Authentication =
  | { readonly tenant: Tenant; readonly token: Token }
  | { readonly tenant: Tenant; readonly grant: InternalGrant }
  | { readonly refusal: Refusal; readonly tenant?: Tenant; readonly token?: Token }

/** Options for a new token. `text` is for tests and CI, which choose the value; `access` is full by default. */
export type TokenOptions = { readonly text?: string | undefined; readonly access?: Access | undefined }

export type IssuedToken = { readonly token: Token; readonly text: string }

/** Settings to change, or a function of the present ones: they are read where changes run one after another. */
export type SettingsChange = Partial<TenantSettings> | ((present: TenantSettings) => Partial<TenantSettings>)

/**
 * Tenants and their tokens. All are held in memory (they are few), so authentication needs no query; changes
 * are on disk, and known to all instances over the database, before they are acknowledged.
 */
export interface TenantStore {
  list(): readonly Tenant[]
  find(id: string): Tenant | undefined
  findByKey(key: number): Tenant | undefined
  /** The id is generated unless given. Throws `TenantError` if it is taken or can't be part of a URL. */
  create(settings: Partial<TenantSettings>, id?: string): Promise<Tenant>
  /** Creates a tenant with its first token: both or neither. Throws what `create` and `createToken` throw. */
  createWithToken(
    settings: Partial<TenantSettings>,
    id?: string,
    options?: TokenOptions,
  ): Promise<IssuedToken & { readonly tenant: Tenant }>
  /** As `createWithToken`, or without a token, but creates nothing and returns undefined if there are tenants. */
  createFirst(
    settings: Partial<TenantSettings>,
    id?: string,
    token?: TokenOptions | 'none',
  ): Promise<{ readonly tenant: Tenant; readonly token?: Token } | undefined>
  update(id: string, change: SettingsChange): Promise<Tenant | undefined>
  /**
   * Replaces the declared types. Throws a DeclarationError for types that the profile can't serve; the caller
   * checks for conflicts with existing resources.
   */
  setDeclarations(id: string, declared: Declarations): Promise<Tenant | undefined>
  /** Deletes tokens, access keys and directory, too. False if there is no such tenant. */
  remove(id: string): Promise<boolean>
  /** Moves the tenant's clock, never behind the server's own. */
  setClock(id: string, offset: number): Promise<Tenant | undefined>

  /** Tokens that aren't deleted, newest first. */
  tokens(tenant: Tenant): readonly Token[]
  /** Throws `TenantError` if the profile's limit of tokens is reached, or if the value is or was a token. */
  createToken(tenant: Tenant, options?: TokenOptions): Promise<IssuedToken>
  expireToken(tenant: Tenant, token: string): Promise<Token | undefined>
  /** The old token stays valid for `overlap` milliseconds at most. Throws `TenantError` at the limit of tokens. */
  rotateToken(
    tenant: Tenant,
    token: string,
    overlap: number,
  ): Promise<(IssuedToken & { readonly replaces: Token }) | undefined>
  deleteToken(tenant: Tenant, token: string): Promise<boolean>

  /** Why a token that was authenticated before is not valid any more; undefined if it still is. Costs a look-up. */
  refusalOf(token: Token, machine: number): Refusal | undefined

  /** Whether a text is or was an access token of any tenant. Counts no use. */
  isToken(text: string): boolean

  /**
   * Opens an internal token, with which the console sends requests to the tenant with this id. No access
   * token is created, and no use is counted.
   */
  openInternalToken(tenant: string, grant?: InternalGrant): InternalToken

  /**
   * Authenticates a token. `tenantId` is the tenant that the URL names, if any. Compares in constant time and
   * counts the use.
   */
  authenticate(text: string | undefined, tenantId: string | undefined, machine: number): Authentication
}
