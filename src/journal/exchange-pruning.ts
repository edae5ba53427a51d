import type { Database } from 'better-sqlite3'
import type { Retention } from './journal.ts'

const day = 24 * 60 * 60 * 1000

/** Keeps the table `exchanges` within its retention. Its methods run inside a write; `recount` also behind one. */
export function createPruning(db: Database, retention: Retention) {
  const count = db.prepare<[], { count: number }>('select count(*) as count from exchanges')
  const deleteOldest = db.prepare<[number]>(
    'delete from exchanges where seq in (select seq from exchanges order by seq limit ?)',
  )
  // The numbers rise with the time, so the oldest are looked at only.
  const deleteBefore = db.prepare<[number, number]>(
    'delete from exchanges where seq in (select seq from exchanges order by seq limit ?) and at < ?',
  )
  // Counted once and then kept up, for counting looks at every row of an index.
  let held = count.get()?.count ?? 0

  return {
    held: (): number => held,
    added(rows: number): void {
      held += rows
    },
    recount(): void {
      held = count.get()?.count ?? 0
    },
    /** Deletes at most so many that are too old and so many that are too many; answers how many. */
    prune(now: number, most: number): number {
      const tooOld = deleteBefore.run(most, now - retention.days * day).changes
      const excess = Math.max(0, Math.min(held - tooOld - retention.count, most))
      const tooMany = excess > 0 ? deleteOldest.run(excess).changes : 0
      held -= tooOld + tooMany
      return tooOld + tooMany
    },
  }
}
