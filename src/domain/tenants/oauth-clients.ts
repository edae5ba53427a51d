import { randomBytes } from 'node:crypto'
import { day } from '../duration.ts'
import { checkIssuerSettings, type EntraCloud, isClaimText, readDirectory } from './issuers.ts'
import { type Access, type Tenant, TenantError } from './tenant.ts'
import { accessTokenPrefix, secretPrefix } from './tokens.ts'

type EntraAssertion = {
  readonly kind: 'entra'
  readonly directory: string
  readonly application: string
  /** The object ID of SyncFabric's service principal. */
  readonly principal: string
  readonly cloud?: EntraCloud | undefined
  readonly jwks?: string | undefined
}

type IssuerAssertion = {
  readonly kind: 'issuer'
  readonly issuer: string
  readonly subject: string
  readonly audiences: readonly string[]
  /** `azp` or `appid`. */
  readonly caller?: string | undefined
  readonly jwks?: string | undefined
}

/** RFC 7523 §3. */
export type ClientAssertion = EntraAssertion | IssuerAssertion

/** Contains no value. Times are the tenant's. */
export type ClientSecret = {
  readonly id: string
  readonly ending: string
  readonly created: number
  readonly expires: number
  readonly lastUsed?: number
  readonly uses: number
}

/** A client of a tenant's token endpoint (RFC 6749 §2). Times are the tenant's. */
export type OAuthClient = {
  readonly id: string
  readonly tenant: number
  readonly name: string
  readonly access: Access
  /** Seconds. */
  readonly tokenLifetime: number
  readonly created: number
  readonly lastUsed?: number
  readonly uses: number
  /** Newest first; empty for a client that authenticates with assertions. */
  readonly secrets: readonly ClientSecret[]
  readonly assertion?: ClientAssertion
}

/** Contains no value. Times are the tenant's. */
export type IssuedToken = {
  readonly id: string
  readonly tenant: number
  readonly client: string
  /** Absent for an assertion. */
  readonly secret?: string
  readonly ending: string
  readonly access: Access
  /** The scope of the response (RFC 6749 §5.1). */
  readonly scope: string
  readonly created: number
  readonly expires: number
  readonly revoked?: number
  readonly lastUsed?: number
  readonly uses: number
}

/** Two, so that one can be replaced without downtime. */
export const maxLiveSecrets = 2
/** The maximum per client; the oldest is revoked when another is issued. */
export const maxLiveTokens = 100
/** The maximum per client of expired and revoked tokens that are still recognized. */
export const maxDeadTokens = 1000

export const deadTokenRetention = 7 * day

export const defaultTokenLifetime = 3600
const minTokenLifetime = 60
const maxTokenLifetime = 24 * 3600

const minSecretLifetime = day
export const defaultSecretLifetime = 365 * day
const maxSecretLifetime = 1096 * day

export const newClientId = (): string => `client_${randomBytes(16).toString('base64url')}`

// 256 random bits, in characters that need no encoding in forms and in Basic credentials.
const randomText = () => randomBytes(32).toString('base64url')
export const newSecretText = (): string => secretPrefix + randomText()
export const newAccessTokenText = (): string => accessTokenPrefix + randomText()

export const isAccessTokenText = (text: string): boolean => text.startsWith(accessTokenPrefix)

const invalid = (message: string) => new TenantError('invalid', message)

/** Throws `TenantError` for an ID that clients could not send. */
export function checkClientId(id: string): void {
  if (/^[\w.~-]{1,128}$/.test(id)) return
  throw invalid('A client ID must have 1 to 128 characters: ASCII letters, digits, "-", "_", "." and "~".')
}

/** Throws `TenantError` for a secret that clients could not send, or that is too easy to guess. */
export function checkSecretText(text: string): void {
  if (/^[\x21-\x7e]{16,256}$/.test(text)) return
  throw invalid(
    'A client secret must have 16 to 256 characters: ASCII letters, digits and punctuation, without spaces.',
  )
}

export function checkClientName(name: string): void {
  if (/^[^\p{C}]{1,100}$/u.test(name) && name.trim() !== '') return
  throw invalid('The name of a client must have 1 to 100 characters, without control characters.')
}

export function checkTokenLifetime(seconds: number): void {
  if (Number.isInteger(seconds) && seconds >= minTokenLifetime && seconds <= maxTokenLifetime) return
  throw invalid(
    `The lifetime of access tokens must be ${minTokenLifetime} seconds (1 minute) to ${maxTokenLifetime} seconds (24 hours).`,
  )
}

export function checkSecretLifetime(milliseconds: number): void {
  if (milliseconds >= minSecretLifetime && milliseconds <= maxSecretLifetime) return
  throw invalid('A client secret must be valid for 1 to 1096 days (3 years).')
}

/** Whether Entra's gallery requires another lifetime: it accepts 60 minutes to 6 hours. */
export const isOutsideGallery = (seconds: number): boolean => seconds < 3600 || seconds > 6 * 3600

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** GUIDs in lower case, and application IDs without a pasted `api://…/.default`. Throws `TenantError`. */
export function normalizeAssertion(assertion: ClientAssertion): ClientAssertion {
  return assertion.kind === 'entra' ? normalizeEntra(assertion) : checkIssuerAssertion(assertion)
}

function normalizeEntra({ cloud = 'global', jwks, ...assertion }: EntraAssertion): EntraAssertion {
  const readGuid = (text: string, what: string) => {
    const folded = text.trim().toLowerCase()
    if (guid.test(folded)) return folded
    throw invalid(`${what} must be a GUID such as 0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0.`)
  }
  const application = assertion.application
    .trim()
    .replace(/^api:\/\//i, '')
    .replace(/\/\.default$/i, '')
  const directory = readDirectory(assertion.directory)
  checkIssuerSettings({ kind: 'entra', name: '', access: 'full', directory, cloud, jwks })
  return {
    ...assertion,
    directory,
    application: readGuid(application, 'The workload application (client ID)'),
    principal: readGuid(assertion.principal, 'The object ID of the service principal'),
    cloud,
    ...(jwks !== undefined && { jwks }),
  }
}

const maxAudiences = 20

function checkIssuerAssertion(assertion: IssuerAssertion): IssuerAssertion {
  const { issuer, subject, audiences, caller, jwks } = assertion
  for (const [text, what] of [
    [issuer, 'issuer'],
    [subject, 'subject'],
    [caller, 'caller'],
  ] as const) {
    if (text !== undefined && !isClaim(text)) {
      throw invalid(`The ${what} must have 1 to 2000 characters, without control characters.`)
    }
  }
  if (audiences.length === 0 || audiences.length > maxAudiences || !audiences.every(isClaim)) {
    throw invalid(`Enter 1 to ${maxAudiences} audiences, each exactly as "aud" has it.`)
  }
  checkIssuerSettings({ kind: 'oauth', name: '', access: 'full', issuer, audiences, jwks })
  return assertion
}

const isClaim = (text: string) => text.length > 0 && text.length <= 2000 && isClaimText(text)

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
  /**
   * The access token with this value, also an expired or revoked one, or one of another tenant than the one whose URL was requested.
   * Where it is held in memory, no promise.
   */
  findAccessToken(
    text: string,
    tenant?: Tenant,
  ): KnownAccessToken | undefined | Promise<KnownAccessToken | undefined>
  noteUse(token: IssuedToken, machine: number): void
  /** Access tokens of a tenant, or of one of its clients, newest first. Expired and revoked ones are listed for a week. */
  accessTokens(tenant: Tenant, client?: string): Promise<readonly KnownAccessToken[]>
  revoke(tenant: Tenant, token: string): Promise<boolean>
}
