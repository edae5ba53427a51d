import type { Database } from 'better-sqlite3'
import { sharedSlices } from '../event-loop/slices.ts'
import type { Exchange } from '../journal/exchange.ts'
import type { Writer } from '../ports/database.ts'
import { CursorError, type ExchangeQuery, type Journal, type Retention } from '../ports/journal.ts'
import { compact } from '../scim/json.ts'
import {
  createExchangeFinder,
  type ExchangeRow,
  exchangeColumns,
  exchangesWithNotes,
  storedColumns,
  toExchange,
  toRowValues,
} from './exchange-rows.ts'
import { createPruning, createPruningClock, type PruningStep } from './journal-pruning.ts'

// Pruned in small steps, so that no request waits for a large one.
const recordsPerPruning = 100
const maxPrunedPerWrite = 1000
// The number of rows per turn of the event loop: a few milliseconds of work for an export.
const maxRowsPerSlice = 100

export type SqliteJournal = Journal & {
  /**
   * Deletes the exchanges of a tenant, or all. To be called inside a write; deletes the rows that are in the
   * table by then. Returns a function to call once the write is on disk.
   */
  readonly clear: (tenant?: string) => () => void
}

/**
 * The journal in SQLite. Exchanges wait in memory for the next commit, and share it with other writes.
 * `onLost` is called with the error of an exchange that can't be stored; the writer reports a failed commit.
 */
export function createJournal(
  db: Database,
  writer: Writer,
  retention: Retention,
  onLost: (error: unknown) => void = () => {},
): SqliteJournal {
  const insert = createInsert(db)
  const pruning = createPruning(db, retention)
  const clock = createPruningClock(db)
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
  // This process is the only one that writes (`openSqlite`), so the count is held in memory.
  let seq = bounds.get()?.last ?? 0

  const insertOrLose = (exchange: Exchange) => {
    try {
      insert(++seq, exchange)
      pruning.added(1)
    } catch (error) {
      // A failing disk affects the whole batch; a constraint violation affects this exchange alone.
      if (isDatabaseFailure(error)) throw error
      onLost(error)
    }
  }

  const writeWaiting = () => {
    const batch = waiting
    waiting = []
    for (const exchange of batch) insertOrLose(exchange)
    sincePruned += batch.length
    if (sincePruned < recordsPerPruning) return
    // More than were added, so that a lowered retention is reached.
    pruning.deleteExcess(Math.min(2 * sincePruned, maxPrunedPerWrite))
    sincePruned = 0
  }

  const runInSlices = async (step: PruningStep) => {
    while (await writer.write(step)) await sharedSlices.next()
  }

  /** The matches of a search below `end`, newest first; one slice per turn of the event loop. */
  async function* findBackwards(
    { search = [], signal }: Pick<ExchangeQuery, 'search' | 'signal'>,
    end = Number.POSITIVE_INFINITY,
    maximum = Number.POSITIVE_INFINITY,
  ): AsyncGenerator<readonly ExchangeRow[]> {
    await writer.flush()
    const { first, last } = bounds.get() ?? { first: 1, last: 0 }
    let reached = Math.min(end, last + 1)
    let left = maximum
    while (reached > first && left > 0) {
      await sharedSlices.next(signal)
      const found = findRows(search, { first, end: reached }, Math.min(left, maxRowsPerSlice))
      reached = found.end
      left -= found.rows.length
      if (found.rows.length > 0) yield found.rows
    }
  }

  return {
    record(exchange) {
      if (waiting.length === 0) writer.defer(writeWaiting)
      waiting.push(exchange)
      for (const listener of listeners) notifyListener(listener, exchange)
    },

    async page(query) {
      const rows: ExchangeRow[] = []
      for await (const found of findBackwards(query, parseCursor(query), query.limit + 1)) rows.push(...found)
      const pageRows = rows.slice(0, query.limit)
      const oldest = pageRows.at(-1)
      return {
        items: pageRows.map(toExchange),
        ...(rows.length > pageRows.length && oldest && { next: toCursor(oldest) }),
      }
    },

    async *batches(query) {
      for await (const rows of findBackwards(query)) yield rows.map(toExchange)
    },

    async find(id) {
      await writer.flush()
      const row = rowWithId.get(id)
      return row && toExchange(row)
    },

    async readAfter(seq, limit) {
      await writer.flush()
      return rowsAfter.all(seq, limit).map(row => ({ seq: row.seq, exchange: toExchange(row) }))
    },

    subscribe(listener) {
      // A listener that subscribes twice is called twice, and each subscription ends on its own.
      const subscription = (exchange: Exchange) => listener(exchange)
      listeners.add(subscription)
      return () => {
        listeners.delete(subscription)
      }
    },

    async extent() {
      await writer.flush()
      const oldest = oldestTime.get()?.at
      return { exchanges: pruning.rowCount(), ...compact({ oldest }) }
    },

    async prune(now) {
      await writer.flush()
      const jump = await writer.write(() => {
        pruning.recount()
        return clock.detectJump(now)
      })
      if (!jump) await runInSlices(pruning.byAge(now))
      await runInSlices(pruning.byCount())
      return jump
    },

    clear(tenant) {
      if (tenant === undefined) deleteAll.run()
      else deleteOf.run(tenant)
      return pruning.recount
    },
  }
}

const isDatabaseFailure = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && !String(error.code).startsWith('SQLITE_CONSTRAINT')

// A failing listener must not fail a request.
function notifyListener(listener: (exchange: Exchange) => void, exchange: Exchange): void {
  try {
    listener(exchange)
  } catch {}
}

const toCursor = ({ seq }: { readonly seq: number }) => Buffer.from(String(seq)).toString('base64url')

/** The number below which the page starts. */
function parseCursor({ cursor }: ExchangeQuery): number {
  if (cursor === undefined) return Number.POSITIVE_INFINITY
  const seq = Number(Buffer.from(cursor, 'base64url').toString())
  if (!Number.isSafeInteger(seq) || seq < 1 || toCursor({ seq }) !== cursor) throw new CursorError()
  return seq
}

function createInsert(db: Database): (seq: number, exchange: Exchange) => void {
  const insert = db.prepare(
    `insert into exchanges (${storedColumns.join(', ')}) values (${storedColumns.map(() => '?').join(', ')})`,
  )
  return (seq, exchange) => {
    insert.run(toRowValues(seq, exchange))
  }
}
