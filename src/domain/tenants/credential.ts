import type { JsonObject } from '../../scim/json.ts'
import { type Access, type Refusal, type Tenant, TenantError } from './tenant.ts'

/** The decoded header and claims of a JWT. Its signature is kept nowhere. */
export type JwtFacts = { readonly header: JsonObject; readonly claims: JsonObject }

/** A compact JWS (RFC 7515 §7.1), also one without a signature. */
const compactJws = /^eyJ[\w-]*\.[\w-]+\.[\w-]*$/

export const isJwt = (text: string): boolean => text.startsWith('eyJ') && compactJws.test(text)

/** Contains no text of a token. */
export type Credential =
  /**
   * An access token of the token endpoint, by the ID and name of the client and its own ID. For a request to the token endpoint:
   * the token that was issued, if any, and the assertion that the client sent.
   */
  | {
      readonly kind: 'client'
      readonly client: string
      readonly name: string
      readonly accessToken?: string
      readonly jwt?: JwtFacts
    }
  | { readonly kind: 'issuer'; readonly issuer: string; readonly name: string; readonly jwt: JwtFacts }
  | { readonly kind: 'jwt'; readonly jwt: JwtFacts }

/** The client that a JWT was issued to: `client_id` (RFC 9068), else `azp` (Entra v2), else `appid` (Entra v1). */
export function callerClaim({ claims }: JwtFacts): string | undefined {
  for (const name of ['client_id', 'azp', 'appid']) {
    const value = claims[name]
    if (typeof value === 'string') return value
  }
  return undefined
}

/** A claim that must be a text. One of a refused token may be anything, also an object that has no text. */
const claimText = ({ claims }: JwtFacts, name: string): string => {
  const value = claims[name]
  return typeof value === 'string' ? value : 'unknown'
}

export function describeCredential(credential: Credential): string {
  switch (credential.kind) {
    case 'client':
      return `client ${credential.name}`
    case 'issuer':
      return `JWT of ${credential.name} for ${callerClaim(credential.jwt) ?? claimText(credential.jwt, 'sub')}`
    case 'jwt':
      return `JWT of ${claimText(credential.jwt, 'iss')}`
  }
}

export function clientOfCredential(credential: Credential): string {
  switch (credential.kind) {
    case 'client':
      return credential.client
    case 'issuer':
      return `${credential.issuer} ${callerClaim(credential.jwt) ?? claimText(credential.jwt, 'sub')}`
    case 'jwt':
      return claimText(credential.jwt, 'iss')
  }
}

/** Microsoft.Azure.SyncFabric, the provisioning service of Entra. */
export const syncFabric = '00000014-0000-0000-c000-000000000000'

/** Whether it is a token that Entra issues itself, without a Secret Token (by its content, which may not be verified). */
export const isEntraToken = (credential: Credential): boolean =>
  credential.kind !== 'client' &&
  [credential.jwt.claims.appid, credential.jwt.claims.azp].includes(syncFabric)

/** Stored between line ends, so it has none; the database does not store U+0000. */
const toTerm = (text: string) => text.replaceAll('\0', '\ufffd').replaceAll(/\p{Cc}/gu, ' ')

const textsOf = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).filter(item => typeof item === 'string' && item !== '').map(toTerm)

function idsOf(credential: Credential): readonly string[] {
  switch (credential.kind) {
    case 'client':
      return [credential.client, credential.name, ...textsOf(credential.accessToken)]
    case 'issuer':
      return [credential.issuer, credential.name]
    case 'jwt':
      return []
  }
}

export function credentialTerms(credential: Credential): readonly string[] {
  const { header = {}, claims = {} } = credential.jwt ?? {}
  const names = ['iss', 'aud', 'sub', 'client_id', 'azp', 'appid']
  const terms = [
    ...idsOf(credential),
    ...names.flatMap(name => textsOf(claims[name])),
    ...textsOf(header.kid),
  ]
  return [...new Set(terms.map(term => term.toWellFormed()))]
}

/** Throws `TenantError` if the tenant's profile accepts its own access tokens only. */
export function requireOtherCredentials({ profile }: Tenant): void {
  if (profile.credentials === 'any') return
  throw new TenantError(
    'fixed-credentials',
    'AWS takes its own access tokens only. Use a tenant of the profile entra or rfc.',
  )
}

export type CredentialAuthentication =
  | { readonly tenant: Tenant; readonly credential: Credential; readonly access: Access }
  | {
      readonly refusal: Refusal
      readonly tenant?: Tenant
      /** What is known of the credential; of a JWT that was not verified, its unverified content. */
      readonly credential?: Credential
    }

export interface Authenticator {
  offers(tenant: Tenant): boolean
  /** Whether the text has the form of this kind of token. Cheap, since it runs for every unknown token. */
  recognizes(text: string): boolean
  /** `machine` is the time of arrival. Rejects only with database errors; a promise only if it has to wait. */
  authenticate(
    text: string,
    tenantId: string | undefined,
    machine: number,
  ): CredentialAuthentication | Promise<CredentialAuthentication>
  /** As `authenticate`, for a request that was authenticated before. Counts no use. */
  reauthenticate: Authenticator['authenticate']
}
