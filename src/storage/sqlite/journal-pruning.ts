import type { Database } from 'better-sqlite3'
import { day } from '../../domain/duration.ts'
import { sharedSlices } from '../../domain/event-loop/slices.ts'
import type { ClockJump, JournalLimit, Retention } from '../../domain/ports/journal.ts'
import { assumedBytes } from '../common/exchange-rows.ts'
import {
  type Amount,
  addStored,
  advancePruningClock,
  createLimitReports,
  eachKind,
  excessOver,
  isExcess,
  type Kind,
  kindOf,
  kinds,
  limitsOf,
  newPruningClock,
  nothingStored,
  rowsInExcess,
  type Stored,
  toStored,
} from '../common/journal-limits.ts'
import { ofServer, serverBounds } from './session-journal.ts'

// Rows are read and deleted in blocks of this many numbers; a write deletes at most `maxDeletedPerWrite` rows.
const rowsPerBlock = 256
const maxDeletedPerWrite = 1000

/** Deletes for about one time slice; returns whether there is more to delete. Runs inside a write. */
export type PruningStep = () => boolean

export type Pruning = ReturnType<typeof createPruning>

/** The limit in bytes that the journal was created with; infinite if it had none. */
export const defaultKeepBytes = (db: Database): number =>
  db.prepare<[], number>('select bytes from default_retention').pluck().get() ?? Number.POSITIVE_INFINITY

const isOf: Readonly<Record<Kind, string>> = {
  authenticated: 'unauthenticated is null',
  unauthenticated: 'unauthenticated = 1',
}

const indexOf: Readonly<Record<Kind, string>> = {
  authenticated: '',
  unauthenticated: 'indexed by exchanges_unauthenticated',
}

type AmountRow = Amount & { readonly unauthenticated: number }

/**
 * How much the journal stores, without opened sessions. `save` belongs into each transaction that adds or deletes exchanges, and
 * `reload` after one that was rolled back.
 */
function createStoredAmounts(db: Database) {
  const read = db.prepare<[], AmountRow>('select unauthenticated, exchanges, bytes from exchange_amounts')
  const count = db.prepare<[], AmountRow>(`
    select coalesce(unauthenticated, 0) as unauthenticated, count(*) as exchanges, sum(coalesce(bytes, ${assumedBytes})) as bytes
    from exchanges where ${ofServer} group by 1`)
  const write = db.prepare<[number, number, number]>(
    'insert or replace into exchange_amounts (unauthenticated, exchanges, bytes) values (?, ?, ?)',
  )
  let stored = nothingStored
  let isSaved = true

  const reload = (): void => {
    const kept = read.all()
    stored = toStored(kept.length > 0 ? kept : count.all())
    isSaved = kept.length > 0
  }
  reload()

  return {
    current: (): Stored => stored,
    add(kind: Kind, amount: Amount): void {
      stored = addStored(stored, kind, amount)
      isSaved = false
    },
    save(): void {
      if (isSaved) return
      kinds.forEach((kind, at) => {
        write.run(at, stored[kind].exchanges, stored[kind].bytes)
      })
      isSaved = true
    },
    reload,
  }
}

export type DeletedRow = { readonly unauthenticated: number | null; readonly bytes: number }

export const returningDeleted = `returning unauthenticated, coalesce(bytes, ${assumedBytes}) as bytes`

