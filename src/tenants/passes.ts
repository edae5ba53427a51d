import { randomBytes } from 'node:crypto'
import { hashToken, sameHash } from './tokens.ts'

/** What a pass is for, beside letting in. */
export type Errand = {
  /** The exchange whose request is sent again. */
  readonly replayOf?: string
  /** Told the id of each exchange that it lets in. */
  readonly onAdmitted?: (exchange: string) => void
}

/** A way in for the console's own requests to one tenant, until it is closed. Nobody else is ever told the text. */
export type Pass = { readonly text: string; close(): void }

export type HeldPass = { readonly tenant: string; readonly errand: Errand; readonly hash: Buffer }

/** Passes that are open. They live in memory alone, as hashes like tokens; a restart closes them all. */
export function createPasses() {
  const open = new Map<string, HeldPass>()
  const keyOf = (hash: Buffer) => hash.toString('latin1')

  return {
    /** `tenant` is the id of one; a pass for a tenant that is gone lets nobody in. */
    open(tenant: string, errand: Errand = {}): Pass {
      // The journal shows the end of what a request came with, so the end says what it was.
      const text = `${randomBytes(32).toString('base64url')}.pass`
      const hash = hashToken(text)
      open.set(keyOf(hash), { tenant, errand, hash })
      return { text, close: () => open.delete(keyOf(hash)) }
    },

    find(hash: Buffer): HeldPass | undefined {
      const held = open.get(keyOf(hash))
      return held && sameHash(held.hash, hash) ? held : undefined
    },
  }
}
