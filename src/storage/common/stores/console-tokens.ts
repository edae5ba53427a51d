import { randomBytes, randomUUID } from 'node:crypto'
import { hour } from '../../../domain/duration.ts'
import type { ConsoleToken, ConsoleTokenStore } from '../../../domain/ports/console-access.ts'
import { TenantError } from '../../../domain/tenants/tenant.ts'
import { checkName } from '../../../domain/tenants/tenant-id.ts'
import { hashToken, sameHash, tokenEnding } from '../../../domain/tenants/tokens.ts'
import { type HeldTables, heldTable } from '../held-tables.ts'
import { hashKey } from './tenants.ts'

type ConsoleTokenRow = ConsoleToken & { readonly hash: Buffer }

const table = heldTable<ConsoleTokenRow>('console_tokens', {
  id: 'id',
  name: 'name',
  level: 'level',
  hash: 'hash',
  ending: 'ending',
  created: 'created',
  expires: 'expires',
  lastUsed: 'last_used',
  uses: 'uses',
})

const toConsoleToken = ({ hash, ...token }: ConsoleTokenRow): ConsoleToken => token

const maxConsoleTokens = 50

const maxValidity = 3 * 366 * 24 * hour
const minValidity = 60 * 1000

/** The prefix identifies a token that is found in a wrong place. */
const newText = (): string => `scimulator-console-${randomBytes(32).toString('base64url')}`

export function createConsoleTokenStore(tables: HeldTables): ConsoleTokenStore {
  // The hash is the key, so the time of the look-up shows nothing about a text.
  const ids = new Map<string, string>()
  const tokens = tables.holdUsed(table, {
    set: ({ id, hash }) => void ids.set(hashKey(hash), id),
    remove: ({ hash }) => void ids.delete(hashKey(hash)),
    clear: () => ids.clear(),
  })

  return {
    list: () => tokens.all().map(toConsoleToken).reverse(),

    find(text) {
      const hash = hashToken(text)
      const row = tokens.get(ids.get(hashKey(hash)) ?? '')
      if (!row || !sameHash(row.hash, hash)) return undefined
      return row.expires > tables.now() ? toConsoleToken(row) : undefined
    },

    async create({ name, level, validity }) {
      checkName('a console token', name)
      checkValidity(validity)
      const text = newText()
      const created = tables.now()
      const row = await tables.change(function* () {
        if (yield* table.find({ name })) throw nameTaken(name)
        checkCount(yield* table.count({}))
        return yield* table.insert({
          ...{ id: randomUUID(), name, level, hash: hashToken(text), ending: tokenEnding(text) },
          ...{ created, expires: created + validity, uses: 0 },
        })
      })
      return { token: toConsoleToken(row), text }
    },

    remove: id => tables.change(() => table.remove({ id })),

    noteUse: id => void tokens.noteUse(id, tables.now()),
  }
}

function checkValidity(validity: number): void {
  if (validity >= minValidity && validity <= maxValidity) return
  throw new TenantError('invalid', 'A console token can be valid for one minute to 3 years.')
}

const nameTaken = (name: string) =>
  new TenantError(
    'taken',
    `There is already a console token "${name}". Choose another name, or delete it first.`,
  )

function checkCount(count: number): void {
  if (count < maxConsoleTokens) return
  throw new TenantError(
    'limit',
    `There are ${count} console tokens, which is the maximum. Delete one first; expired tokens count until they are deleted.`,
  )
}