/** All methods but `stored`, `nextReports` and `rolledBack` run inside a write. */
export function createPruning(db: Database, retention: Retention) {
  const amounts = createStoredAmounts(db)
  const limits = limitsOf(retention)
  const reports = createLimitReports(retention)
  const bounds = db.prepare<[], { first: number; last: number }>(serverBounds)
  const oldestOf = eachKind(kind =>
    db.prepare<[number, number], { seq: number; bytes: number }>(`
      select seq, coalesce(bytes, ${assumedBytes}) as bytes from exchanges ${indexOf[kind]}
      where ${ofServer} and seq >= ? and ${isOf[kind]} order by seq limit ?`),
  )
  const deleteOf = eachKind(kind =>
    db.prepare<[number, number], DeletedRow>(
      `delete from exchanges where seq between ? and ? and ${isOf[kind]} ${returningDeleted}`,
    ),
  )
  const deleteBefore = db.prepare<[number, number, number], DeletedRow>(
    `delete from exchanges where seq >= ? and seq < ? and at < ? ${returningDeleted}`,
  )
  const earliestIn = db.prepare<[number, number], { at: number | null }>(
    'select min(at) as at from exchanges where seq >= ? and seq < ?',
  )
  // The earliest time per block. Blocks without an entry have not been read, or are still being filled.
  const earliest = new Map<number, number>()
  /** The `seq` at which the search for the oldest exchange of a kind begins: all before it are deleted or of the other kind. */
  let reached = fromStart

  const deleted = (rows: readonly DeletedRow[]): number => {
    for (const { unauthenticated, bytes } of rows) {
      amounts.add(kindOf(unauthenticated), { exchanges: -1, bytes: -bytes })
    }
    return rows.length
  }

  const deleteExcessOf = (kind: Kind, most: number): number => {
    const excess = excessOver(amounts.current()[kind], limits[kind])
    if (!isExcess(excess)) return 0
    const rows = oldestOf[kind].all(reached[kind], Math.min(most, rowsPerBlock))
    const end = rows[rowsInExcess(rows, excess) - 1]
    const [first] = rows
    if (!first || !end) return 0
    reached = { ...reached, [kind]: end.seq + 1 }
    return deleted(deleteOf[kind].all(first.seq, end.seq))
  }

  const deleteOldIn = (at: number, before: number, isFull: boolean): number => {
    const [from, end] = [at * rowsPerBlock, (at + 1) * rowsPerBlock]
    const changes = deleted(deleteBefore.all(from, end, before))
    if (isFull) earliest.set(at, earliestIn.get(from, end)?.at ?? Number.POSITIVE_INFINITY)
    return changes
  }

  /** `most` is approximate. Returns the number of deleted exchanges. */
  const deleteExcess = (most: number): number => {
    let sum = 0
    for (const kind of kinds) {
      let now: number
      do {
        now = deleteExcessOf(kind, most - sum)
        sum += now
      } while (now > 0 && sum < most)
    }
    return sum
  }

  return {
    stored: amounts.current,
    /** The limits that are exceeded and not reported yet. To be reported before the next deletion. */
    nextReports: (): readonly JournalLimit[] => reports.next(amounts.current()),
    added: amounts.add,
    deleted,
    save: amounts.save,
    rolledBack(): void {
      amounts.reload()
      reached = fromStart
    },
    deleteExcess,
    byLimits: (): PruningStep => () => {
      let sum = 0
      do {
        const now = deleteExcess(rowsPerBlock)
        if (now === 0) return false
        sum += now
      } while (sum < maxDeletedPerWrite && !sharedSlices.isOver())
      return true
    },
    /**
     * Deletes all exchanges older than the retention's days. They may be anywhere: numbers rise in order of
     * responding, and the clock may have been set back in between. An index by time would slow down every
     * write.
     */
    byAge(now: number): PruningStep {
      const before = now - retention.days * day
      const { first, last } = bounds.get() ?? { first: 0, last: -1 }
      const lastBlock = Math.floor(last / rowsPerBlock)
      let at = Math.floor(first / rowsPerBlock)
      for (const known of earliest.keys()) if (known < at) earliest.delete(known)
      return () => {
        let sum = 0
        while (at <= lastBlock) {
          const isOld = (earliest.get(at) ?? Number.NEGATIVE_INFINITY) < before
          if (isOld) sum += deleteOldIn(at, before, at < lastBlock)
          at++
          if (sum >= maxDeletedPerWrite || sharedSlices.isOver()) return at <= lastBlock
        }
        return false
      }
    },
  }
}

const fromStart: Readonly<Record<Kind, number>> = eachKind(() => 1)

type Row = { readonly trusted: number; readonly ahead_since: number | null }

/** Its method runs inside a write. */
export function createPruningClock(db: Database) {
  const stored = db.prepare<[], Row>('select trusted, ahead_since from pruning_clock')
  const newest = db.prepare<[], { at: number }>(
    `select at from exchanges where ${ofServer} order by seq desc limit 1`,
  )
  const forget = db.prepare<[]>('delete from pruning_clock')
  const insert = db.prepare<[number, number | null]>(
    'insert into pruning_clock (trusted, ahead_since) values (?, ?)',
  )
  const keep = (trusted: number, aheadSince: number | null) => {
    forget.run()
    insert.run(trusted, aheadSince)
  }

  return {
    /** Returns the jump because of which this time is not trusted; undefined if it is trusted. */
    detectJump(now: number): ClockJump | undefined {
      const row = stored.get()
      const before = row
        ? { trusted: row.trusted, aheadSince: row.ahead_since }
        : newPruningClock(now, newest.get()?.at)
      const { clock, jump } = advancePruningClock(before, now)
      keep(clock.trusted, clock.aheadSince)
      return jump
    },
  }
}
