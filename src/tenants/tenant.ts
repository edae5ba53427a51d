import type { ProfileName } from '../profiles/names.ts'
import type { Profile } from '../profiles/profile.ts'
import type { Declarations } from '../scim/declare/declarations.ts'

/** What an operator asked for and can't have; `message` says why and how to mend it. */
export class TenantError extends Error {
  readonly reason: 'taken' | 'invalid' | 'limit'
  constructor(reason: 'taken' | 'invalid' | 'limit', message: string) {
    super(message)
    this.name = 'TenantError'
    this.reason = reason
  }
}

const year = 365 * 24 * 60 * 60 * 1000
const maxOffset = 100 * year

/**
 * Throws `TenantError` for an offset that would turn time back: what has expired stays expired, and history stays
 * in order. Only a reset, to 0, brings the machine's time back.
 */
export function checkClockOffset(current: number, wanted: number): void {
  if (!Number.isInteger(wanted) || wanted < 0 || wanted > maxOffset) {
    throw new TenantError(
      'invalid',
      "A tenant's clock is 0 milliseconds to 100 years ahead of the machine's, never behind it.",
    )
  }
  if (wanted !== 0 && wanted < current) {
    throw new TenantError(
      'invalid',
      `A tenant's clock only moves forward: it is ${current} ms ahead of the machine's already, and ${wanted} ms would turn it back. A reset sets it to 0.`,
    )
  }
}

export type OnDelete = 'retain' | 'remove'
export type Throttle = 'off' | 'aws'

/** What people set about a tenant. */
export type TenantSettings = {
  readonly profile: ProfileName
  readonly onDelete: OnDelete
  readonly throttle: Throttle
  /** Ids of the profile's switches with the chosen values; the others have their defaults. */
  readonly switches: Readonly<Record<string, string>>
}

/** One emulated directory. */
export type Tenant = {
  readonly key: number
  readonly id: string
  /** The profile with this tenant's switches and the types it declares. */
  readonly profile: Profile
  readonly settings: TenantSettings
  /** The types it declares. They are kept where the profile's own are fixed, and not in force there. */
  readonly declared: Declarations
  /** How far the tenant's clock is ahead of the machine's, in milliseconds. */
  readonly clockOffset: number
  /** Milliseconds since 1970. */
  readonly created: number
}

/** The tenant's time, in milliseconds since 1970. */
export const tenantNow = (tenant: Tenant, machine: number = Date.now()): number =>
  machine + tenant.clockOffset

/** What a token lets a client do: everything, or look only. */
export type Access = 'full' | 'read'

/** An access token, without its text, of which only a hash is kept. */
export type Token = {
  readonly id: string
  readonly tenant: number
  /** The last four characters, by which people tell tokens apart. */
  readonly ending: string
  readonly access: Access
  readonly created: number
  readonly expires: number
  readonly lastUsed?: number
  readonly uses: number
}

/**
 * Why a request was not let in. To the client all look alike, except for a token that may only read; the journal
 * tells them apart.
 */
export type Refusal = 'missing' | 'unknown' | 'expired' | 'deleted' | 'other-tenant' | 'read-only'
