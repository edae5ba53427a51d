import type { Database } from 'better-sqlite3'
import { sharedSlices } from '../event-loop/slices.ts'
import { advancePruningClock, newPruningClock } from '../persistence/pruning-clock.ts'
import type { ClockJump, Retention } from '../ports/journal.ts'
import { ofServer, serverBounds } from './session-journal.ts'

const day = 24 * 60 * 60 * 1000
// Rows are read and deleted in blocks of this many numbers; a write deletes at most `maxDeletedPerWrite` rows.
const rowsPerBlock = 256
const maxDeletedPerWrite = 1000

/** The exchanges of this server. Numbers of those of opened sessions have no gap, so they need not be counted. */
const countSql = `
  select count(*) - (select coalesce(sum(last - first + 1), 0) from sessions) as count from exchanges`

/** Deletes for about one time slice; returns whether there is more to delete. Runs inside a write. */
export type PruningStep = () => boolean

export type Pruning = ReturnType<typeof createPruning>

/**
 * Keeps the table `exchanges` within its retention. Its methods run inside a write; `added` and `recount` may also
 * follow one.
 */
export function createPruning(db: Database, retention: Retention) {
  const count = db.prepare<[], { count: number }>(countSql)
  const bounds = db.prepare<[], { first: number; last: number }>(serverBounds)
  const deleteOldest = db.prepare<[number]>(
    `delete from exchanges where seq in (select seq from exchanges where ${ofServer} order by seq limit ?)`,
  )
  const deleteBefore = db.prepare<[number, number, number]>(
    'delete from exchanges where seq >= ? and seq < ? and at < ?',
  )
  const earliestIn = db.prepare<[number, number], { at: number | null }>(
    'select min(at) as at from exchanges where seq >= ? and seq < ?',
  )
  // Counted once and then updated, since counting reads an entire index.
  let rowCount = count.get()?.count ?? 0
  // The earliest time per block. Blocks without an entry have not been read, or are still being filled.
  const earliest = new Map<number, number>()

  const deleteExcess = (most: number): number => {
    const excess = Math.max(0, Math.min(rowCount - retention.count, most))
    const deleted = excess > 0 ? deleteOldest.run(excess).changes : 0
    rowCount -= deleted
    return deleted
  }

  const deleteOldIn = (at: number, before: number, isFull: boolean): number => {
    const [from, end] = [at * rowsPerBlock, (at + 1) * rowsPerBlock]
    const { changes } = deleteBefore.run(from, end, before)
    rowCount -= changes
    if (isFull) earliest.set(at, earliestIn.get(from, end)?.at ?? Number.POSITIVE_INFINITY)
    return changes
  }

  return {
    rowCount: (): number => rowCount,
    added(rows: number): void {
      rowCount += rows
    },
    recount(): void {
      rowCount = count.get()?.count ?? 0
    },
    /** Deletes the oldest exchanges beyond the retention's count, at most `most`. */
    deleteExcess,
    /** Deletes all exchanges beyond the retention's count. */
    byCount: (): PruningStep => () => {
      let deleted = 0
      do {
        const now = deleteExcess(rowsPerBlock)
        if (now === 0) return false
        deleted += now
      } while (deleted < maxDeletedPerWrite && !sharedSlices.isOver())
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
        let deleted = 0
        while (at <= lastBlock) {
          const isOld = (earliest.get(at) ?? Number.NEGATIVE_INFINITY) < before
          if (isOld) deleted += deleteOldIn(at, before, at < lastBlock)
          at++
          if (deleted >= maxDeletedPerWrite || sharedSlices.isOver()) return at <= lastBlock
        }
        return false
      }
    },
  }
}

type Row = { readonly trusted: number; readonly ahead_since: number | null }

/** Stores the clock by which exchanges are deleted because of their age. Its method runs inside a write. */
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
