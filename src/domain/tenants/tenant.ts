import type { ProfileName } from '../../profiles/names.ts'
import type { Profile } from '../../profiles/profile.ts'
import type { Declarations } from '../../scim/declare/declarations.ts'
import type { credentialRefusals } from '../contract/exchanges.ts'
import type { OnDelete, Throttle } from '../contract/tenants.ts'
import type { OpenedSession } from './opened-session.ts'

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
