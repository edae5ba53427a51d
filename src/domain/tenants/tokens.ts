import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import { day, minute } from '../duration.ts'
import { TenantError } from './tenant.ts'

// AWS's tokens are opaque, 500 to 620 characters of 0-9 a-z A-Z / = + -. Clients check that. The prefix identifies the
// product if a token is pasted in the wrong place.
export const tokenPrefix = 'scimulator-'
export const secretPrefix = 'scimulator-secret-'
export const accessTokenPrefix = 'scimulator-access-'
const randomByteCount = 390

/** A text that cannot be guessed (RFC 7644 §7.4), in the format of AWS's tokens except for the prefix. */
export const newTokenText = (): string => tokenPrefix + randomBytes(randomByteCount).toString('base64')

/**
 * The stored hash of a token. A fast hash is sufficient, because the text has hundreds of random bytes and cannot be
 * guessed; a slow one would allow denial of service. Tokens set with `--token` are for tests.
 */
export const hashToken = (text: string): Buffer => hash('sha256', text, 'buffer')

/** Compares in constant time. */
export const sameHash = (one: Buffer, other: Buffer): boolean =>
  one.length === other.length && timingSafeEqual(one, other)

const shortestWithEnding = 16

/** The last four characters, for distinguishing tokens; empty for a short token. */
export const tokenEnding = (text: string): string => (text.length >= shortestWithEnding ? text.slice(-4) : '')

/** AWS: one year. */
export const maxTokenValidity = 365 * day

/** Throws `TenantError`. */
export function checkTokenValidity(validity: number): void {
  if (validity >= minute && validity <= maxTokenValidity) return
  throw new TenantError('invalid', 'An access token can be valid for one minute to 365 days.')
}

/** Throws `TenantError` for a text that cannot be sent as a bearer token or is too easy to guess. */
export function checkTokenText(text: string, what = 'An access token'): void {
  if (/^[\x21-\x7e]{8,4096}$/.test(text)) return
  throw new TenantError(
    'invalid',
    `${what} must have 8 to 4096 characters: ASCII letters, digits and punctuation, without spaces.`,
  )
}
