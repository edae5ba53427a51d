import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import { TenantError } from './tenant-error.ts'

// AWS's tokens are opaque, 500 to 620 characters of these: 0-9 a-z A-Z / = + -. Clients check that, and people
// who paste one in the wrong place should see from its beginning whose it is.
export const tokenBeginning = 'scimulator-'
const randomByteCount = 390

/** A text that nobody can guess (RFC 7644 §7.4) and that looks like AWS's, apart from how it begins. */
export const newTokenText = (): string => tokenBeginning + randomBytes(randomByteCount).toString('base64')

/**
 * What is kept of a token. A fast hash is right here: the text is hundreds of random bytes, so there is nothing
 * to guess, and a slow one would only let strangers keep the server busy. Those who bring their own text
 * (`--token`) do it for tests.
 */
export const hashToken = (text: string): Buffer => hash('sha256', text, 'buffer')

/** Compares in constant time. */
export const sameHash = (one: Buffer, other: Buffer): boolean =>
  one.length === other.length && timingSafeEqual(one, other)

const shortestWithEnding = 16

/** The last four characters, by which people tell tokens apart; nothing of a token that is short. */
export const endingOf = (text: string): string => (text.length >= shortestWithEnding ? text.slice(-4) : '')

const day = 24 * 60 * 60 * 1000

/** AWS: one year from its making. */
export const expiryOf = (created: number): number => created + 365 * day

/** Throws `TenantError` for a text that can't be sent as a bearer token, or is too easily guessed. */
export function checkTokenText(text: string, what = 'An access token'): void {
  if (/^[\x21-\x7e]{8,4096}$/.test(text)) return
  throw new TenantError(
    'invalid',
    `${what} has 8 to 4096 characters: letters, digits and punctuation of ASCII, without blanks.`,
  )
}
