import type { Used, UseMemory } from '../common/held-rows.ts'
import type { Hints } from './cluster/hints.ts'
import type { Reads } from './connect.ts'
import { prepared } from './statement.ts'

const statementsOn = (table: string) => ({
  // Locks the rows in one order, since other instances add uses of the same ones.
  addUses: prepared(`
    with locked as (select id from ${table} where id = any($1::text[]) order by id for no key update)
    update ${table}
    set uses = ${table}.uses + added.uses, last_used = greatest(${table}.last_used, added.last_used),
      counted = clock_timestamp()
    from locked join unnest($1::text[], $2::bigint[], $3::bigint[]) as added (id, uses, last_used) on added.id = locked.id
    where ${table}.id = locked.id`),
  countedSince: prepared(`
    select id, uses, last_used from ${table} where counted > to_timestamp($1::double precision / 1000)`),
})

/** Milliseconds that a commit may be later than the time in its rows. */
const overlap = 5000

type UseRow = { readonly id: string; readonly uses: number; readonly last_used: number }

type Uses = { readonly uses: number; readonly lastUsed: number }

type UsesOptions<Row extends Used> = UseMemory<Row> & {
  readonly table: string
  readonly statements: Pick<Reads, 'query'>
  readonly hints: Pick<Hints, 'send' | 'subscribe' | 'isConnected'>
  /** Milliseconds since 1970 by the database's clock. */
  readonly now: () => number
}

export function createUses<Row extends Used>({ table, statements, hints, now, find, set }: UsesOptions<Row>) {
  const { addUses, countedSince } = statementsOn(table)
  let waiting = new Map<string, Uses>()
  let beingWritten: ReadonlyMap<string, Uses> = new Map()
  let since: number | undefined
  let isHinted = true
  let last: Promise<void> = Promise.resolve()

  hints.subscribe('uses', () => {
    isHinted = true
  })

  const add = (id: string, { uses, lastUsed }: Uses) => {
    const before = waiting.get(id)
    waiting.set(id, {
      uses: uses + (before?.uses ?? 0),
      lastUsed: Math.max(lastUsed, before?.lastUsed ?? 0),
    })
  }

  const withWaiting = (one: Row): Row => {
    const added = [waiting.get(one.id), beingWritten.get(one.id)].filter(uses => uses !== undefined)
    if (added.length === 0) return one
    return {
      ...one,
      uses: added.reduce((sum, { uses }) => sum + uses, one.uses),
      lastUsed: Math.max(one.lastUsed ?? 0, ...added.map(({ lastUsed }) => lastUsed)),
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
    hints.send('uses')
  }

  const read = async () => {
    const began = now()
    isHinted = false
    const rows = await statements
      .query<UseRow>(countedSince, [since ?? began - overlap])
      .catch((error: unknown) => {
        isHinted = true
        throw error
      })
    since = began - overlap
    for (const { id, uses, last_used } of rows) {
      const one = find(id)
      if (one) set(withWaiting({ ...one, uses, lastUsed: last_used }))
    }
  }

  const after = (work: () => Promise<void>): Promise<void> => {
    last = last.catch(() => {}).then(work)
    return last
  }

  return {
    note: ({ id, lastUsed }: Row) => add(id, { uses: 1, lastUsed: lastUsed ?? 0 }),
    withWaiting,
    exchange: () =>
      after(async () => {
        await write()
        await read()
      }),
    exchangeNew: () =>
      after(async () => {
        await write()
        if (isHinted || !hints.isConnected()) await read()
      }),
  }
}
