import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Database } from 'better-sqlite3'
import type { Writer } from '../database/writer.ts'
import type { Exchange } from './exchange.ts'
import { createPruning } from './exchange-pruning.ts'
import { createExchangeFinder } from './exchange-query.ts'
import {
  columns,
  type ExchangeRow,
  exchangeColumns,
  exchangeOf,
  exchangesWithNotes,
  valuesOf,
} from './exchange-row.ts'
import { CursorError, type ExchangeQuery, type Journal, type Retention } from './journal.ts'

// Pruned in small portions, so that no request waits for a large one.
const recordsBetweenPrunings = 1000
const prunedAtOnce = 2000
// A search looks at as many rows as take about so many milliseconds before it lets requests through.
const searchedFor = 10
const fewestAtOnce = 100
const mostAtOnce = 10_000

export type SqliteJournal = Journal & {
  /**
   * Deletes the exchanges of a tenant, or all. To be called inside a write, which deletes what is in the table by then.
   * Returns what to call once it is on disk.
   */
  readonly clear: (tenant?: string) => () => void
}

/**
 * The journal in SQLite. Exchanges wait in memory for the next commit, which they share with whatever is written
 * then. `onLost` is told about an exchange that can't be kept; a commit that fails is the writer's to report.
 */
export function createSqliteJournal(
  db: Database,
  writer: Writer,
  retention: Retention,
  onLost: (error: unknown) => void = () => {},
): SqliteJournal {
  const insert = createInsert(db)
  const pruning = createPruning(db, retention)
  const findRows = createExchangeFinder(db)
  const rowWithId = db.prepare<[string], ExchangeRow>(
    `select ${exchangeColumns} from ${exchangesWithNotes} where id = ?`,
  )
  const rowsAfter = db.prepare<[number, number], ExchangeRow>(
    `select ${exchangeColumns} from ${exchangesWithNotes} where seq > ? order by seq limit ?`,
  )
  const bounds = db.prepare<[], { first: number; last: number }>(
    'select coalesce(min(seq), 1) as first, coalesce(max(seq), 0) as last from exchanges',
  )
  const oldestTime = db.prepare<[], { at: number }>('select at from exchanges order by seq limit 1')
  const deleteAll = db.prepare<[]>('delete from exchanges')
  const deleteOf = db.prepare<[string]>('delete from exchanges where tenant = ?')

  const listeners = new Set<(exchange: Exchange) => void>()
  let waiting: Exchange[] = []
  let sincePruned = 0
  // This process is the only one that writes (`openSqlite`), so it counts in memory.
  let seq = bounds.get()?.last ?? 0

  const insertOrLose = (exchange: Exchange) => {
    try {
      insert(++seq, exchange)
      pruning.added(1)
    } catch (error) {
      // A disk that fails is the whole batch's trouble; what the table refuses is this exchange's alone.
      if (isDatabaseTrouble(error)) throw error
      onLost(error)
    }
  }

  const writeWaiting = () => {
    const batch = waiting
    waiting = []
    for (const exchange of batch) insertOrLose(exchange)
    sincePruned += batch.length
    const newest = batch.at(-1)
    if (!newest || sincePruned < recordsBetweenPrunings) return
    sincePruned = 0
    pruning.prune(newest.at, prunedAtOnce)
  }

  return {
    record(exchange) {
      if (waiting.length === 0) writer.soon(writeWaiting)
      waiting.push(exchange)
      for (const listener of listeners) tell(listener, exchange)
    },

    async page(query) {
      await writer.flush()
      const { search = [] } = query
      const { first, last } = bounds.get() ?? { first: 1, last: 0 }
      const wanted = query.limit + 1
      const rows: ExchangeRow[] = []
      let end = Math.min(endOf(query), last + 1)
      let atOnce = fewestAtOnce
      while (end > first && rows.length < wanted) {
        const range = { first: Math.max(first, end - atOnce), end }
        const began = performance.now()
        rows.push(...findRows(search, range, wanted - rows.length))
        atOnce = performance.now() - began < searchedFor ? Math.min(atOnce * 2, mostAtOnce) : fewestAtOnce
        end = range.first
        if (end > first && rows.length < wanted) await nextTurn()
      }
      const shown = rows.slice(0, query.limit)
      const oldest = shown.at(-1)
      return {
        items: shown.map(exchangeOf),
        ...(rows.length > shown.length && oldest && { next: cursorOf(oldest) }),
      }
    },

    async find(id) {
      await writer.flush()
      const row = rowWithId.get(id)
      return row && exchangeOf(row)
    },

    async after(seq, limit) {
      await writer.flush()
      return rowsAfter.all(seq, limit).map(row => ({ seq: row.seq, exchange: exchangeOf(row) }))
    },

    subscribe(listener) {
      // A listener that subscribes twice is told twice, and each subscription ends by itself.
      const own = (exchange: Exchange) => listener(exchange)
      listeners.add(own)
      return () => {
        listeners.delete(own)
      }
    },

    async extent() {
      await writer.flush()
      const oldest = oldestTime.get()?.at
      return { exchanges: pruning.held(), ...(oldest !== undefined && { oldest }) }
    },

    async prune(now) {
      await writer.flush()
      await writer.write(pruning.recount)
      while ((await writer.write(() => pruning.prune(now, prunedAtOnce))) > 0) await nextTurn()
    },

    clear(tenant) {
      if (tenant === undefined) deleteAll.run()
      else deleteOf.run(tenant)
      return pruning.recount
    },
  }
}

const isDatabaseTrouble = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && !String(error.code).startsWith('SQLITE_CONSTRAINT')

// Who watches must not be able to fail a request.
function tell(listener: (exchange: Exchange) => void, exchange: Exchange): void {
  try {
    listener(exchange)
  } catch {}
}

const cursorOf = ({ seq }: { readonly seq: number }) => Buffer.from(String(seq)).toString('base64url')

/** The number before which the page ends. */
function endOf({ cursor }: ExchangeQuery): number {
  if (cursor === undefined) return Number.POSITIVE_INFINITY
  const seq = Number(Buffer.from(cursor, 'base64url').toString())
  if (!Number.isSafeInteger(seq) || seq < 1 || cursorOf({ seq }) !== cursor) throw new CursorError()
  return seq
}

function createInsert(db: Database): (seq: number, exchange: Exchange) => void {
  const insert = db.prepare(
    `insert into exchanges (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`,
  )
  return (seq, exchange) => {
    insert.run(valuesOf(seq, exchange))
  }
}
