import { randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import { type AddressKind, classifyAddress, hostOf } from '../outbound/addresses.ts'
import { type Access, type Tenant, TenantError } from './tenant.ts'

/** Only the values of the global cloud are documented for provisioning. */
export type EntraCloud = 'global' | 'us-government' | 'china'

/** The signature algorithms that are accepted (RFC 7518 §3.1, RFC 8037): none and those with a shared key never are. */
export const jwtAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const

export type JwtAlgorithm = (typeof jwtAlgorithms)[number]

export type IssuerScopes = { readonly read?: string | undefined; readonly write?: string | undefined }

export type EntraIssuer = {
  readonly kind: 'entra'
  /** The tenant ID of the directory, in lower case. */
  readonly directory: string
  readonly cloud: EntraCloud
  /** The ID of the application template; by default, that of custom applications. */
  readonly audience?: string | undefined
  readonly jwks?: string | undefined
}

export type OAuthIssuer = {
  readonly kind: 'oauth'
  readonly issuer: string
  readonly audiences: readonly string[]
  /** The URL of the keys; by default, the issuer's metadata name it. */
  readonly jwks?: string | undefined
  readonly algorithms?: readonly JwtAlgorithm[] | undefined
  readonly clients?: readonly string[] | undefined
  readonly subjects?: readonly string[] | undefined
  readonly scopes?: IssuerScopes | undefined
  readonly accessTokensOnly?: boolean | undefined
}

export type IssuerSettings = (EntraIssuer | OAuthIssuer) & { readonly name: string; readonly access: Access }

/** A changed issuer is another object. */
export type TrustedIssuer = {
  readonly id: string
  readonly tenant: number
  /** Milliseconds since 1970. */
  readonly created: number
  readonly settings: IssuerSettings
}

export const newIssuerId = (): string => `issuer_${randomBytes(16).toString('base64url')}`

export const maxIssuers = 100

type Cloud = { readonly login: string; readonly sts: string; readonly template: string }

/** Microsoft's addresses, and the application ID of custom applications, which is the audience of its tokens. */
const clouds: Readonly<Record<EntraCloud, Cloud>> = {
  global: {
    login: 'https://login.microsoftonline.com',
    sts: 'https://sts.windows.net',
    template: '8adf8e6e-67b2-4cf2-a259-e3dc5476c621',
  },
  'us-government': {
    login: 'https://login.microsoftonline.us',
    sts: 'https://sts.windows.net',
    template: '4602d0b4-76bb-404b-bca9-2652e1a39c6d',
  },
  china: {
    login: 'https://login.partner.microsoftonline.cn',
    sts: 'https://sts.chinacloudapi.cn',
    template: '5a532e38-1581-4918-9658-008dc27c1d68',
  },
}

/** The `iss` of a directory's tokens of version 1 and 2 (Microsoft, access token claims reference). */
export const entraIssuers = (directory: string, cloud: EntraCloud): readonly [v1: string, v2: string] => [
  `${clouds[cloud].sts}/${directory}/`,
  `${clouds[cloud].login}/${directory}/v2.0`,
]

/** The keys of a directory. They verify tokens of both versions. */
export const entraKeys = (directory: string, cloud: EntraCloud): string =>
  `${clouds[cloud].login}/${directory}/discovery/v2.0/keys`

export const entraAudience = ({ audience, cloud }: EntraIssuer): string => audience ?? clouds[cloud].template

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The tenant ID of a directory in lower case. Throws `TenantError` for `common`, `organizations` and domain names. */
export function readDirectory(text: string): string {
  const directory = text.trim().toLowerCase()
  if (guid.test(directory)) return directory
  throw invalid(
    'The directory must be the tenant ID of Entra, a GUID. It is on the overview page of the Entra admin center.',
  )
}

export const scimAudience = (publicUrl: string, tenant: string): string =>
  `${publicUrl.replace(/\/+$/, '')}/${tenant}/scim/v2`

/** Throws `TenantError` for settings that can accept no token, or name a URL that the server does not fetch from. */
export function checkIssuerSettings(settings: IssuerSettings): void {
  if (settings.name !== '' && !isClaimText(settings.name)) throw withControlCharacters('name')
  if (settings.kind === 'entra') checkEntraIssuer(settings)
  else checkOAuthIssuer(settings)
}

function checkEntraIssuer({ directory, audience, jwks }: EntraIssuer): void {
  readDirectory(directory)
  if (audience !== undefined && !guid.test(audience.toLowerCase())) {
    throw invalid('The audience of an Entra issuer must be the ID of an application template, a GUID.')
  }
  if (jwks === undefined) return
  checkUrl(jwks, 'jwks')
  if (!isLoopbackUrl(jwks)) {
    throw invalid(
      'The keys of an Entra issuer come from Microsoft. A URL of keys is for a stand-in on this machine: http://127.0.0.1:8082/…',
    )
  }
}

function checkOAuthIssuer({ issuer, audiences, clients, subjects, jwks, scopes }: OAuthIssuer): void {
  if (audiences.length === 0) {
    throw invalid(
      'The issuer needs an audience: the `aud` of its tokens. Set --public-url to use the URL of the SCIM endpoint.',
    )
  }
  if (jwks !== undefined) checkUrl(jwks, 'jwks')
  // Without `jwks`, the metadata are fetched from there.
  else checkUrl(issuer, 'issuer')
  if (issuer === '') throw invalid('The issuer must not be empty.')
  const texts = { issuer: [issuer], audiences, clients, subjects, scopes: Object.values(scopes ?? {}) }
  for (const [name, values = []] of Object.entries(texts)) {
    if (!values.every(isClaimText)) throw withControlCharacters(name)
  }
  if (scopes && scopes.read === undefined && scopes.write === undefined) {
    throw invalid('The scopes need a value for read, for write, or for both.')
  }
}

/** Whether a text can be compared, stored and shown: without control characters and halves of characters. */
export const isClaimText = (text = ''): boolean => !/[\p{Cc}\p{Cs}]/u.test(text)

const withControlCharacters = (name: string) => invalid(`${name}: control characters are not allowed.`)

function checkUrl(url: string, what: string): void {
  const problem = urlProblem(url)
  if (problem) throw invalid(`${what}: ${problem}`)
}

const invalid = (message: string) => new TenantError('invalid', message)

const refused: readonly (AddressKind | undefined)[] = ['metadata', 'link-local', 'reserved', 'translated']

/** Whether no issuer may have an address: there, metadata services and routers listen. */
export const isRefusedIssuerAddress = (address: string): boolean => refused.includes(classifyAddress(address))

export const isLoopbackAddress = (address: string): boolean => classifyAddress(address) === 'loopback'

export const isLoopbackHost = (host: string): boolean =>
  host === 'localhost' || (isIP(host) !== 0 && isLoopbackAddress(host))

export function isLoopbackUrl(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && isLoopbackHost(hostOf(url))
}

/** Undefined if the server fetches from it; a name is checked again when resolved. Does not repeat the URL. */
export function urlProblem(text: string): string | undefined {
  // Well-formed, so that `127.1` is an address already.
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol)) return 'Expected a URL that begins with https://.'
  const host = hostOf(url)
  if (url.username !== '' || url.password !== '') return 'The URL must not contain a user name or a password.'
  if (text.includes('#')) return 'The URL must not have a fragment (#).'
  if (isIP(host) !== 0 && isRefusedIssuerAddress(host)) {
    return 'The URL must not have a link-local, multicast or unspecified address, or that of a metadata service.'
  }
  if (url.protocol === 'http:' && !isLoopbackHost(host)) {
    return 'The URL must begin with https://; http:// is for localhost, 127.0.0.1 and [::1] only.'
  }
  return undefined
}

/** Each request with a JWT needs them in memory. Changes are on disk and known to all before the acknowledgment. */
export interface IssuerStore {
  /** Newest first. Of a tenant whose profile accepts its own access tokens only, they are kept and not in force. */
  list(tenant: Tenant): readonly TrustedIssuer[]
  all(): readonly TrustedIssuer[]
  find(tenant: Tenant, id: string): TrustedIssuer | undefined
  /**
   * Throws `TenantError` if the tenant's profile accepts its own access tokens only, if the settings are invalid, or if the tenant
   * has the maximum number of issuers.
   */
  create(tenant: Tenant, settings: IssuerSettings): Promise<TrustedIssuer>
  /** Replaces the settings. Throws `TenantError` for invalid ones. Undefined if there is no such issuer. */
  update(tenant: Tenant, id: string, settings: IssuerSettings): Promise<TrustedIssuer | undefined>
  remove(tenant: Tenant, id: string): Promise<boolean>
}
