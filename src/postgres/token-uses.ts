import type { TokenRecord } from '../persistence/tenant-register.ts'
import type { Reads } from './connect.ts'
import { prepared } from './statement.ts'

// Locks the tokens in one order, since other instances add uses of the same ones.
const addUses = prepared(`
  with locked as (select id from tokens where id = any($1::text[]) order by id for no key update)
  update tokens
  set uses = tokens.uses + added.uses, last_used = greatest(tokens.last_used, added.last_used),
    counted = clock_timestamp()
  from locked join unnest($1::text[], $2::bigint[], $3::bigint[]) as added (id, uses, last_used) on added.id = locked.id
  where tokens.id = locked.id`)
// A commit may be a moment later than the time in its rows.
const countedSince = prepared(`
  select id, uses, last_used from tokens where counted > to_timestamp($1::double precision / 1000)`)

/** Milliseconds. */
const overlap = 5000

type UseRow = { readonly id: string; readonly uses: number; readonly last_used: number }

/** The uses of a token by requests to this instance that are not written yet. */
type Uses = { readonly uses: number; readonly lastUsed: number }

type TokenUsesOptions = {
  readonly statements: Pick<Reads, 'query'>
  /** Milliseconds since 1970 by the database's clock. */
  readonly now: () => number
  readonly tokenWithId: (id: string) => TokenRecord | undefined
}

/** Adds up the uses of tokens, and exchanges the sums with the other instances. */
export function createTokenUses({ statements, now, tokenWithId }: TokenUsesOptions) {
  let waiting = new Map<string, Uses>()
  let beingWritten: ReadonlyMap<string, Uses> = new Map()
  let since: number | undefined
  let last: Promise<void> = Promise.resolve()

  const add = (id: string, { uses, lastUsed }: Uses) => {
    const before = waiting.get(id)
    waiting.set(id, {
      uses: uses + (before?.uses ?? 0),
      lastUsed: Math.max(lastUsed, before?.lastUsed ?? 0),
    })
  }

  /** With what the row does not have yet. */
  const withWaiting = (record: TokenRecord): TokenRecord => {
    const { token } = record
    const added = [waiting.get(token.id), beingWritten.get(token.id)].filter(uses => uses !== undefined)
    if (added.length === 0) return record
    return {
      ...record,
      token: {
        ...token,
        uses: added.reduce((sum, { uses }) => sum + uses, token.uses),
        lastUsed: Math.max(token.lastUsed ?? 0, ...added.map(({ lastUsed }) => lastUsed)),
      },
    }
  }

  const write = async () => {
    if (waiting.size === 0) return
    beingWritten = waiting
    waiting = new Map()
    const all = [...beingWritten]
    try {
      await statements.query(addUses, [
        all.map(([id]) => id),
        all.map(([, { uses }]) => uses),
        all.map(([, { lastUsed }]) => lastUsed),
      ])
    } catch (error) {
      for (const [id, uses] of all) add(id, uses)
      throw error
    } finally {
      beingWritten = new Map()
    }
  }

  const read = async () => {
    const began = now()
    const rows = await statements.query<UseRow>(countedSince, [since ?? began - overlap])
    since = began - overlap
    for (const { id, uses, last_used } of rows) {
      const record = tokenWithId(id)
      if (!record) continue
      const stored = { ...record, token: { ...record.token, uses, lastUsed: last_used } }
      record.token = withWaiting(stored).token
    }
  }

  return {
    /** Notes a use, whose time is the token's last one. */
    note: ({ token }: TokenRecord) => add(token.id, { uses: 1, lastUsed: token.lastUsed ?? 0 }),
    withWaiting,
    /** Writes the uses so far, and reads those of the other instances. */
    exchange(): Promise<void> {
      last = last
        .catch(() => {})
        .then(async () => {
          await write()
          await read()
        })
      return last
    },
  }
}

export type TokenUses = ReturnType<typeof createTokenUses>
