import type { ProfileName } from '../../profiles/names.ts'
import type { Profile } from '../../profiles/profile.ts'
import type { Declarations } from '../../scim/declare/declarations.ts'
import type { credentialRefusals } from '../contract/exchanges.ts'
import type { OnDelete, Throttle } from '../contract/tenants.ts'
import type { ImportedDirectory } from './imported.ts'

export type { OnDelete }

/** `fixed-credentials`: the tenant's profile accepts its own access tokens only. */
type TenantErrorReason = 'taken' | 'invalid' | 'limit' | 'fixed-credentials'

/** An invalid request by an operator. `message` contains the reason and a remedy. */
export class TenantError extends Error {
  readonly reason: TenantErrorReason
  constructor(reason: TenantErrorReason, message: string) {
    super(message)
    this.name = 'TenantError'
    this.reason = reason
  }
}

const year = 365 * 24 * 60 * 60 * 1000
const maxOffset = 100 * year

/** Throws `TenantError` for a move back: expired tokens stay expired, and history in order. Only a reset returns to 0. */
export function checkClockOffset(current: number, requested: number): void {
  if (!Number.isInteger(requested) || requested < 0 || requested > maxOffset) {
    throw new TenantError(
      'invalid',
      "A tenant's clock must be 0 milliseconds to 100 years ahead of real time.",
    )
  }
  if (requested !== 0 && requested < current) {
    throw new TenantError(
      'invalid',
      `A tenant's clock can only move forward: it is already ${current} ms ahead of real time, and ${requested} ms would move it back. Reset it to return to real time.`,
    )
  }
}

export type TenantSettings = {
  /** For people; the ID is in URLs. Empty: without a name. */
  readonly name?: string | undefined
  readonly profile: ProfileName
  readonly onDelete: OnDelete
  readonly throttle: Throttle
  readonly switches: Readonly<Record<string, string>>
}

export type Tenant = {
  readonly key: number
  readonly id: string
  readonly profile: Profile
  readonly settings: TenantSettings
  /** If the profile's types are fixed, declared types are kept but not used. */
  readonly declared: Declarations
  /** Milliseconds ahead of real time. */
  readonly clockOffset: number
  /** Milliseconds since 1970. */
  readonly created: number
  readonly session?: OpenedSession
  /** The AWS directory that this tenant was imported from. */
  readonly imported?: ImportedDirectory
}

/** The tenant's time, in milliseconds since 1970. That of an opened session is the time of its export. */
export const tenantNow = (tenant: Tenant, machine: number = Date.now()): number =>
  tenant.session ? tenant.session.tenantTime : machine + tenant.clockOffset

/** The real time for a tenant: for an opened session, the time of its export. */
export const machineNow = ({ session }: Pick<Tenant, 'session'>, machine: number): number =>
  session ? session.exported : machine

export type Access = 'full' | 'read'

export type Token = {
  readonly id: string
  readonly name?: string
  readonly tenant: number
  readonly ending: string
  readonly access: Access
  readonly created: number
  readonly expires: number
  readonly lastUsed?: number
  readonly uses: number
}

export type TokenRefusal = 'missing' | 'unknown' | 'expired' | 'deleted' | 'other-tenant' | 'read-only'

/**
 * Why a request with a JWT was not admitted, in addition to the reasons of other tokens. `not-offered`: the profile of the tenant
 * accepts its own tokens only. `malformed`: it lacks a required claim, is an ID token, or cannot be read. `ambiguous`: issuers of
 * several tenants accept it, and the URL names none.
 */
export type CredentialRefusal = Exclude<(typeof credentialRefusals)[number], ClientRefusal>

type ClientRefusal = 'wrong-secret'

/**
 * Why a request was not admitted. Clients get the same 401 for every reason except `read-only` and `insufficient-scope` (403) and
 * `keys-unreachable` (503); the journal records the reason.
 */
export type Refusal = TokenRefusal | CredentialRefusal | ClientRefusal

export const hasRoomForToken = ({ profile }: Tenant, tokens: readonly Token[]): boolean =>
  tokens.length < profile.requests.limits.tokens

/**
 * The session that a tenant shows, if it was opened from a file. Such a tenant is read-only, has no access tokens, and its
 * clock stands at the export. Times are milliseconds since 1970.
 */
export type OpenedSession = {
  /** A read-only import of an AWS directory. `tenant` is then the ID of the identity store. */
  readonly kind?: 'import'
  readonly tenant: string
  /** By the clock of the exporting server and by that of the tenant. */
  readonly exported: number
  readonly tenantTime: number
  readonly version: string
  readonly q?: string
  /** The failed test that it is about. */
  readonly test?: string
  /** What the ids of its requests and cycles begin with here: those of the file may exist already. */
  readonly prefix: string
  readonly findings: readonly SessionFinding[]
}

export type SessionFinding = {
  readonly id: string
  readonly product?: string
  readonly origin: 'provisioning' | 'compliance' | 'ad-hoc'
  readonly count: number
  readonly subjects: number
  readonly injected?: true
  readonly first: number
  readonly last: number
  readonly trend: readonly { readonly cycle: string; readonly started: number; readonly count: number }[]
  readonly evidence: readonly {
    readonly exchange: string
    readonly at: number
    /** Absent in sessions of earlier versions. */
    readonly tenantTime?: number
    readonly subject?: string
    readonly detail: string
  }[]
}

/** Greater than the ids of all requests that this server receives, and not greater than those of opened sessions. */
export const firstSessionId = 's'

export const newSessionPrefix = (random: string): string =>
  `${firstSessionId}${random.replaceAll('-', '').slice(0, 8)}-`

export const describeSessionTenant = (
  tenant: string,
  { kind, tenant: of, exported }: OpenedSession,
): string =>
  kind === 'import'
    ? `The tenant "${tenant}" is read-only: it is the AWS directory ${of} as of ${new Date(exported).toISOString()}.`
    : `The tenant "${tenant}" is read-only: it is the session of "${of}" from ${new Date(exported).toISOString()}, opened from a file.`

export type Authentication =
  | { readonly tenant: Tenant; readonly token: Token }
  | { readonly tenant: Tenant; readonly grant: InternalGrant }
  | { readonly refusal: Refusal; readonly tenant?: Tenant; readonly token?: Token }

/**
 * Options for a new token. `text` is for tests and CI, which choose the value; `access` is full by default. `validity` is in
 * milliseconds, one year by default.
 */
export type TokenOptions = {
  readonly text?: string | undefined
  readonly access?: Access | undefined
  readonly name?: string | undefined
  readonly validity?: number | undefined
}

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

export type InternalGrant = {
  readonly replayOf?: string
  /** Full by default. */
  readonly access?: Access
  readonly onAdmitted?: (exchange: string) => void
}

/** A token for the console's own requests to one tenant, valid until it is closed. Its text is never shown. */
export type InternalToken = { readonly text: string; close(): void }

export type InternalTokenRecord = { readonly tenant: string; readonly grant: InternalGrant }
