import { randomBytes, randomUUID } from 'node:crypto'
import { hour } from '../../domain/duration.ts'
import type { ConsoleToken, ConsoleTokenOptions, Level } from '../../domain/ports/console-tokens.ts'
import { TenantError } from '../../domain/tenants/tenant.ts'
import { hashKey, hashToken, sameHash, tokenEnding } from '../../domain/tenants/tokens.ts'

/** A row of the table `console_tokens`. */
export type ConsoleTokenRow = {
  readonly id: string
  readonly name: string
  readonly level: Level
  readonly hash: Buffer
  readonly ending: string
  readonly created: number
  readonly expires: number
  readonly last_used: number | null
  readonly uses: number
}

const maxConsoleTokens = 50

const maxValidity = 3 * 366 * 24 * hour
const minValidity = 60 * 1000

const toConsoleToken = ({
  id,
  name,
  level,
  ending,
  created,
  expires,
  last_used,
  uses,
}: ConsoleTokenRow): ConsoleToken => ({
  id,
  name,
  level,
  ending,
  created,
  expires,
  ...(last_used !== null && { lastUsed: last_used }),
  uses,
})

/** The uses so far are in the token, not in the row. */
type HeldToken = { token: ConsoleToken; readonly hash: Buffer }

/** Holds the console tokens of the database in memory. `now` is the time in milliseconds since 1970. */
export function createConsoleTokenRegister(now: () => number) {
  const byId = new Map<string, HeldToken>()
  const byHash = new Map<string, HeldToken>()
  const remove = (id: string): void => {
    const held = byId.get(id)
    if (!held) return
    byId.delete(id)
    byHash.delete(hashKey(held.hash))
  }

  return {
    set(row: ConsoleTokenRow): void {
      const held = { token: toConsoleToken(row), hash: row.hash }
      byId.set(row.id, held)
      byHash.set(hashKey(row.hash), held)
    },
    setToken(token: ConsoleToken): void {
      const held = byId.get(token.id)
      if (held) held.token = token
    },
    remove,
    clear(): void {
      byId.clear()
      byHash.clear()
    },
    token: (id: string): ConsoleToken | undefined => byId.get(id)?.token,

    list: (): readonly ConsoleToken[] => [...byId.values()].map(({ token }) => token).reverse(),

    /** The hash is the key, so the time of the look-up shows nothing about a text. */
    find(text: string): ConsoleToken | undefined {
      const hash = hashToken(text)
      const held = byHash.get(hashKey(hash))
      if (!held || !sameHash(held.hash, hash)) return undefined
      return held.token.expires > now() ? held.token : undefined
    },

    /** Counts a use. Returns the token. */
    noteUse(id: string): ConsoleToken | undefined {
      const held = byId.get(id)
      if (!held) return undefined
      held.token = { ...held.token, lastUsed: now(), uses: held.token.uses + 1 }
      return held.token
    },
  }
}

/** The prefix identifies a token that is found in a wrong place. */
const newText = (): string => `scimulator-console-${randomBytes(32).toString('base64url')}`

/** The row of a new token, and its text. Throws `TenantError` for an invalid name or validity. */
export function newConsoleToken(
  { name, level, validity }: ConsoleTokenOptions,
  now: number,
): { readonly row: ConsoleTokenRow; readonly text: string } {
  checkName(name)
  checkValidity(validity)
  const text = newText()
  const row: ConsoleTokenRow = {
    id: randomUUID(),
    name,
    level,
    hash: hashToken(text),
    ending: tokenEnding(text),
    created: now,
    expires: now + validity,
    last_used: null,
    uses: 0,
  }
  return { row, text }
}

function checkName(name: string): void {
  if (/^[\p{L}\p{N}\p{P}\p{S}]([\p{L}\p{M}\p{N}\p{P}\p{S} ]{0,62}[\p{L}\p{M}\p{N}\p{P}\p{S}])?$/u.test(name))
    return
  throw new TenantError(
    'invalid',
    'The name of a console token must have 1 to 64 characters: letters, digits, punctuation, and spaces between them.',
  )
}

function checkValidity(validity: number): void {
  if (validity >= minValidity && validity <= maxValidity) return
  throw new TenantError('invalid', 'A console token can be valid for one minute to 3 years.')
}

export const consoleTokenTaken = (name: string): TenantError =>
  new TenantError(
    'taken',
    `There is already a console token "${name}". Choose another name, or delete it first.`,
  )

export function checkConsoleTokenCount(count: number): void {
  if (count < maxConsoleTokens) return
  throw new TenantError(
    'limit',
    `There are ${count} console tokens, which is the maximum. Delete one first; expired tokens count until they are deleted.`,
  )
}
