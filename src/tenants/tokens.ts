import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import { TenantError } from './tenant.ts'

// AWS's tokens are opaque, 500 to 620 characters of these: 0-9 a-z A-Z / = + -. Clients check that, and people
// who paste one in the wrong place should see from its beginning whose it is.
export const tokenPrefix = 'scimulator-'
const randomByteCount = 390

/** A text that nobody can guess (RFC 7644 §7.4) and that looks like AWS's, apart from how it begins. */
export const newTokenText = (): string => tokenPrefix + randomBytes(randomByteCount).toString('base64')

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
export const tokenEnding = (text: string): string => (text.length >= shortestWithEnding ? text.slice(-4) : '')

const day = 24 * 60 * 60 * 1000

/** AWS: one year from its making. */
export const tokenExpiry = (created: number): number => created + 365 * day

/** Throws `TenantError` for a text that can't be sent as a bearer token, or is too easily guessed. */
export function checkTokenText(text: string, what = 'An access token'): void {
  if (/^[\x21-\x7e]{8,4096}$/.test(text)) return
  throw new TenantError(
    'invalid',
    `${what} has 8 to 4096 characters: letters, digits and punctuation of ASCII, without blanks.`,
  )
}

/** What a pass is for, beside letting in. */
export type InternalGrant = {
  /** The exchange whose request is sent again. */
  readonly replayOf?: string
  /** Told the id of each exchange that it lets in. */
  readonly onAdmitted?: (exchange: string) => void
}

/** A way in for the console's own requests to one tenant, until it is closed. Nobody else is ever told the text. */
export type InternalToken = { readonly text: string; close(): void }

export type HeldInternalToken = {
  readonly tenant: string
  readonly grant: InternalGrant
  readonly hash: Buffer
}

/** Passes that are open. They live in memory alone, as hashes like tokens; a restart closes them all. */
export function createInternalTokens() {
  const open = new Map<string, HeldInternalToken>()
  const keyOf = (hash: Buffer) => hash.toString('latin1')

  return {
    /** `tenant` is the id of one; a pass for a tenant that is gone lets nobody in. */
    open(tenant: string, grant: InternalGrant = {}): InternalToken {
      // The journal shows the end of what a request came with, so the end says what it was.
      const text = `${randomBytes(32).toString('base64url')}.pass`
      const hash = hashToken(text)
      open.set(keyOf(hash), { tenant, grant, hash })
      return { text, close: () => open.delete(keyOf(hash)) }
    },

    find(hash: Buffer): HeldInternalToken | undefined {
      const held = open.get(keyOf(hash))
      return held && sameHash(held.hash, hash) ? held : undefined
    },
  }
}
